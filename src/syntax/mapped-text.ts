import type { Place, SourceFile } from '../text.ts';
import { placeOf } from '../text.ts';

/** A run of decoded text with the place of every character in its file, and how a new value is written there. */
export interface Segment {
  readonly file: SourceFile;
  readonly text: string;
  /** Source range of each character of `text`; an escape sequence is one character over several of the source. */
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
  /** Where an empty text stands. */
  readonly origin: number;
  /**
   * How a replacement for a part of this text is written in the file (YAML quoting over shell quoting over JSON);
   * null when it cannot be (a newline in a plain scalar).
   */
  encode(text: string): string | null;
  /** Where it is used, for a value that is defined in another place. */
  readonly use?: Use;
}

/** Where a variable stands, and how a value is written there in its place. */
export interface Use {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
  /** All that the variable stands for. */
  readonly text: string;
  encode(text: string): string | null;
}

/**
 * Text as a parser decoded it. Parsers stack: the value of a YAML scalar is a MappedText, the shell words inside it are
 * made of slices of it, and so is the JSON inside a word; each still knows its exact place in the file. A word that holds
 * variables has a segment for each value, at the place where that value is defined.
 */
export interface MappedText {
  readonly text: string;
  readonly segments: readonly Segment[];
}

/** The whole of a file, as itself. */
export function mappedFile(file: SourceFile): MappedText {
  return mappedIdentity(file, 0, file.text.length, (text) => text);
}

/** A range of a file that reads exactly as it is written. */
export function mappedIdentity(
  file: SourceFile,
  start: number,
  end: number,
  encode: (text: string) => string | null,
): MappedText {
  const size = end - start;
  const text = file.text.slice(start, end);
  const starts = new Uint32Array(size);
  const ends = new Uint32Array(size);
  for (let index = 0; index < size; index++) {
    starts[index] = start + index;
    ends[index] = start + index + 1;
  }
  return { text, segments: [{ file, text, starts, ends, origin: start, encode }] };
}

/** A text that a range of a file stands for as a whole. Unless it is said how, nothing can be written in its place. */
export function standingFor(
  file: SourceFile,
  start: number,
  end: number,
  text: string,
  encode: Segment['encode'] = () => null,
): MappedText {
  const all = (position: number): Uint32Array => new Uint32Array(text.length).fill(position);
  return { text, segments: [{ file, text, starts: all(start), ends: all(end), origin: start, encode }] };
}

/** Several mapped texts, one behind the other. Where nothing is left of them, they stand where the first one does. */
export function joinMapped(parts: readonly MappedText[]): MappedText {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const segments = parts.flatMap((part) => part.segments);
  const full = segments.filter((segment) => segment.text !== '');
  return { text: parts.map((part) => part.text).join(''), segments: full.length > 0 ? full : segments.slice(0, 1) };
}

/** The characters from `start` to before `end`. */
export function sliceMapped(mapped: MappedText, start: number, end: number): MappedText {
  if (start === 0 && end === mapped.text.length && end > 0) return mapped;
  const segments: Segment[] = [];
  let offset = 0;
  for (const segment of mapped.segments) {
    const from = Math.max(0, start - offset);
    const to = Math.min(segment.text.length, end - offset);
    if (from < to || (start === end && from === to && segments.length === 0))
      segments.push(sliceSegment(segment, from, to));
    offset += segment.text.length;
  }
  return { text: mapped.text.slice(start, end), segments };
}

function sliceSegment(segment: Segment, from: number, to: number): Segment {
  const cut = (positions: ArrayLike<number>): number[] => Array.prototype.slice.call(positions, from, to) as number[];
  const origin = from === 0 ? segment.origin : (segment.ends[from - 1] ?? segment.origin);
  return {
    ...segment,
    text: segment.text.slice(from, to),
    starts: cut(segment.starts),
    ends: cut(segment.ends),
    origin,
  };
}

/**
 * Text that was decoded from a mapped text: character `i` stands for `mapped[froms[i]…tos[i])`. Where the characters come
 * from several segments, the first one's way of writing holds for none of them.
 */
export function decodedFrom(
  mapped: MappedText,
  text: string,
  froms: readonly number[],
  tos: readonly number[],
): MappedText {
  const segments: Segment[] = [];
  let offset = 0;
  let at = 0;
  for (const segment of mapped.segments) {
    const starts: number[] = [];
    const ends: number[] = [];
    const first = at;
    for (; at < text.length && (froms[at] ?? 0) - offset < segment.text.length; at++) {
      const start = segment.starts[(froms[at] ?? 0) - offset] ?? segment.origin;
      starts.push(start);
      ends.push(segment.ends[Math.min(segment.text.length, (tos[at] ?? 0) - offset) - 1] ?? start);
    }
    if (at > first)
      segments.push({ ...segment, text: text.slice(first, at), starts, ends, origin: starts[0] ?? segment.origin });
    offset += segment.text.length;
  }
  return { text, segments };
}

/**
 * The text with all that `pattern` finds replaced (escapes by what they stand for). What stays keeps its places, and every
 * character of a replacement stands for all that it replaces.
 */
export function replacedIn(
  mapped: MappedText,
  pattern: RegExp,
  replacement: (found: RegExpExecArray) => string,
): MappedText {
  const froms: number[] = [];
  const tos: number[] = [];
  let text = '';
  let at = 0;
  const keepUntil = (end: number): void => {
    text += mapped.text.slice(at, end);
    for (; at < end; at++) {
      froms.push(at);
      tos.push(at + 1);
    }
  };
  for (const found of mapped.text.matchAll(pattern)) {
    keepUntil(found.index);
    at += found[0].length;
    const value = replacement(found);
    text += value;
    for (let unit = 0; unit < value.length; unit++) {
      froms.push(found.index);
      tos.push(at);
    }
  }
  if (at === 0) return mapped;
  keepUntil(mapped.text.length);
  return text === '' ? sliceMapped(mapped, 0, 0) : decodedFrom(mapped, text, froms, tos);
}

/** Another text that stands for a mapped one as a whole, in its place. Unless it is said how, it cannot be edited through. */
export function writtenAs(mapped: MappedText, text: string, encode?: Segment['encode']): MappedText {
  const [first] = mapped.segments;
  if (!first) return { text, segments: [] };
  const { start, end } = placeOfMapped(mapped);
  return standingFor(first.file, start, end, text, encode);
}

/** The same characters, written through one more layer of quoting. */
export function encodedThrough(mapped: MappedText, inner: (text: string) => string | null): MappedText {
  const segments = mapped.segments.map((segment) => ({
    ...segment,
    encode: (text: string): string | null => {
      const written = inner(text);
      return written === null ? null : segment.encode(written);
    },
    ...(segment.use && { use: usedThrough(segment.use, inner) }),
  }));
  return { text: mapped.text, segments };
}

function usedThrough(use: Use, inner: (text: string) => string | null): Use {
  return {
    ...use,
    encode: (text) => {
      const written = inner(text);
      return written === null ? null : use.encode(written);
    },
  };
}

/** A value in the place of the variable that stands for it; the value keeps the place where it is defined. */
export function usedAt(value: MappedText, variable: MappedText): MappedText {
  const [at, ...more] = variable.segments;
  if (!at || more.length > 0) return value;
  const { start, end } = placeOfMapped(variable);
  const use: Use = { file: at.file, start, end, text: value.text, encode: (text) => at.encode(text) };
  return { text: value.text, segments: value.segments.map((segment) => ({ ...segment, use })) };
}

/**
 * Where a mapped text stands: from its first character to its last; the first segment's own range where the
 * segments lie apart.
 */
export function placeOfMapped(mapped: MappedText): Place {
  const [first] = mapped.segments;
  if (!first) return { file: '', start: 0, end: 0, line: 1 };
  const start = first.starts[0] ?? first.origin;
  let end = first.ends[first.text.length - 1] ?? start;
  for (const segment of mapped.segments.slice(1)) {
    const reach = segment.ends[segment.text.length - 1] ?? end;
    if (segment.file.path !== first.file.path || reach < end || segment.starts[0] !== end) break;
    end = reach;
  }
  return placeOf(first.file, start, end);
}
