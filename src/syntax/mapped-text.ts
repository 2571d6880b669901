import type { Place, SourceFile } from '../text.ts';
import { placeOf } from '../text.ts';

/**
 * Text as a parser decoded it, with the source offset of every character. Parsers stack: the value of a YAML
 * scalar is a MappedText, the shell words inside it are slices or re-decodings of it, and so is the JSON inside
 * a word; each still knows its exact place in the file, and how a new value must be written there.
 */
export interface MappedText {
  readonly file: SourceFile;
  readonly text: string;
  /** Source offset of each character of `text`, plus one for the end; length `text.length + 1`, ascending. */
  readonly offsets: ArrayLike<number>;
  /**
   * How a replacement for a part of this text is written in the file (YAML quoting over shell quoting over JSON);
   * null when it cannot be (a newline in a plain scalar).
   */
  encode(text: string): string | null;
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
  const offsets = new Uint32Array(end - start + 1);
  for (let i = 0; i < offsets.length; i++) offsets[i] = start + i;
  return { file, text: file.text.slice(start, end), offsets, encode };
}

/** A part of a mapped text; `encode` is the outer one's. */
export function sliceMapped(mapped: MappedText, start: number, end: number): MappedText {
  const offsets = Array.prototype.slice.call(mapped.offsets, start, end + 1) as number[];
  return { file: mapped.file, text: mapped.text.slice(start, end), offsets, encode: mapped.encode };
}

/** Where a mapped text stands in its file. */
export function placeOfMapped(mapped: MappedText): Place {
  const start = mapped.offsets[0] ?? 0;
  return placeOf(mapped.file, start, mapped.offsets[mapped.text.length] ?? start);
}
