import { encodedThrough, type MappedText, sliceMapped } from './mapped-text.ts';
import { textBuilder } from './text-builder.ts';
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
  const filled = textBuilder(text, (run) => encodedThrough(run, doubledDollars));
  let at = 0;
  let unclosed = 0;
  for (const found of text.text.matchAll(NAME)) {
    const [written, dollar, bare, braced, operator] = found;
    if (found.index < at) continue;
    const end = braced === undefined ? found.index + written.length : closingBrace(text.text, found.index + 2);
    if (end === -1) {
      if (++unclosed > MAX_UNCLOSED) break;
      continue;
    }
    filled.passTo(found.index, end);
    at = end;
    if (dollar !== undefined) {
      filled.add(encodedThrough(sliceMapped(text, found.index + 1, end), () => null));
      continue;
    }
    const name = bare ?? braced ?? '';
    const operand = sliceMapped(text, found.index + written.length, end - 1);
    const value =
      depth > MAX_DEPTH || filled.length() > MAX_CHARACTERS
        ? TOO_DEEP
        : valueOf(name, operator, operand, lookup, depth);
    const variable = sliceMapped(text, found.index, end);
    if (typeof value === 'string') filled.leave(variable, value);
    else filled.put(value, variable);
  }
  return filled.built();
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
