import { watch } from 'node:fs';
import type { Arguments } from './args.ts';
import { runCheck } from './check.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';
import { rootOf } from './workspace.ts';

/** Editors write a file in several steps; one answer for all of them. */
const SETTLE_MILLISECONDS = 150;
/** Folders that change without a config changing. */
const PASSED_OVER = /(?:^|[/\\])(?:\.git|node_modules)(?:[/\\]|$)/;

/** `headroom check --watch`: judges now, and again whenever a file of the repository changes, until it is interrupted. */
export async function runWatch(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const root = rootOf(args.positionals[0] ?? '.', surroundings.cwd);
  if (typeof root !== 'string') return complain(surroundings, root);
  const changes = watch(root, { recursive: true, ...(surroundings.signal && { signal: surroundings.signal }) });
  // What happens while it judges is remembered.
  const seen: { changed: boolean; over: boolean; wake: (() => void) | null } = {
    changed: false,
    over: false,
    wake: null,
  };
  changes.on('change', (_event, path) => {
    if (path !== null && PASSED_OVER.test(String(path))) return;
    seen.changed = true;
    seen.wake?.();
  });
  for (const end of ['close', 'error']) {
    changes.on(end, () => {
      seen.over = true;
      seen.wake?.();
    });
  }
  let answer = await judge(args, surroundings);
  show(answer, surroundings);
  while (!seen.over) {
    if (!seen.changed) await new Promise<void>((resolve) => (seen.wake = resolve));
    seen.wake = null;
    if (seen.over) break;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    seen.changed = false;
    const next = await judge(args, surroundings);
    // The same again says nothing; and where the answers go into a file of the folder, they would call for the next for ever.
    if (next.text !== answer.text) show(next, surroundings);
    answer = next;
  }
  return answer.code;
}

interface Answer {
  readonly code: ExitCode;
  readonly pieces: readonly { readonly stream: 'out' | 'err'; readonly text: string }[];
  readonly text: string;
}

/** What a check says, kept back. */
async function judge(args: Arguments, surroundings: Surroundings): Promise<Answer> {
  const pieces: Answer['pieces'][number][] = [];
  const code = await runCheck(args, {
    ...surroundings,
    out: (text) => void pieces.push({ stream: 'out', text }),
    err: (text) => void pieces.push({ stream: 'err', text }),
    progress: false,
  });
  return { code, pieces, text: pieces.map(({ text }) => text).join('') };
}

/** One answer, alone on the screen where there is one. */
function show({ pieces }: Answer, surroundings: Surroundings): void {
  if (surroundings.columns !== null) surroundings.out('\u001B[2J\u001B[H');
  for (const { stream, text } of pieces) surroundings[stream](text);
  surroundings.err('headroom: watching; Ctrl+C ends\n');
}
