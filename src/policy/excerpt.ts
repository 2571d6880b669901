import type { Place, SourceFile } from '../text.ts';

/** Longest line that is shown whole; of a longer one, the part round the place. */
const MAX_LINE_CHARACTERS = 100;

/** The line of a place with carets under what it names, as two lines of text; empty where there is nothing to show. */
export function excerptOf({ text }: SourceFile, { start, end }: Place): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const found = text.indexOf('\n', start);
  const line = text.slice(lineStart, found === -1 ? text.length : found).replace(/\r$/, '');
  if (line.trim() === '') return '';
  const column = Math.min(start - lineStart, line.length);
  const from = column > MAX_LINE_CHARACTERS / 2 ? column - MAX_LINE_CHARACTERS / 2 : 0;
  const shown = line.slice(from, from + MAX_LINE_CHARACTERS).replaceAll('\t', ' ');
  const length = Math.max(1, Math.min(end - start, shown.length - (column - from)));
  return `${shown}\n${' '.repeat(column - from)}${'^'.repeat(length)}`;
}
