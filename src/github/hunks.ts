/** Right-side lines of one hunk that can carry a review comment: added lines and context, first to last. */
export interface Hunk {
  readonly firstLine: number;
  readonly lastLine: number;
}

/** The hunks of a file's `patch` as list-files gives it; none for a file without one (binary, too large). */
export function hunksOf(patch: string | undefined): Hunk[] {
  const hunks: Hunk[] = [];
  for (const [, start = '', count = '1'] of (patch ?? '').matchAll(
    /^@@ -\d+(?:,\d+)? \+(\d{1,9})(?:,(\d{1,9}))? @@/gm,
  )) {
    const firstLine = Number(start);
    const size = Number(count);
    if (size > 0) hunks.push({ firstLine, lastLine: firstLine + size - 1 });
  }
  return hunks;
}

/** Whether lines can be commented on together: all of them on the right side of one hunk. */
export function inOneHunk(hunks: readonly Hunk[], startLine: number, endLine: number): boolean {
  return hunks.some((hunk) => hunk.firstLine <= startLine && endLine <= hunk.lastLine);
}
