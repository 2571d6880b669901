import type { Entry } from './world.ts';

/** One entry of list-files and compare. */
export interface DiffEntry {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified';
  readonly sha: string | null;
  readonly patch?: string;
}

const CONTEXT = 3;

/** What changed between two trees, in order of path; `shaOf` names blobs. */
export function diffTrees(
  base: ReadonlyMap<string, Entry>,
  head: ReadonlyMap<string, Entry>,
  shaOf: (text: string) => string,
): DiffEntry[] {
  return [...new Set([...base.keys(), ...head.keys()])].sort().flatMap((filename): DiffEntry[] => {
    const [old, now] = [base.get(filename), head.get(filename)];
    if (old?.text === now?.text && old?.mode === now?.mode) return [];
    return [
      {
        filename,
        status: !old ? 'added' : !now ? 'removed' : 'modified',
        sha: shaOf((now ?? old)?.text ?? ''),
        patch: patchOf(old?.text ?? '', now?.text ?? ''),
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
    ...now.slice(now.length - end, now.length - end + trailing).map((line) => ` ${line}`),
  ];
  const side = (all: string[]): string => {
    const size = all.length - end + trailing - first;
    return `${size === 0 ? first : first + 1},${size}`;
  };
  return [`@@ -${side(old)} +${side(now)} @@`, ...lines].join('\n');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
