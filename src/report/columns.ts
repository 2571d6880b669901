/** One table for a terminal: the first column is flush left, the others are flush right unless `left` names them. */
export function columns(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, length(cell))));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const blank = ' '.repeat((widths[at] ?? 0) - length(cell));
        return left.includes(at) ? cell + blank : blank + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** How wide the widest line is, in characters. */
export function widest(lines: readonly string[]): number {
  return Math.max(0, ...lines.map(length));
}

/** Breaks a text between words into lines of at most `width` characters; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && length(line) + 1 + length(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Characters that are seen: not UTF-16 units, and no colour. */
function length(text: string): number {
  // oxlint-disable-next-line no-control-regex -- the colour codes that paint.ts writes
  return [...text.replace(/\u001b\[\d+m/g, '')].length;
}
