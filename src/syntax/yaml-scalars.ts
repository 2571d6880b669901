import type { Scalar } from 'yaml';
import type { SourceFile } from '../text.ts';
import { type MappedText, mappedIdentity, type Segment, standingFor } from './mapped-text.ts';

/** The text of a scalar as written (`0.90`, not 0.9), with the place of every character. */
export function scalarText(node: Scalar, file: SourceFile): MappedText {
  const [start, end] = node.range ?? [0, 0];
  const raw = file.text.slice(start, end);
  switch (node.type) {
    case 'QUOTE_DOUBLE':
      return aligned(file, start + 1, end - 1, String(node.value), doubleQuoted);
    case 'QUOTE_SINGLE':
      return aligned(file, start + 1, end - 1, String(node.value), (text) =>
        text.includes('\n') ? null : text.replaceAll("'", "''"),
      );
    case 'BLOCK_LITERAL':
    case 'BLOCK_FOLDED': {
      const header = raw.indexOf('\n');
      const encode =
        node.type === 'BLOCK_LITERAL'
          ? (text: string) => (text.includes('\n') ? null : text)
          : (text: string) => (/\n|^ /.test(text) ? null : text);
      return block(file, start + header + 1, end, String(node.value), encode);
    }
    default:
      if (!raw.includes('\n')) return mappedIdentity(file, start, end, plainScalar);
      return aligned(file, start, end, String(node.value), plainScalar);
  }
}

/** What a plain scalar may hold without becoming something else. */
function plainScalar(text: string): string | null {
  return /^[\w./+-](?:[\w ./,=@%+()'-]|:(?=\S)|"(?=\S))*$/.test(text) && !/ #|\s$/.test(text) ? text : null;
}

function doubleQuoted(text: string): string | null {
  return JSON.stringify(text).slice(1, -1);
}

/** Aligns the value of a flow scalar with its source: escapes, doubled quotes and folded lines. */
function aligned(file: SourceFile, start: number, end: number, value: string, encode: Segment['encode']): MappedText {
  if (file.text.slice(start, end) === value) return mappedIdentity(file, start, end, encode);
  const starts: number[] = [];
  const ends: number[] = [];
  const source = file.text;
  const foldEnd = foldsOf(source);
  let cursor = start;
  for (const unit of value.split('')) {
    if (source[start - 1] === '"') cursor = pastEscapedLines(source, cursor);
    const folded = unit === ' ' || unit === '\n' ? foldEnd(cursor) : null;
    starts.push(cursor);
    if (folded !== null && folded <= end) {
      // Blank lines give one newline each: the whole fold belongs to the first of them.
      if (unit !== '\n' || value[starts.length] !== '\n') cursor = folded;
    } else if (source[cursor] === unit) {
      cursor += unit === "'" && source[cursor + 1] === "'" && source[start - 1] === "'" ? 2 : 1;
    } else if (source[cursor] === '\\') {
      cursor += escapeLength(source, cursor);
    } else return standingFor(file, start, end, value);
    ends.push(cursor);
  }
  return { text: value, segments: [{ file, text: value, starts, ends, origin: start, encode }] };
}

/**
 * Where the fold ends that begins at a place: blanks, a newline, and all white space behind it; null where none begins.
 * Places come in order, and what was read of white space is not read again.
 */
function foldsOf(source: string): (from: number) => number | null {
  let read = { from: 0, blanksTo: -1, end: null as number | null };
  return (from) => {
    if (from < read.from || from > read.blanksTo) {
      const blanksTo = endOf(source, from, ' \t');
      const newline = source.startsWith('\r\n', blanksTo) || source[blanksTo] === '\n';
      read = { from, blanksTo, end: newline ? endOf(source, blanksTo, ' \t\r\n') : null };
    }
    return read.end;
  };
}

function endOf(source: string, from: number, units: string): number {
  let end = from;
  while (end < source.length && units.includes(source[end] ?? '')) end++;
  return end;
}

/** In double quotes a newline behind a backslash is nothing, and so are the blanks that the next line begins with. */
function pastEscapedLines(source: string, from: number): number {
  let cursor = from;
  while (source.startsWith('\\\n', cursor) || source.startsWith('\\\r\n', cursor))
    cursor = endOf(source, source.indexOf('\n', cursor) + 1, ' \t');
  return cursor;
}

function escapeLength(source: string, cursor: number): number {
  return { x: 4, u: 6, U: 10 }[source[cursor + 1] ?? ''] ?? 2;
}

/** Aligns the value of a block scalar with its lines, indentation left out. */
function block(file: SourceFile, start: number, end: number, value: string, encode: Segment['encode']): MappedText {
  const starts: number[] = [];
  const ends: number[] = [];
  const body = file.text.slice(start, end);
  const indent = /^(?:[ \t]*\r?\n)*( *)/.exec(body)?.[1]?.length ?? 0;
  let cursor = 0;
  let offset = start;
  for (const line of body.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const content = line.replace(/\r?\n$/, '').slice(indent);
    const from = offset + Math.min(indent, line.length);
    if (content !== '') {
      while (cursor < value.length && !value.startsWith(content, cursor)) {
        if (value[cursor] !== '\n' && value[cursor] !== ' ') return standingFor(file, start, end, value);
        starts.push(Math.max(start, offset - 1));
        ends.push(offset);
        cursor++;
      }
      for (let index = 0; index < content.length; index++) {
        starts.push(from + index);
        ends.push(from + index + 1);
      }
      cursor += content.length;
    }
    offset += line.length;
  }
  for (; cursor < value.length; cursor++) {
    starts.push(Math.max(start, offset - 1));
    ends.push(offset);
  }
  return { text: value, segments: [{ file, text: value, starts, ends, origin: start, encode }] };
}
