import { encodedThrough, joinMapped, type MappedText, replacedIn, sliceMapped } from '../mapped-text.ts';
import type { Word } from '../word.ts';

/** What names stand for. */
export type JustScope = Map<string, Word>;

/** Operands of one expression. */
const MAX_OPERANDS = 50;
/** No value of a command is longer; variables that hold each other grow without end. */
const MAX_CHARACTERS = 8 * 1024;

const OPERAND =
  /\s*(?:"((?:[^"\\\n]|\\.){0,4000})"|'([^'\n]{0,4000})'|(?:env_var_or_default|env)\(\s*["']\w{1,100}["']\s*,\s*("(?:[^"\\\n]|\\.){0,2000}"|'[^'\n]{0,2000}')\s*\)|([A-Za-z_][\w-]{0,100})(?![\w-]|\s*\())\s*/y;

export function openValue(text: MappedText, reason: string): Word {
  return { text, unresolved: reason };
}

/** Texts, variables and defaults of the environment, added together (just manual, "Expressions"); anything else is open. */
export function evaluate(written: MappedText, scope: JustScope): Word {
  const source = written.text;
  const parts: MappedText[] = [];
  let at = 0;
  let length = 0;
  for (let count = 0; count < MAX_OPERANDS; count++) {
    OPERAND.lastIndex = at;
    const found = OPERAND.exec(source);
    if (!found) return openValue(written, reasonOf(source.slice(at)));
    const value = operandOf(found, written, at, scope);
    if (value.unresolved !== null) return value;
    length += value.text.text.length;
    if (length > MAX_CHARACTERS) return openValue(written, 'it is longer than any value');
    parts.push(value.text);
    at = OPERAND.lastIndex;
    const rest = source.slice(at);
    if (rest === '' || /^\s*#/.test(rest))
      return { text: joinMapped(parts.length > 0 ? parts : [sliceMapped(written, 0, 0)]), unresolved: null };
    if (rest[0] === '/') parts.push(sliceMapped(written, at, at + 1));
    else if (rest[0] !== '+') return openValue(written, reasonOf(rest));
    at += 1;
  }
  return openValue(written, 'it is computed');
}

function operandOf(found: RegExpExecArray, written: MappedText, at: number, scope: JustScope): Word {
  const [whole, double, single, fallback, name] = found;
  if (name !== undefined) {
    if (name === 'if') return openValue(written, 'it is computed');
    const known = scope.get(name);
    return known ?? openValue(written, `${name} is not set in this file`);
  }
  const text = fallback === undefined ? (double ?? single ?? '') : fallback.slice(1, -1);
  const start = at + whole.indexOf(fallback ?? (double === undefined ? `'${single ?? ''}'` : `"${double}"`)) + 1;
  const inside = sliceMapped(written, start, start + text.length);
  const isPlain = fallback === undefined ? double === undefined : fallback.startsWith("'");
  return { text: isPlain ? encodedThrough(inside, plain) : unescaped(inside), unresolved: null };
}

function plain(text: string): string | null {
  return /['\n]/.test(text) ? null : text;
}

/** A backslash takes what is special about a sign in double quotes (just manual, "Strings"). */
function unescaped(inside: MappedText): MappedText {
  const encode = (value: string): string | null => (value.includes('\n') ? null : value.replace(/["\\]/g, '\\$&'));
  return encodedThrough(
    replacedIn(inside, /\\([^])/g, ([, sign = '']) => sign),
    encode,
  );
}

function reasonOf(rest: string): string {
  if (/^\s*`/.test(rest)) return 'it is the output of a command';
  if (/^\s*(?:env_var|env)\(/.test(rest)) return 'it is taken from whoever runs it';
  return 'it is computed';
}
