import { decodedFrom, encodedThrough, type MappedText, sliceMapped } from '../mapped-text.ts';
import type { Word } from '../word.ts';

/** CRLF files are read as LF ones; every character keeps its place. */
export function withoutCarriageReturns(source: MappedText): MappedText {
  if (!source.text.includes('\r\n')) return source;
  const froms: number[] = [];
  for (let at = 0; at < source.text.length; at++) if (!source.text.startsWith('\r\n', at)) froms.push(at);
  const tos = froms.map((from) => from + 1);
  return decodedFrom(source, source.text.replaceAll('\r\n', '\n'), froms, tos);
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
  const froms: number[] = [];
  const tos: number[] = [];
  let decoded = '';
  for (let at = 1; at < text.length - 1; at++) {
    const from = at;
    if (text[at] === '\\' && /["\\\n]/.test(text[at + 1] ?? '')) at++;
    if (at > from && text[at] === '\n') continue;
    decoded += text[at] ?? '';
    froms.push(from);
    tos.push(at + 1);
  }
  return encodedThrough(decodedFrom(written, decoded, froms, tos), (value) => value.replace(/["\\]/g, '\\$&'));
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
  const [segment] = written.segments;
  if (!segment) return null;
  const start = segment.starts[0] ?? segment.origin;
  const end = segment.ends[segment.text.length - 1] ?? start;
  const all = (position: number): number[] => Array.from({ length: text.length }, () => position);
  return {
    text: {
      text,
      segments: [{ ...segment, text, starts: all(start), ends: all(end), origin: start, encode: unquotedText }],
    },
    unresolved: null,
  };
}
