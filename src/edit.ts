/**
 * One text replacement. Suggestions, patches, `--fix` and SARIF fixes are all made of these.
 * Offsets are UTF-16, against the text that was read; `start === end` inserts.
 */
export interface TextEdit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/**
 * Edits in the order of the text. Two insertions at one offset keep their order, but of two lines the one that is indented
 * more comes first: it belongs to the block that ends there.
 */
export function inOrder(edits: readonly TextEdit[]): readonly TextEdit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end || deeperFirst(a.newText, b.newText));
}

/**
 * The text with every edit applied. Edits may come in any order but may not overlap.
 * @throws {Error} when two edits overlap or one lies outside the text: a bug of the caller.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let at = 0;
  for (const edit of inOrder(edits)) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) {
      throw new Error(`edit ${edit.start}-${edit.end} of ${edit.file} overlaps another or lies outside the text`);
    }
    result += text.slice(at, edit.start) + edit.newText;
    at = edit.end;
  }
  return result + text.slice(at);
}

function deeperFirst(one: string, other: string): number {
  const [first, second] = [indentOf(one), indentOf(other)];
  return first === null || second === null ? 0 : second - first;
}

/** How far a line is indented that is put after another; null for words within a line. */
function indentOf(inserted: string): number | null {
  return /^\r?\n([ \t]*)/.exec(inserted)?.[1]?.length ?? null;
}
