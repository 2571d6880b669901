import { applyEdits, inOrder, type TextEdit } from '../edit.ts';

/** Whole lines of a text and what the edits make of them. The unit of suggestions and of patches. */
export interface LineBlock {
  /** 1-based, inclusive. */
  readonly startLine: number;
  readonly endLine: number;
  /** Lines with their endings, before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The edits that it holds, as they were given. */
  readonly edits: readonly TextEdit[];
}

/** A text as lines that keep their endings; a text that ends in a newline has no empty line behind it. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * The smallest blocks of whole lines that hold the edits of one file. Edits on one line, or on lines that touch, share a
 * block; what changes nothing has none, for neither git nor GitHub takes it. Replacing every block's lines by its `after` gives `applyEdits(text, edits)`.
 */
export function lineBlocks(text: string, edits: readonly TextEdit[]): LineBlock[] {
  const lines = linesOf(text);
  if (lines.length === 0) return edits.length === 0 ? [] : [blockOf(text, [''], 0, 0, 0, edits)];
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length;
  }
  const groups: { first: number; last: number; edits: TextEdit[] }[] = [];
  for (const edit of inOrder(edits)) {
    const first = lineAt(starts, edit.start);
    const last = lineAt(starts, edit.end);
    const open = groups.at(-1);
    if (open && first <= open.last + 1) {
      open.last = Math.max(open.last, last);
      open.edits.push(edit);
    } else {
      groups.push({ first, last, edits: [edit] });
    }
  }
  return groups
    .map((group) => blockOf(text, lines, group.first, group.last, starts[group.first] ?? 0, group.edits))
    .filter(({ before, after }) => before.join('') !== after.join(''));
}

/** Index of the line that holds an offset; the end of the text belongs to the last line. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function blockOf(
  text: string,
  lines: readonly string[],
  first: number,
  last: number,
  start: number,
  edits: readonly TextEdit[],
): LineBlock {
  const before = lines.slice(first, last + 1);
  const slice = text.slice(start, start + before.join('').length);
  const shifted = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));
  return { startLine: first + 1, endLine: last + 1, before, after: linesOf(applyEdits(slice, shifted)), edits };
}
