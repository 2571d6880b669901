import type { ArgumentValue } from '../deployment.ts';
import { table } from '../table.ts';

/** Values within values end here. */
const MAX_DEPTH = 20;
/** Pairs of one line; an engine has some hundreds of options. */
const MAX_PAIRS = 2_000;

interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Reads what Python prints of a dict (`{'a': 1, …}`) or of keyword arguments (`a=1, b='x', …`) from an offset on, as far as it goes:
 * strings, numbers, True, False, None, lists, tuples and dicts, and JSON inside. What is none of these (`<Mode.X: 3>`, a class) is left out.
 */
export function readRepr(text: string, from: number): ReadonlyMap<string, ArgumentValue> {
  const cursor: Cursor = { text, at: from };
  skipSpace(cursor);
  const pairs = new Map<string, ArgumentValue>();
  const isDict = text[cursor.at] === '{';
  if (isDict) cursor.at++;
  while (pairs.size < MAX_PAIRS) {
    skipSpace(cursor);
    const key = isDict ? readString(cursor) : readName(cursor);
    skipSpace(cursor);
    if (key === null || text[cursor.at] !== (isDict ? ':' : '=')) break;
    cursor.at++;
    const value = readValue(cursor, 0);
    if (value === undefined) skipValue(cursor);
    else pairs.set(key, value);
    skipSpace(cursor);
    if (text[cursor.at] !== ',') break;
    cursor.at++;
  }
  return pairs;
}

function readValue(cursor: Cursor, depth: number): ArgumentValue | undefined {
  skipSpace(cursor);
  const { text, at } = cursor;
  const first = text[at] ?? '';
  if (first === '"' || first === "'") return readString(cursor) ?? undefined;
  if ('[({'.includes(first) && first !== '' && depth < MAX_DEPTH) return readCollection(cursor, depth);
  const [word = ''] = /^[\w.+-]{1,400}/.exec(text.slice(at, at + 400)) ?? [];
  const value = plainValue(word);
  // `torch.bfloat16`, `Foo(…)`: a name is a value only where nothing is called.
  if (value === undefined || '(<['.includes(text[at + word.length] ?? ' ')) return undefined;
  cursor.at += word.length;
  return value;
}

function plainValue(word: string): ArgumentValue | undefined {
  // pydantic prints a config inside as JSON.
  if (/^(?:True|False|true|false)$/.test(word)) return word.toLowerCase() === 'true';
  if (word === 'None' || word === 'null') return null;
  if (/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(word)) return Number(word);
  return /^[A-Za-z][\w.-]*$/.test(word) ? word : undefined;
}

function readCollection(cursor: Cursor, depth: number): ArgumentValue | undefined {
  const { text } = cursor;
  const close = { '[': ']', '(': ')', '{': '}' }[text[cursor.at] ?? ''] ?? '';
  const start = cursor.at++;
  const items: ArgumentValue[] = [];
  const pairs: [string, ArgumentValue][] = [];
  while (items.length + pairs.length < MAX_PAIRS) {
    skipSpace(cursor);
    if (text[cursor.at] === close) {
      cursor.at++;
      return close === '}' ? Object.fromEntries(pairs) : items;
    }
    const item = readValue(cursor, depth + 1);
    skipSpace(cursor);
    if (item === undefined) break;
    if (close === '}') {
      if (text[cursor.at] !== ':') break;
      cursor.at++;
      const value = readValue(cursor, depth + 1);
      if (value === undefined) skipValue(cursor);
      else pairs.push([String(item), value]);
    } else items.push(item);
    skipSpace(cursor);
    if (text[cursor.at] === ',') cursor.at++;
    else if (text[cursor.at] !== close) break;
  }
  cursor.at = start;
  return undefined;
}

function readName(cursor: Cursor): string | null {
  const [name = ''] = /^[A-Za-z_]\w{0,100}/.exec(cursor.text.slice(cursor.at, cursor.at + 101)) ?? [];
  cursor.at += name.length;
  return name === '' ? null : name;
}

const ESCAPES: Readonly<Record<string, string>> = table({ n: '\n', t: '\t', r: '\r' });

function readString(cursor: Cursor): string | null {
  const { text, at } = cursor;
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return null;
  let value = '';
  for (let index = at + 1; index < text.length; index++) {
    const unit = text[index] ?? '';
    if (unit === quote) {
      cursor.at = index + 1;
      return value;
    }
    if (unit === '\\') {
      const escaped = text[++index] ?? '';
      value += ESCAPES[escaped] ?? escaped;
    } else value += unit;
  }
  return null;
}

function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at++;
}

/** Steps over something that is no plain value, up to the comma or bracket behind it. */
function skipValue(cursor: Cursor): void {
  const { text } = cursor;
  let depth = 0;
  for (; cursor.at < text.length; cursor.at++) {
    const unit = text[cursor.at] ?? '';
    if (unit === '"' || unit === "'") {
      if (readString(cursor) === null) return;
      cursor.at--;
    } else if ('([{<'.includes(unit)) depth++;
    else if (')]}>'.includes(unit)) {
      if (depth === 0) return;
      depth--;
    } else if (unit === ',' && depth === 0) return;
  }
}
