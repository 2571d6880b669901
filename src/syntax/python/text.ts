import type { SourceFile } from '../../text.ts';
import { mappedIdentity, type MappedText, type Segment, standingFor } from '../mapped-text.ts';
import type { Range } from './values.ts';
import { table } from '../../table.ts';

/** The quotes and the prefix of a string literal. */
interface Literal {
  readonly quote: string;
  readonly raw: boolean;
  readonly formatted: boolean;
  /** Between the quotes. */
  readonly start: number;
  readonly end: number;
}

/** A string literal taken apart; the whole of it between the quotes where nothing closes it. */
export function literalOf({ text }: SourceFile, { from, to }: Range): Literal {
  const opening = /[A-Za-z]{0,3}("""|'''|"|')/y;
  opening.lastIndex = from;
  const found = opening.exec(text);
  const quote = found?.[1] ?? '';
  const head = found?.[0] ?? '';
  const prefix = head.slice(0, head.length - quote.length).toLowerCase();
  const start = from + head.length;
  const closes = to - quote.length >= start && text.startsWith(quote, to - quote.length);
  const end = closes ? to - quote.length : to;
  return { quote, raw: prefix.includes('r'), formatted: prefix.includes('f'), start, end };
}

/** How a new text is written between the quotes of a literal. */
function encodingOf({ quote, raw, formatted }: Literal): (text: string) => string | null {
  return (text) => {
    if (raw) return /["'\\\n\r]/.test(text) || (formatted && /[{}]/.test(text)) ? null : text;
    const escaped = text
      .replaceAll('\\', '\\\\')
      .replaceAll(quote.slice(0, 1), `\\${quote.slice(0, 1)}`)
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r');
    return formatted ? escaped.replace(/[{}]/g, '$&$&') : escaped;
  };
}

const ESCAPES: Readonly<Record<string, string>> = table({
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
});

/** A part of a string literal as Python reads it, each character with its place. */
export function textBetween(file: SourceFile, literal: Literal, start: number, end: number): MappedText {
  const encode = encodingOf(literal);
  const source = file.text.slice(start, end);
  const plain = !/[\\\r]/.test(source) && !(literal.formatted && /[{}]/.test(source));
  if (plain) return mappedIdentity(file, start, end, encode);
  const starts: number[] = [];
  const ends: number[] = [];
  let text = '';
  for (let at = start; at < end;) {
    const { decoded, length } = unitAt(file.text, at, literal);
    for (const unit of decoded.split('')) {
      text += unit;
      starts.push(at);
      ends.push(at + length);
    }
    at += length;
  }
  const segment: Segment = { file, text, starts, ends, origin: start, encode };
  return { text, segments: [segment] };
}

function unitAt(text: string, at: number, { raw, formatted }: Literal): { decoded: string; length: number } {
  const unit = text[at] ?? '';
  if (unit === '\r' && text[at + 1] === '\n') return { decoded: '\n', length: 2 };
  if (formatted && /[{}]/.test(unit) && text[at + 1] === unit) return { decoded: unit, length: 2 };
  if (unit !== '\\' || raw) return { decoded: unit, length: 1 };
  const next = text[at + 1] ?? '';
  if (next === '\n') return { decoded: '', length: 2 };
  if (next === '\r' && text[at + 2] === '\n') return { decoded: '', length: 3 };
  const known = ESCAPES[next];
  if (known !== undefined) return { decoded: known, length: 2 };
  const code = /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([0-7]{1,3}))/y;
  code.lastIndex = at;
  const found = code.exec(text);
  if (!found) return { decoded: '\\', length: 1 };
  const [whole, hex, long, octal] = found;
  const value = Number.parseInt(hex ?? long ?? octal ?? '0', octal === undefined ? 16 : 8);
  return { decoded: String.fromCharCode(value), length: whole.length };
}

/** A bare literal (`8192`, `True`): only another of its kind may take its place. */
export function bareText(file: SourceFile, { from, to }: Range, kind: 'number' | 'bool' | 'none'): MappedText {
  return mappedIdentity(file, from, to, bareEncoding(kind));
}

/** Some text that an expression as a whole stands for; another bare literal may be written in its place. */
export function computedText(
  file: SourceFile,
  { from, to }: Range,
  text: string,
  encode?: Segment['encode'],
): MappedText {
  return standingFor(file, from, to, text, encode);
}

export function bareEncoding(kind: 'number' | 'bool' | 'none'): Segment['encode'] {
  return (text) => {
    if (kind === 'bool') return /^true$/i.test(text) ? 'True' : /^false$/i.test(text) ? 'False' : null;
    return kind === 'number' && /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? text : null;
  };
}

/** Python's number literals: underscores, other bases, decimals; null for complex ones. */
export function numberOf(text: string): number | null {
  const plain = text.replaceAll('_', '');
  const value = /^(?:0[xob][0-9a-f]+|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)$/i.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}
