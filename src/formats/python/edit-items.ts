import type { TextEdit } from '../../edit.ts';
import type { ListElement } from '../../syntax/python/values.ts';
import { lineEndOf, type SourceFile } from '../../text.ts';
import type { CannotEdit } from '../format.ts';

type Edits = readonly TextEdit[] | CannotEdit;

/** What may stand behind an item on its line: a comma, and a comment. */
const REST = /[ \t]*(,?)[ \t]*(?:#[^\n\r]*)?(?=\r?\n|$)/y;

/** Writes items behind one, on lines of their own where the items of its list stand so. */
export function addBehind({ path, text }: SourceFile, element: ListElement, ...items: readonly string[]): Edits {
  const inline = [
    { file: path, start: element.to, end: element.to, newText: items.map((item) => `, ${item}`).join('') },
  ];
  if (!text.slice(element.list.from, element.from).includes('\n')) return inline;
  REST.lastIndex = element.to;
  const rest = REST.exec(text);
  if (!rest) return inline;
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', element.from - 1) + 1))?.[0] ?? '';
  const eol = lineEndOf(text);
  const end = element.to + rest[0].length;
  const hasComma = rest[1] === ',';
  const lines = items.map((item, index) => `${eol}${indent}${item}${hasComma || index < items.length - 1 ? ',' : ''}`);
  const behind = { file: path, start: end, end, newText: lines.join('') };
  return hasComma ? [behind] : [{ file: path, start: element.to, end: element.to, newText: ',' }, behind];
}

/** Takes the items from one to another out, with their lines where nothing else stands there. */
export function removeItems({ path, text }: SourceFile, first: ListElement, last: ListElement): Edits {
  const lineStart = text.lastIndexOf('\n', first.from - 1) + 1;
  const startsLine = /^[ \t]*$/.test(text.slice(lineStart, first.from));
  REST.lastIndex = last.to;
  const rest = startsLine ? REST.exec(text) : null;
  const before = /,\s*$/.exec(text.slice(Math.max(first.list.from, first.from - 2_000), first.from));
  if (rest && rest[1] === ',') {
    const newline = text.indexOf('\n', last.to);
    return [{ file: path, start: lineStart, end: newline === -1 ? text.length : newline + 1, newText: '' }];
  }
  if (before) return [{ file: path, start: first.from - before[0].length, end: last.to, newText: '' }];
  const after = /\s*,[ \t]*/y;
  after.lastIndex = last.to;
  const end = last.to + (after.exec(text)?.[0].length ?? 0);
  return text.slice(first.list.from + 1, first.from).trim() === ''
    ? [{ file: path, start: first.from, end, newText: '' }]
    : { reason: 'something else stands between it and what comes before' };
}
