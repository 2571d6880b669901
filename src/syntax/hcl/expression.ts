import { type Place, placeOf } from '../../text.ts';
import { type HclTemplate, isHeredoc, readHeredoc, readQuoted } from './template.ts';
import { isIdentifierStart, MAX_NODES, type Reader, readIdentifier, skipBlank } from './reader.ts';
import { exceeds } from '../unread.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** An expression of HCL with the range it stands in; what is not understood is `unknown`. */
export type HclExpression = Range &
  (
    | { readonly kind: 'literal'; readonly value: number | boolean | null }
    | HclTemplate
    | { readonly kind: 'list'; readonly items: readonly HclExpression[] }
    | { readonly kind: 'object'; readonly entries: readonly HclObjectEntry[] }
    | { readonly kind: 'reference'; readonly name: string }
    | { readonly kind: 'access'; readonly of: HclExpression; readonly key: HclExpression | string | number | null }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly HclExpression[] }
    | { readonly kind: 'operation'; readonly operator: string; readonly operands: readonly HclExpression[] }
    | HclFor
    | { readonly kind: 'unknown' }
  );

export interface HclObjectEntry {
  /** A bare key is a template of its own text; a key in parentheses is any expression. */
  readonly key: HclExpression;
  readonly value: HclExpression;
}

/** `[for k, v in collection : value if condition]`, or the same in braces with a key. */
export interface HclFor {
  readonly kind: 'for';
  readonly names: readonly string[];
  readonly collection: HclExpression;
  readonly key: HclExpression | null;
  readonly value: HclExpression;
  readonly condition: HclExpression | null;
}

const MAX_DEPTH = 80;
/** Operands of one level in a row. */
const MAX_OPERANDS = 200;
/** Binary operators, the loosest first. */
const OPERATORS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** The expression at the reader; `newlines` inside brackets, where a line end does not end it. */
export function readExpression(reader: Reader, newlines: boolean): HclExpression {
  const here = (): Place => placeOf(reader.file, reader.at, reader.at);
  if (exceeds(reader.depth, MAX_DEPTH, 'levels of HCL', here)) return unknown(reader);
  if (exceeds(MAX_NODES + 1 - reader.left--, MAX_NODES, 'expressions of HCL', here)) return unknown(reader);
  reader.depth++;
  const expression = readConditional(reader, newlines);
  reader.depth--;
  return expression;
}

function readConditional(reader: Reader, newlines: boolean): HclExpression {
  const condition = readOperation(reader, newlines, 0);
  if (!takes(reader, '?', newlines)) return condition;
  const yes = readExpression(reader, newlines);
  if (!takes(reader, ':', newlines)) return unknown(reader, condition.start);
  const no = readExpression(reader, newlines);
  return { kind: 'operation', operator: '?', operands: [condition, yes, no], start: condition.start, end: no.end };
}

function readOperation(reader: Reader, newlines: boolean, level: number): HclExpression {
  const operators = OPERATORS[level];
  if (!operators) return readUnary(reader, newlines);
  let left = readOperation(reader, newlines, level + 1);
  for (let count = 1; ; count++) {
    const before = reader.at;
    skipBlank(reader, newlines);
    const operator = operators.find((one) => startsWith(reader, one));
    if (operator === undefined) {
      reader.at = before;
      return left;
    }
    if (exceeds(count, MAX_OPERANDS, 'operands of HCL', () => placeOf(reader.file, before, before)))
      return unknown(reader, left.start);
    reader.at += operator.length;
    const right = readOperation(reader, newlines, level + 1);
    left = { kind: 'operation', operator, operands: [left, right], start: left.start, end: right.end };
  }
}

function readUnary(reader: Reader, newlines: boolean): HclExpression {
  skipBlank(reader, newlines);
  const start = reader.at;
  const operator = ['!', '-'].find((one) => startsWith(reader, one));
  if (operator === undefined || exceeds(reader.depth, MAX_DEPTH, 'levels of HCL')) return readAccess(reader, newlines);
  reader.at++;
  reader.depth++;
  const operand = readUnary(reader, newlines);
  reader.depth--;
  if (operator === '-' && operand.kind === 'literal' && typeof operand.value === 'number')
    return { kind: 'literal', value: -operand.value, start, end: operand.end };
  return { kind: 'operation', operator, operands: [operand], start, end: operand.end };
}

/** A term with what is taken out of it: `a.b`, `a[0]`, `a[*].b`. */
function readAccess(reader: Reader, newlines: boolean): HclExpression {
  let term = readTerm(reader);
  const { text } = reader.file;
  for (let count = 0; count < 100 && reader.at < reader.end; count++) {
    if (text[reader.at] === '[') {
      reader.at++;
      const splat = startsWith(reader, '*]');
      const key = splat ? null : readExpression(reader, true);
      if (splat) reader.at++;
      if (!takes(reader, ']', true)) return unknown(reader, term.start);
      term = { kind: 'access', of: term, key, start: term.start, end: reader.at };
      continue;
    }
    const dotted = newlines ? /[ \t\r\n]*\.(?:\*|(\d+)|(?=[\p{L}_]))/uy : /\.(?:\*|(\d+)|(?=[\p{L}_]))/uy;
    dotted.lastIndex = reader.at;
    const found = dotted.exec(text);
    if (!found || dotted.lastIndex > reader.end) return term;
    reader.at = dotted.lastIndex;
    const key = found[0].endsWith('*') ? null : found[1] === undefined ? readIdentifier(reader) : Number(found[1]);
    term = { kind: 'access', of: term, key, start: term.start, end: reader.at };
  }
  return term;
}

const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function readTerm(reader: Reader): HclExpression {
  const { text } = reader.file;
  const start = reader.at;
  const unit = text[start];
  if (start >= reader.end) return unknown(reader);
  if (unit === '"') return readQuoted(reader);
  if (isHeredoc(reader)) return readHeredoc(reader);
  if (unit === '(') {
    reader.at++;
    const inner = readExpression(reader, true);
    return takes(reader, ')', true) ? { ...inner, start, end: reader.at } : unknown(reader, start);
  }
  if (unit === '[') return readList(reader);
  if (unit === '{') return readObject(reader);
  NUMBER.lastIndex = start;
  const number = NUMBER.exec(text);
  if (number) {
    reader.at = NUMBER.lastIndex;
    return { kind: 'literal', value: Number(number[0]), start, end: reader.at };
  }
  if (!isIdentifierStart(unit)) return unknown(reader);
  let name = readIdentifier(reader);
  while (startsWith(reader, '::') && isIdentifierStart(text[reader.at + 2])) {
    reader.at += 2;
    name += `::${readIdentifier(reader)}`;
  }
  if (text[reader.at] === '(') return readCall(reader, name, start);
  const end = reader.at;
  if (name === 'true' || name === 'false') return { kind: 'literal', value: name === 'true', start, end };
  if (name === 'null') return { kind: 'literal', value: null, start, end };
  return { kind: 'reference', name, start, end };
}

function readCall(reader: Reader, name: string, start: number): HclExpression {
  reader.at++;
  const args: HclExpression[] = [];
  while (!takes(reader, ')', true)) {
    if (reader.at >= reader.end || reader.left <= 0) return unknown(reader, start);
    args.push(readExpression(reader, true));
    takes(reader, '...', true);
    if (!takes(reader, ',', true) && !ahead(reader, ')')) return unknown(reader, start);
  }
  return { kind: 'call', name, args, start, end: reader.at };
}

function readList(reader: Reader): HclExpression {
  const start = reader.at++;
  if (takesFor(reader)) return readFor(reader, start, ']');
  const items: HclExpression[] = [];
  while (!takes(reader, ']', true)) {
    if (reader.at >= reader.end || reader.left <= 0) return unknown(reader, start);
    items.push(readExpression(reader, true));
    if (!takes(reader, ',', true) && !ahead(reader, ']')) return unknown(reader, start);
  }
  return { kind: 'list', items, start, end: reader.at };
}

function readObject(reader: Reader): HclExpression {
  const start = reader.at++;
  if (takesFor(reader)) return readFor(reader, start, '}');
  const entries: HclObjectEntry[] = [];
  while (!takes(reader, '}', true)) {
    if (reader.at >= reader.end || reader.left <= 0) return unknown(reader, start);
    const key = bareKey(reader) ?? readExpression(reader, false);
    if (!takes(reader, '=', false) && !takes(reader, ':', false)) return unknown(reader, start);
    entries.push({ key, value: readExpression(reader, false) });
    takes(reader, ',', true);
  }
  return { kind: 'object', entries, start, end: reader.at };
}

/** A name as a key stands for itself. */
function bareKey(reader: Reader): HclExpression | null {
  skipBlank(reader, true);
  const key = /([\p{L}_][\p{L}\p{N}_-]*)[ \t]*(?:=(?!=)|:)/uy;
  key.lastIndex = reader.at;
  const name = key.exec(reader.file.text)?.[1];
  if (name === undefined) return null;
  const start = reader.at;
  reader.at += name.length;
  const part = { kind: 'text' as const, text: name, start, end: reader.at, starts: null, ends: null };
  return { kind: 'template', parts: [part], style: 'bare', start, end: reader.at };
}

function takesFor(reader: Reader): boolean {
  skipBlank(reader, true);
  if (!/^for\s/.test(reader.file.text.slice(reader.at, reader.at + 4))) return false;
  reader.at += 3;
  return true;
}

function readFor(reader: Reader, start: number, close: string): HclExpression {
  const names: string[] = [];
  for (let count = 0; count < 2; count++) {
    skipBlank(reader, true);
    if (!isIdentifierStart(reader.file.text[reader.at])) return unknown(reader, start);
    names.push(readIdentifier(reader));
    if (!takes(reader, ',', true)) break;
  }
  if (!takes(reader, 'in', true)) return unknown(reader, start);
  const collection = readExpression(reader, true);
  if (!takes(reader, ':', true)) return unknown(reader, start);
  let value = readExpression(reader, true);
  let key: HclExpression | null = null;
  if (takes(reader, '=>', true)) {
    key = value;
    value = readExpression(reader, true);
  }
  takes(reader, '...', true);
  const condition = takes(reader, 'if', true) ? readExpression(reader, true) : null;
  if (!takes(reader, close, true)) return unknown(reader, start);
  return { kind: 'for', names, collection, key, value, condition, start, end: reader.at };
}

function startsWith(reader: Reader, text: string): boolean {
  return reader.at + text.length <= reader.end && reader.file.text.startsWith(text, reader.at);
}

function ahead(reader: Reader, text: string): boolean {
  skipBlank(reader, true);
  return startsWith(reader, text);
}

/** Goes behind a sign where it comes next. */
function takes(reader: Reader, sign: string, newlines: boolean): boolean {
  const before = reader.at;
  skipBlank(reader, newlines);
  if (startsWith(reader, sign)) {
    reader.at += sign.length;
    return true;
  }
  reader.at = before;
  return false;
}

/** What is not understood, up to where the line, the list or the block that holds it goes on. */
function unknown(reader: Reader, start = reader.at): HclExpression {
  const { text } = reader.file;
  let depth = 0;
  while (reader.at < reader.end) {
    const unit = text[reader.at] ?? '';
    if (depth === 0 && /[\n,)\]}]/.test(unit)) break;
    if (/[([{]/.test(unit)) depth++;
    if (/[)\]}]/.test(unit)) depth--;
    reader.at++;
  }
  return { kind: 'unknown', start, end: reader.at };
}
