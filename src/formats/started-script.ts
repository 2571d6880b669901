import { mappedFile } from '../syntax/mapped-text.ts';
import type { Scope } from '../syntax/shell/index.ts';
import type { Word } from '../syntax/word.ts';
import type { FormatContext } from './format.ts';
import { type ScriptStart, scopeOfScript, startsIn } from './launch.ts';
import { sourcedFrom } from './sourced-file.ts';
import { folderOf } from '../paths.ts';

/** A file or folder of the repository, and where a container has it. */
export interface Placed {
  /** Paths in the repository where it may lie; the first that is there counts. */
  readonly sources: readonly string[];
  readonly target: string;
}

const SHELL = /(?:^|\/)(?:ba|z|da)?sh$/;

/**
 * The commands of a script of the repository that a container starts by its path (`/start.sh args`, `bash /start.sh`), with
 * the container's variables; null where none is started, or one that is not in the repository.
 */
export function startsOfPlacedScript(
  words: readonly Word[],
  placed: readonly Placed[],
  around: Scope,
  context: Pick<FormatContext, 'read'>,
): ScriptStart[] | null {
  const first = words[0]?.text.text ?? '';
  const at = SHELL.test(first) ? words.findIndex(({ text }, index) => index > 0 && !text.text.startsWith('-')) : 0;
  const path = words[at]?.text.text.replace(/^\.\//, '') ?? '';
  if (at === -1 || !/[\w-]+$/.test(path) || path.length > 300) return null;
  for (const { sources, target } of placed) {
    const inside = target.replace(/\/$/, '').replace(/^\.\//, '');
    // What is named without its folder lies where the container works, which is where it was put.
    const rest =
      path === inside || inside.endsWith(`/${path}`)
        ? ''
        : path.startsWith(`${inside}/`)
          ? path.slice(inside.length)
          : null;
    if (rest === null) continue;
    for (const source of sources) {
      const file = context.read(source + rest);
      if (!file || !isShell(file.path, file.text)) continue;
      const script: Word = { text: mappedFile(file), unresolved: null };
      const sourced = sourcedFrom(folderOf(file.path), context);
      return startsIn(script.text, scopeOfScript([script, ...words.slice(at)], script, around), sourced);
    }
  }
  return null;
}

function isShell(path: string, text: string): boolean {
  return text.startsWith('#!') ? /^#!.*\b(?:ba|z|da)?sh\b/.test(text) : /\.(?:sh|bash)$/.test(path);
}
