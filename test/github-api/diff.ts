import type { Entry } from './world.ts';

/** One entry of list-files and compare. */
export interface DiffEntry {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly sha: string | null;
  readonly patch?: string;
  readonly previous_filename?: string;
}

const CONTEXT = 3;

/** What changed between two trees, in order of path; `shaOf` names blobs. A file that only moved is renamed. */
export function diffTrees(
  base: ReadonlyMap<string, Entry>,
  head: ReadonlyMap<string, Entry>,
  shaOf: (text: string) => string,
): DiffEntry[] {
  const gone = new Map([...base].filter(([path]) => !head.has(path)).map(([path, { text }]) => [text, path]));
  const renamed = new Map<string, string>();
  for (const [path, { text }] of head) {
    const from = base.has(path) ? undefined : gone.get(text);
    if (from === undefined) continue;
    gone.delete(text);
    renamed.set(path, from);
  }
  const hidden = new Set(renamed.values());
  return [...new Set([...base.keys(), ...head.keys()])].sort().flatMap((filename): DiffEntry[] => {
    const [old, now] = [base.get(filename), head.get(filename)];
    const from = renamed.get(filename);
    if (hidden.has(filename)) return [];
    if (from !== undefined)
      return [{ filename, status: 'renamed', sha: shaOf(now?.text ?? ''), previous_filename: from }];
    if (old?.text === now?.text && old?.mode === now?.mode) return [];
    const submodule = (now ?? old)?.mode === '160000';
    const lines = (entry: Entry | undefined): string =>
      !entry ? '' : submodule ? `Subproject commit ${entry.text}\n` : entry.text;
    return [
      {
        filename,
        status: !old ? 'added' : !now ? 'removed' : 'modified',
        sha: submodule ? ((now ?? old)?.text ?? null) : shaOf((now ?? old)?.text ?? ''),
        patch: patchOf(lines(old), lines(now)),
      },
    ];
  });
}

/** One hunk that holds every change, with three lines of context, as a unified diff without its file headers. */
function patchOf(before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const first = Math.max(0, start - CONTEXT);
  const trailing = Math.min(CONTEXT, end);
  const lines = [
    ...now.slice(first, start).map((line) => ` ${line}`),
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...now.slice(start, now.length - end).map((line) => `+${line}`),
    ...(after !== '' && !after.endsWith('\n') && end === 0 ? ['\\ No newline at end of file'] : []),
    ...now.slice(now.length - end, now.length - end + trailing).map((line) => ` ${line}`),
  ];
  const side = (all: string[]): string => {
    const size = all.length - end + trailing - first;
    return `${size === 0 ? first : first + 1},${size}`;
  };
  return [`@@ -${side(old)} +${side(now)} @@`, ...lines].join('\n');
}

/**
 * Right-side lines that a comment may stand on, with the hunk that each is in. Walks the lines of the patch, so that it shares
 * nothing with the reader of headings in the action.
 */
export function commentableLines(patch: string | undefined): ReadonlyMap<number, number> {
  const lines = new Map<number, number>();
  let hunk = 0;
  let right = 0;
  for (const line of (patch ?? '').split('\n')) {
    if (line.startsWith('@@')) {
      hunk++;
      right = Number(line.slice(line.indexOf('+') + 1).split(/[, ]/)[0]);
    } else if (line.startsWith('+') || line.startsWith(' ')) lines.set(right++, hunk);
  }
  return lines;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
