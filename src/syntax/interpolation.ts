import { encodedThrough, joinMapped, type MappedText, sliceMapped, usedAt } from './mapped-text.ts';
import type { Word } from './word.ts';

/** A text with its variables put in, and the ranges of it that stayed as they are written. */
export interface Interpolated {
  readonly text: MappedText;
  readonly open: readonly OpenRange[];
}

export interface OpenRange {
  readonly start: number;
  readonly end: number;
  /** Why the value is not in the repository. */
  readonly reason: string;
}

/** What a name stands for; null for one that is not set. */
export type Lookup = (name: string) => Word | null;

/** Defaults nest (`${A:-${B:-x}}`); nothing honest goes deeper. */
const MAX_DEPTH = 12;
/** Variables that hold each other grow without end. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_UNCLOSED = 10;
const NAME = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(:?[-?+])?)/g;

/**
 * Puts variables in as Compose does, and dotenv files: `$NAME`, `${NAME}`, defaults (`:-`, `-`), required (`:?`, `?`),
 * alternatives (`:+`, `+`), `$$` for a dollar. Every value keeps the place where it is defined.
 */
export function interpolate(text: MappedText, lookup: Lookup, depth = 0): Interpolated {
  if (!text.text.includes('$')) return { text: encodedThrough(text, doubledDollars), open: [] };
  const parts: MappedText[] = [];
  const open: OpenRange[] = [];
  let length = 0;
  let at = 0;
  let unclosed = 0;
  const add = (part: MappedText): void => {
    if (part.text !== '') parts.push(part);
    length += part.text.length;
  };
  const leave = (start: number, end: number, reason: string): void => {
    open.push({ start: length, end: length + end - start, reason });
    add(sliceMapped(text, start, end));
  };
  for (const found of text.text.matchAll(NAME)) {
    const [written, dollar, bare, braced, operator] = found;
    if (found.index < at) continue;
    const end = braced === undefined ? found.index + written.length : closingBrace(text.text, found.index + 2);
    if (end === -1) {
      if (++unclosed > MAX_UNCLOSED) break;
      continue;
    }
    add(encodedThrough(sliceMapped(text, at, found.index), doubledDollars));
    at = end;
    if (dollar !== undefined) {
      add(encodedThrough(sliceMapped(text, found.index + 1, end), () => null));
      continue;
    }
    const name = bare ?? braced ?? '';
    const operand = sliceMapped(text, found.index + written.length, end - 1);
    const value =
      depth > MAX_DEPTH || length > MAX_CHARACTERS ? TOO_DEEP : valueOf(name, operator, operand, lookup, depth);
    if (typeof value === 'string') {
      leave(found.index, end, value);
      continue;
    }
    for (const one of value.open) open.push({ ...one, start: one.start + length, end: one.end + length });
    add(usedAt(value.text, sliceMapped(text, found.index, end)));
  }
  add(encodedThrough(sliceMapped(text, at, text.text.length), doubledDollars));
  if (parts.length > 0) return { text: joinMapped(parts), open };
  // Nothing is left of it: an empty text still stands somewhere.
  return { text: sliceMapped(text, 0, 0), open };
}

const TOO_DEEP = 'its variables refer to each other without end';

/** The value of one variable, or why there is none. */
function valueOf(
  name: string,
  operator: string | undefined,
  operand: MappedText,
  lookup: Lookup,
  depth: number,
): Interpolated | string {
  const known = lookup(name);
  const isSet = known !== null && (known.unresolved !== null || known.text.text !== '' || !operator?.startsWith(':'));
  if (operator?.endsWith('+')) {
    return isSet ? operandOf(operand, lookup, depth) : { text: sliceMapped(operand, 0, 0), open: [] };
  }
  if (isSet && known) return known.unresolved ?? { text: known.text, open: [] };
  if (operator?.endsWith('-')) return operandOf(operand, lookup, depth);
  if (operator?.endsWith('?')) return `${name} must be set by whoever runs it`;
  return `${name} is not set in the repository`;
}

/** A default or an alternative, in which a brace would end the variable. */
function operandOf(operand: MappedText, lookup: Lookup, depth: number): Interpolated {
  const inside = encodedThrough(operand, (text) => (/[{}]/.test(text) ? null : text));
  return interpolate(inside, lookup, depth + 1);
}

/** The offset behind the brace that closes the one in front of `from`; -1 when none does. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

function doubledDollars(text: string): string {
  return text.replaceAll('$', '$$$$');
}

/** An interpolated text as one word. */
export function wordOf({ text, open }: Interpolated): Word {
  return { text, unresolved: open[0]?.reason ?? null };
}
