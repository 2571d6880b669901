import type { HclExpression } from './expression.ts';
import { type Place, placeOf } from '../../text.ts';
import { exceeds } from '../unread.ts';
import { MAX_NODES, type Reader, skipBlank } from './reader.ts';

/** Text with expressions in it: in quotes, as a here-document, or a bare key. */
export interface HclTemplate {
  readonly kind: 'template';
  readonly parts: readonly HclPart[];
  readonly style: 'quoted' | 'heredoc' | 'bare';
  readonly start: number;
  readonly end: number;
}

export type HclPart =
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly start: number;
      readonly end: number;
      /** Source range of every character; null where the text stands as it reads. */
      readonly starts: readonly number[] | null;
      readonly ends: readonly number[] | null;
    }
  /** `${ … }`, the marks included in the range. */
  | {
      readonly kind: 'value';
      readonly value: HclExpression;
      readonly start: number;
      readonly end: number;
    }
  /** `%{ if … }`, `%{ else }`, `%{ endif }`, `%{ for … }`, `%{ endfor }`. */
  | {
      readonly kind: 'directive';
      readonly word: string;
      readonly condition: HclExpression | null;
      readonly start: number;
      readonly end: number;
    };

/** Text that is written as it reads between two offsets, collected unit by unit. */
interface Collected {
  text: string;
  starts: number[];
  ends: number[];
}

/** The template in quotes at the reader. */
export function readQuoted(reader: Reader): HclExpression {
  const start = reader.at++;
  const parts = readParts(reader, true);
  if (reader.file.text[reader.at] === '"') reader.at++;
  return { kind: 'template', parts, style: 'quoted', start, end: reader.at };
}

const HEREDOC = /<<(-?)([\p{L}_][\p{L}\p{N}_-]*)[ \t]*\r?\n/uy;

export function isHeredoc(reader: Reader): boolean {
  HEREDOC.lastIndex = reader.at;
  return HEREDOC.test(reader.file.text);
}

/** The here-document at the reader; `<<-` takes the smallest indentation of its lines away. */
export function readHeredoc(reader: Reader): HclExpression {
  const { text } = reader.file;
  const start = reader.at;
  HEREDOC.lastIndex = start;
  const [head = '', dash = '', word = ''] = HEREDOC.exec(text) ?? [];
  const from = start + head.length;
  let close = from;
  for (; close < reader.end; close = lineBehind(text, close)) {
    if (text.slice(close, lineBehind(text, close)).trim() === word) break;
  }
  const outer = reader.end;
  reader.at = from;
  reader.end = Math.min(close, outer);
  const parts = readParts(reader, false);
  const stripped = dash === '-' ? withoutIndent(parts, indentOf(text.slice(from, reader.end))) : parts;
  reader.end = outer;
  const marker = text.slice(close, lineBehind(text, close));
  reader.at = Math.min(outer, close + marker.trimEnd().length);
  return { kind: 'template', parts: stripped, style: 'heredoc', start, end: reader.at };
}

/** All that a reader has left, as a template. */
export function readWhole(reader: Reader): HclTemplate {
  const start = reader.at;
  return { kind: 'template', parts: readParts(reader, false), style: 'heredoc', start, end: reader.end };
}

function lineBehind(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline + 1;
}

function readParts(reader: Reader, quoted: boolean): HclPart[] {
  const { text } = reader.file;
  const parts: HclPart[] = [];
  let run: Collected = { text: '', starts: [], ends: [] };
  const finish = (): void => {
    if (run.text !== '') parts.push(textPart(run, text));
    run = { text: '', starts: [], ends: [] };
  };
  const take = (decoded: string, length: number): void => {
    for (const unit of decoded.split('')) {
      run.text += unit;
      run.starts.push(reader.at);
      run.ends.push(reader.at + length);
    }
    reader.at += length;
  };
  while (reader.at < reader.end) {
    const unit = text[reader.at] ?? '';
    const next = text[reader.at + 1];
    if (quoted && (unit === '"' || unit === '\n')) break;
    if ((unit === '$' || unit === '%') && next === unit && text[reader.at + 2] === '{') {
      take(`${unit}{`, 3);
    } else if ((unit === '$' || unit === '%') && next === '{' && !isSpent(reader)) {
      finish();
      parts.push(unit === '$' ? readValue(reader) : readDirective(reader));
    } else if (quoted && unit === '\\') {
      const escape = /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|.)/y;
      escape.lastIndex = reader.at;
      const found = escape.exec(text);
      if (found) take(unescaped(found[0], found[1] ?? found[2]), found[0].length);
      else reader.at++;
    } else take(unit, 1);
  }
  finish();
  return parts;
}

function isSpent(reader: Reader): boolean {
  const here = (): Place => placeOf(reader.file, reader.at, reader.at);
  return exceeds(MAX_NODES + 1 - reader.left--, MAX_NODES, 'expressions of HCL', here);
}

function unescaped(written: string, code: string | undefined): string {
  if (code !== undefined) {
    const point = Number.parseInt(code, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : '\uFFFD';
  }
  const letter = written[1] ?? '';
  return { n: '\n', r: '\r', t: '\t' }[letter] ?? letter;
}

function readValue(reader: Reader): HclPart {
  const start = reader.at;
  reader.at += reader.file.text[start + 2] === '~' ? 3 : 2;
  const value = reader.expression(reader, true);
  closeMark(reader);
  return { kind: 'value', value, start, end: reader.at };
}

function readDirective(reader: Reader): HclPart {
  const { text } = reader.file;
  const start = reader.at;
  const head = /%\{~?[ \t\r\n]*([a-z]*)/y;
  head.lastIndex = start;
  const word = head.exec(text)?.[1] ?? '';
  reader.at = Math.min(reader.end, Math.max(head.lastIndex, start + 2));
  const condition = word === 'if' ? reader.expression(reader, true) : null;
  closeMark(reader);
  return { kind: 'directive', word, condition, start, end: reader.at };
}

/** Goes behind the brace that closes a mark. */
function closeMark(reader: Reader): void {
  const { text } = reader.file;
  skipBlank(reader, true);
  let depth = 0;
  while (reader.at < reader.end) {
    const unit = text[reader.at++];
    if (unit === '{') depth++;
    if (unit === '}' && depth-- === 0) return;
  }
}

function textPart({ text, starts, ends }: Collected, source: string): HclPart {
  const [start, end] = [starts[0] ?? 0, ends.at(-1) ?? 0];
  const same = end - start === text.length && source.slice(start, end) === text;
  return { kind: 'text', text, start, end, starts: same ? null : starts, ends: same ? null : ends };
}

function indentOf(text: string): number {
  const indents = [...text.matchAll(/^([ \t]*)\S/gm)].map(([, blank = '']) => blank.length);
  return indents.length === 0 ? 0 : indents.reduce((least, one) => Math.min(least, one));
}

/** The parts with so many spaces less in front of every line. */
function withoutIndent(parts: readonly HclPart[], indent: number): HclPart[] {
  if (indent === 0) return [...parts];
  let column = 0;
  return parts.flatMap((part): HclPart[] => {
    if (part.kind !== 'text') {
      column = indent;
      return [part];
    }
    const run: Collected = { text: '', starts: [], ends: [] };
    for (let index = 0; index < part.text.length; index++) {
      const unit = part.text[index] ?? '';
      if (unit === '\n') column = 0;
      else if (column++ < indent && /[ \t]/.test(unit)) continue;
      else column = indent;
      run.text += unit;
      run.starts.push(part.starts?.[index] ?? part.start + index);
      run.ends.push(part.ends?.[index] ?? part.start + index + 1);
    }
    if (run.text === '') return [];
    return [{ kind: 'text', text: run.text, start: part.start, end: part.end, starts: run.starts, ends: run.ends }];
  });
}
