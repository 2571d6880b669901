import { encodedThrough, joinMapped, type MappedText, replacedIn, sliceMapped, writtenAs } from '../mapped-text.ts';
import type { Word } from '../word.ts';
import { exceeds, placeIn } from '../unread.ts';

/** What a name stands for: one value, or the words of an array. */
export type PowerShellScope = ReadonlyMap<string, readonly Word[]>;

/** A word, where it ends, and whether it is a list by itself (an array, a splatted variable). */
export interface ReadWord {
  readonly words: readonly Word[];
  readonly end: number;
}

/** Lists nest, and so do parentheses; nothing honest goes deeper. */
const MAX_DEPTH = 8;
const MAX_WORDS = 5_000;
/** Characters of one value; variables that hold each other grow without end. */
const MAX_CHARACTERS = 64 * 1024;
const ENDS_WORD = /[\s;|&(){},]/;

/** Where the text goes on behind blanks, comments and continued lines; line ends too where `lines` says so. */
export function skipBlanks(text: string, from: number, lines: boolean): number {
  let at = from;
  for (;;) {
    const unit = text[at];
    if (unit === undefined) return at;
    if (unit === '`' && /^`[ \t]*\r?\n/.test(text.slice(at, at + 80))) at = text.indexOf('\n', at) + 1;
    else if (unit === ' ' || unit === '\t' || unit === '\r') at++;
    else if (unit === '\n' && lines) at++;
    else if (text.startsWith('<#', at)) at = endOf(text, '#>', at + 2);
    else if (unit === '#') at = lineEnd(text, at);
    else return at;
  }
}

export function lineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}

function endOf(text: string, closing: string, from: number): number {
  const found = text.indexOf(closing, from);
  return found === -1 ? text.length : found + closing.length;
}

/** The closing bracket for the opening one at an offset, quotes and comments passed over. */
export function closingAt(text: string, opening: number): number {
  const pairs: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
  const stack: string[] = [];
  for (let at = opening; at < text.length; at++) {
    const unit = text[at] ?? '';
    if (unit === '`') at++;
    else if (unit === '"' || unit === "'") at = quoteEnd(text, at) - 1;
    else if (text.startsWith('<#', at)) at = endOf(text, '#>', at + 2) - 1;
    else if (unit === '#' && /[\s(,]/.test(text[at - 1] ?? ' ')) at = lineEnd(text, at);
    else if (pairs[unit] !== undefined) stack.push(pairs[unit]);
    else if (unit === stack.at(-1)) {
      stack.pop();
      if (stack.length === 0) return at;
    }
  }
  return text.length;
}

/** Behind the quote that closes the one at an offset. */
function quoteEnd(text: string, opening: number): number {
  const quote = text[opening] ?? '"';
  for (let at = opening + 1; at < text.length; at++) {
    if (text[at] === '`' && quote === '"') at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

/** Reads the word at an offset: plain text, quotes, variables and arrays, as they stand against each other. */
export function readWord(source: MappedText, from: number, scope: PowerShellScope, depth = 0): ReadWord {
  const { text } = source;
  if (exceeds(depth, MAX_DEPTH, 'levels of lists', () => placeIn(source, from))) return { words: [], end: text.length };
  if (text.startsWith('@(', from)) {
    const end = closingAt(text, from + 1);
    return { words: readList(sliceMapped(source, from + 2, end), scope, depth + 1), end: end + 1 };
  }
  if (text[from] === '(') return parenthesised(source, from, scope, depth);
  const splat = /^@([A-Za-z_]\w{0,80})/.exec(text.slice(from, from + 100));
  if (splat) {
    const words = scope.get((splat[1] ?? '').toLowerCase()) ?? [
      openWord(source, from, from + splat[0].length, `${splat[1]} is not set in this file`),
    ];
    return { words, end: from + splat[0].length };
  }
  const parts: Word[] = [];
  let at = from;
  while (at < text.length && !(ENDS_WORD.test(text[at] ?? '') && !isRedirect(text, at))) {
    const here = at;
    if (exceeds(parts.length + 1, MAX_WORDS, 'parts of a word', () => placeIn(source, here))) break;
    const part = readPart(source, at, scope);
    const [first, ...more] = part.words;
    // An array alone is its words.
    if (more.length > 0 && at === from && (part.end >= text.length || ENDS_WORD.test(text[part.end] ?? '')))
      return part;
    if (first) parts.push(more.length > 0 ? { ...first, unresolved: 'it is a list' } : first);
    at = Math.max(part.end, at + 1);
  }
  return { words: [joined(parts, () => sliceMapped(source, from, at))], end: Math.max(at, from + 1) };
}

/** `2>&1` is one word. */
function isRedirect(text: string, at: number): boolean {
  return text[at] === '&' && text[at - 1] === '>';
}

function joined(parts: readonly Word[], whole: () => MappedText): Word {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const written = whole();
  const unresolved = parts.find((part) => part.unresolved !== null)?.unresolved ?? null;
  if (unresolved !== null) return { text: written, unresolved };
  const full = parts.map((part) => part.text).filter(({ text }) => text !== '');
  const characters = full.reduce((sum, { text }) => sum + text.length, 0);
  if (full.length > 1 && characters > MAX_CHARACTERS)
    return { text: written, unresolved: 'it is longer than any value' };
  return { text: full.length > 0 ? joinMapped(full) : (parts[0]?.text ?? written), unresolved: null };
}

function readPart(source: MappedText, at: number, scope: PowerShellScope): ReadWord {
  const { text } = source;
  if (text[at] === "'") {
    const end = quoteEnd(text, at);
    return one(decoded(source, at + 1, end - 1, /''/g, singleQuoted), end);
  }
  if (text[at] === '"') {
    const end = quoteEnd(text, at);
    return one(
      joined(expanded(sliceMapped(source, at + 1, end - 1), scope), () => sliceMapped(source, at, end)),
      end,
    );
  }
  if (text[at] === '$') return variable(source, at, scope);
  let end = at;
  while (end < text.length && !ENDS_WORD.test(text[end] ?? '') && !/["'$]/.test(text[end] ?? ''))
    end += text[end] === '`' ? 2 : 1;
  if (isRedirect(text, end)) end = /^&\d?/.exec(text.slice(end, end + 2))?.[0].length ?? end + 1;
  return one(decoded(source, at, Math.max(end, at + 1), /`[^]/g, plain), Math.max(end, at + 1));
}

function one(word: Word, end: number): ReadWord {
  return { words: [word], end };
}

function openWord(source: MappedText, start: number, end: number, unresolved: string): Word {
  return { text: sliceMapped(source, start, end), unresolved };
}

/** A range of the text without its escapes, each of which stands for its second character. */
function decoded(
  source: MappedText,
  start: number,
  end: number,
  escape: RegExp,
  encode: (text: string) => string | null,
): Word {
  const text = replacedIn(sliceMapped(source, start, end), escape, ([found]) => found.slice(1));
  return { text: encodedThrough(text, encode), unresolved: null };
}

function singleQuoted(text: string): string | null {
  return text.includes('\n') ? null : text.replaceAll("'", "''");
}

function doubleQuoted(text: string): string | null {
  return text.includes('\n') ? null : text.replace(/[`"$]/g, '`$&');
}

function plain(text: string): string | null {
  return /^[\w./:\\=%+-]*$/.test(text) ? text : null;
}

const VARIABLE = /^\$(?:\{([^{}\n]{1,100})\}|((?:(?:env|script|global|local|using):)?[A-Za-z_]\w{0,80}))/i;

function variable(source: MappedText, at: number, scope: PowerShellScope): ReadWord {
  const found = VARIABLE.exec(source.text.slice(at, at + 130));
  if (!found) {
    const end = source.text[at + 1] === '(' ? closingAt(source.text, at + 1) + 1 : at + 1;
    return one(openWord(source, at, end, 'it is the output of a command'), end);
  }
  const name = (found[1] ?? found[2] ?? '').replace(/^(?:script|global|local|using):/i, '').toLowerCase();
  let end = at + found[0].length;
  // `$a.b`, `$a[0]`: a part of a value.
  const member = /^(?:\.[A-Za-z_]\w*|\[)/.exec(source.text.slice(end, end + 80));
  if (member) end = source.text[end] === '[' ? closingAt(source.text, end) + 1 : end + member[0].length;
  const known = member ? undefined : scope.get(name);
  const written = found[1] ?? found[2] ?? '';
  return known ? { words: known, end } : one(openWord(source, at, end, `${written} is not set in this file`), end);
}

/** The parts of a text in double quotes. */
function expanded(source: MappedText, scope: PowerShellScope): Word[] {
  const parts: Word[] = [];
  let start = 0;
  const flush = (end: number): void => {
    if (end > start) parts.push(decoded(source, start, end, /`[\s\S]|""/g, doubleQuoted));
  };
  for (let at = 0; at < source.text.length; at++) {
    if (source.text[at] === '`') at++;
    else if (source.text[at] === '$' && /[\w{(]/.test(source.text[at + 1] ?? '')) {
      flush(at);
      const { words, end } = plainVariable(source, at, scope);
      parts.push(...words);
      start = end;
      at = end - 1;
    }
  }
  flush(source.text.length);
  return parts.length > 0 ? parts : [decoded(source, 0, 0, /`/g, doubleQuoted)];
}

/** In quotes a dot behind a variable is text. */
function plainVariable(source: MappedText, at: number, scope: PowerShellScope): ReadWord {
  const found = VARIABLE.exec(source.text.slice(at, at + 130));
  if (!found) return variable(source, at, scope);
  const name = (found[1] ?? found[2] ?? '').replace(/^(?:script|global|local|using):/i, '').toLowerCase();
  const end = at + found[0].length;
  const [known, ...more] = scope.get(name) ?? [];
  if (known && more.length === 0) return one(known, end);
  return one(
    openWord(source, at, end, known ? 'it is a list' : `${found[1] ?? found[2]} is not set in this file`),
    end,
  );
}

/** `(Join-Path $root 'models')`, `('a', 'b')`; anything else is open. */
function parenthesised(source: MappedText, from: number, scope: PowerShellScope, depth: number): ReadWord {
  const close = closingAt(source.text, from);
  const inner = sliceMapped(source, from + 1, close);
  const member =
    /^(?:\.[A-Za-z_]\w*(?:\([^()\n]{0,100}\))?){1,3}/.exec(source.text.slice(close + 1, close + 200))?.[0] ?? '';
  const end = close + 1 + member.length;
  const path = member === '' || /^\.(?:Path|FullName)$/.test(member) ? joinedPath(inner, scope, depth + 1) : null;
  if (path) return one(path, end);
  const isList = member === '' && /^\s*["'$]/.test(inner.text) && !/^\s*\$\w+\s*(?:[-+*/%?]|\.)/.test(inner.text);
  if (isList) return { words: readList(inner, scope, depth + 1), end };
  return one(openWord(source, from, end, 'it is the output of a command'), end);
}

/** `Join-Path A B`, `Resolve-Path A`: what it is made of; open, as its last part, where the front is not known. */
export function joinedPath(source: MappedText, scope: PowerShellScope, depth: number): Word | null {
  const command = /^\s*(?:Join-Path|Resolve-Path)\b/i.exec(source.text);
  if (!command) return null;
  const words: Word[] = [];
  let at = skipBlanks(source.text, command[0].length, false);
  while (at < source.text.length && words.length < 6) {
    const read = readWord(source, at, scope, depth);
    if (!/^-(?:Path|ChildPath|AdditionalChildPath|LiteralPath)$/i.test(read.words[0]?.text.text ?? ''))
      words.push(...read.words);
    at = skipBlanks(source.text, Math.max(read.end, at + 1), false);
    if (source.text[at] === ',') at = skipBlanks(source.text, at + 1, true);
  }
  const last = words.at(-1);
  if (!last) return null;
  const unresolved = words.find((word) => word.unresolved !== null)?.unresolved ?? null;
  if (unresolved !== null) return { text: last.text, unresolved };
  // The separator stands nowhere: it is placed where the part behind it begins.
  const parts = words.flatMap(({ text }, index) =>
    index === 0 ? [text] : [writtenAs(sliceMapped(text, 0, 0), '\\'), text],
  );
  return { text: joinMapped(parts), unresolved: null };
}

/** The words of a list: parted by commas and lines. */
export function readList(source: MappedText, scope: PowerShellScope, depth = 0): Word[] {
  const words: Word[] = [];
  let at = skipBlanks(source.text, 0, true);
  while (at < source.text.length) {
    const here = at;
    if (exceeds(words.length + 1, MAX_WORDS, 'words of a list', () => placeIn(source, here))) break;
    if (source.text[at] === ',' || source.text[at] === ';') {
      at = skipBlanks(source.text, at + 1, true);
      continue;
    }
    const read = readWord(source, at, scope, depth);
    words.push(...read.words);
    at = skipBlanks(source.text, Math.max(read.end, at + 1), true);
  }
  return words;
}
