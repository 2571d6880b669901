import { decodedFrom, encodedThrough, type MappedText, replacedIn, sliceMapped, writtenAs } from '../mapped-text.ts';
import type { Word } from '../word.ts';

/** CRLF files are read as LF ones; every character keeps its place. */
export function withoutCarriageReturns(source: MappedText): MappedText {
  return replacedIn(source, /\r(?=\n)/g, () => '');
}

/** Unquoted text: nothing that the shell would take for more than itself. */
export function unquotedText(text: string): string | null {
  return /^[\w./:,=@%+-]*$/.test(text) ? text : null;
}

export function doubleQuotedText(text: string): string | null {
  return text.includes('\n') ? null : text.replace(/["\\$`]/g, '\\$&');
}

export function singleQuotedText(text: string): string | null {
  return text.includes("'") ? null : text;
}

/**
 * What stands inside the double quotes of a word as it is written, for a script that holds values of the run
 * (`sh -c "TOKEN=$(cat …) serve …"`): those stay what they are, and are open in the script itself. Null for any other word.
 */
export function insideDoubleQuotes(written: MappedText): MappedText | null {
  const { text } = written;
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return null;
  const inside = sliceMapped(written, 1, text.length - 1);
  const decoded = replacedIn(inside, /\\(["\\\n])/g, ([, sign = '']) => (sign === '\n' ? '' : sign));
  return encodedThrough(decoded, (value) => value.replace(/["\\]/g, '\\$&'));
}

/** A range of the script with its decoded value: backslashes and line continuations are skipped over. */
export function decodedRange(
  script: MappedText,
  start: number,
  end: number,
  value: string,
  inner: (text: string) => string | null,
): Word {
  const written = script.text.slice(start, end);
  if (written === value) return { text: encodedThrough(sliceMapped(script, start, end), inner), unresolved: null };
  const froms: number[] = [];
  const tos: number[] = [];
  let at = start;
  for (const unit of value.split('')) {
    while (at < end && script.text.startsWith('\\\n', at)) at += 2;
    const escaped = script.text[at] === '\\' && script.text[at + 1] === unit;
    froms.push(at);
    at += escaped ? 2 : 1;
    tos.push(at);
    if (!escaped && script.text[at - 1] !== unit)
      return { text: { text: value, segments: sliceMapped(script, start, start).segments }, unresolved: null };
  }
  return { text: encodedThrough(decodedFrom(script, value, froms, tos), inner), unresolved: null };
}

/** A text that stands for a part of the script as a whole. */
export function computedText(written: MappedText, text: string): Word | null {
  return written.segments.length === 0 ? null : { text: writtenAs(written, text, unquotedText), unresolved: null };
}
