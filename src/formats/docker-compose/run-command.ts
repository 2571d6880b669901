import type { Word } from '../../syntax/word.ts';

/** What `docker compose … up` says of the project that it starts. */
export interface ComposeCommand {
  /** Files that are laid over each other, the strongest last; empty for the usual ones. */
  readonly files: readonly Word[];
  readonly envFiles: readonly Word[];
  /** The folder that relative paths start from, where it is said. */
  readonly directory: Word | null;
}

/** Options of `docker compose` in front of what it does that take a value (docs: docker compose, global options). */
const VALUED =
  /^(?:-f|--file|-p|--project-name|--profile|--env-file|--project-directory|--parallel|--progress|--ansi|-c|--compose-file)$/;
/** What starts services. */
const STARTS = /^(?:up|run|create|start|restart|watch|deploy)$/;
const SPEAKS = /^(?:echo|printf|log|info|exec_echo)$/;
/** Programs that may stand in front (`sudo -E env`). */
const MAX_IN_FRONT = 8;

/** Takes `docker compose`, `docker-compose`, the same of `podman` and `nerdctl`, and `docker stack deploy` apart; null for any other command. */
export function composeCommandOf(words: readonly Word[]): ComposeCommand | null {
  if (SPEAKS.test(words[0]?.text.text ?? '')) return null;
  const tool = words.findIndex(
    ({ text }, at) => at < MAX_IN_FRONT && /(?:^|\/)(?:docker|podman|nerdctl)(?:-compose)?$/.test(text.text),
  );
  if (tool === -1) return null;
  const isOwn = words[tool]?.text.text.endsWith('-compose') === true;
  const verb = isOwn ? tool : words.findIndex(({ text }, at) => at > tool && /^(?:compose|stack)$/.test(text.text));
  if (verb === -1 || verb > tool + 3) return null;
  const files: Word[] = [];
  const envFiles: Word[] = [];
  let directory: Word | null = null;
  let starts = false;
  for (let at = verb + 1; at < words.length; at++) {
    const word = words[at];
    const text = word?.text.text ?? '';
    if (!word) break;
    if (!text.startsWith('-')) {
      if (starts || words[verb]?.text.text !== 'stack') {
        // More options may come out of a variable that nobody sets.
        if (!starts && word.unresolved !== null) return null;
        if (!starts && !STARTS.test(text)) return null;
        starts = true;
        break;
      }
      if (text !== 'deploy') return null;
      starts = true;
      continue;
    }
    const [, option = '', equals] = /^(--?[A-Za-z][\w-]*)(=?)/.exec(text) ?? [];
    const own = equals === '=' ? sliced(word, option.length + 1) : VALUED.test(option) ? words[++at] : undefined;
    if (!own) continue;
    if (/^(?:-f|--file|-c|--compose-file)$/.test(option)) files.push(own);
    else if (option === '--env-file') envFiles.push(own);
    else if (option === '--project-directory') directory = own;
  }
  return starts ? { files, envFiles, directory } : null;
}

function sliced(word: Word, from: number): Word {
  return { text: { text: word.text.text.slice(from), segments: word.text.segments }, unresolved: word.unresolved };
}
