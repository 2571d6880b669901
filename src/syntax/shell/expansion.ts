import { parse, type Script, type Word as ShellWord, type WordPart } from 'unbash';
import type { OpenScript, Word } from '../word.ts';
import { encodedThrough, joinMapped, type MappedText, sliceMapped, usedAt } from '../mapped-text.ts';
import { computedNumber } from './arithmetic.ts';
import { type Assignment, isAssignment } from './assignment.ts';
import { saidBy } from './function-output.ts';
import { nameIn, partsOf } from './pieces.ts';
import { computedText, decodedRange, doubleQuotedText, singleQuotedText, unquotedText } from './text.ts';
import { MAX_VALUE_CHARACTERS, newWalk, TOO_LONG, type Variable, type Walk } from './walk.ts';

/** Variables nest; nothing honest goes deeper. */
const MAX_DEPTH = 12;
const REQUIRED = 'must be set by whoever runs it';
const COMPUTED = 'it is computed';
const POSITIONAL = 'it is an argument of the script';
const ASKED: ReadonlySet<string> = new Set([COMPUTED, POSITIONAL]);

/** Commands that only define variables. */
export const DECLARES = /^(?:export|declare|local|readonly|typeset)$/;

/** A script taken apart; null when the text is no shell at all. */
export function parsed(text: MappedText): Script | null {
  try {
    return parse(text.text);
  } catch {
    return null;
  }
}

/** The words that one written word becomes: an array or an unquoted value of several words spreads out. */
export function expand(word: ShellWord, walk: Walk, depth: number): readonly Word[] {
  const parts = word.parts ?? [];
  const [only] = parts;
  if (only && parts.length === 1) {
    const quoted = only.type === 'DoubleQuoted' && only.parts.length === 1 ? only.parts[0] : undefined;
    const array = arrayName(quoted ?? only);
    const values = array === null ? undefined : walk.scope.get(array);
    if (values) return values;
    const said = saidBy(only, walk, (one, inside) => expand(one, inside, depth + 1).flatMap(spread));
    if (said) return said;
    const split = only.type === 'DoubleQuoted' ? null : splitOf(word, walk);
    if (split) return split;
    const several = only.type === 'SimpleExpansion' ? walk.scope.get(only.text.slice(1)) : undefined;
    if (several && several.length > 1) return several.flatMap(spread);
    if (!quoted && (only.type === 'SimpleExpansion' || only.type === 'ParameterExpansion')) {
      return spread(whole(word, walk, depth));
    }
  }
  return [whole(word, walk, depth)];
}

/** An array as a whole; `@` for what a script is called with. */
function arrayName(part: WordPart | undefined): string | null {
  if (part?.type === 'SimpleExpansion') return /^\$[@*]$/.test(part.text) ? '@' : null;
  if (part?.type !== 'ParameterExpansion') return null;
  return /^\$\{(\w+)\[[@*]\]\}$/.exec(part.text)?.[1] ?? null;
}

/** Word splitting of an unquoted value. Quotes that stand inside the value are taken off, as `eval` and `bash -c` would. */
export function spread(word: Word): readonly Word[] {
  // An unquoted value of nothing is no word at all.
  if (word.unresolved === null && word.text.text === '') return [];
  if (word.unresolved !== null || !/\s/.test(word.text.text.trim())) return [word];
  const only = onlyCommandOf(word.text);
  if (only !== null) return only;
  return [...word.text.text.matchAll(/\S+/g)].map((found) => ({
    text: sliceMapped(word.text, found.index, found.index + found[0].length),
    unresolved: null,
  }));
}

/** The words of a text that is one command and nothing else, as a script of its own. */
function onlyCommandOf(text: MappedText): readonly Word[] | null {
  const { commands } = parsed(text) ?? { commands: [] };
  const [statement, ...more] = commands;
  const command = statement?.command;
  if (more.length > 0 || command?.type !== 'Command' || command.name === undefined) return null;
  if (command.prefix.length > 0 || DECLARES.test(command.name.text)) return null;
  const walk = newWalk(text, new Map(), () => null);
  const words = [command.name, ...command.suffix] as readonly (ShellWord | Assignment)[];
  return words.flatMap((word) =>
    isAssignment(word)
      ? [{ text: sliceMapped(text, word.pos, word.end), unresolved: null }]
      : word.type === 'Word'
        ? expand(word, walk, 0)
        : [],
  );
}

/** A word as one value. */
export function whole(word: ShellWord, walk: Walk, depth: number): Word {
  const pieces: OnePiece[] = [];
  if (word.parts === undefined) pieces.push(plain(word, walk));
  else for (const part of word.parts) pieces.push(...partPieces(part, walk, depth, 'none'));
  if (pieces.length === 0) return { text: sliceMapped(walk.text, word.pos, word.pos), unresolved: null };
  const unresolved = pieces.find((piece) => piece.unresolved !== null)?.unresolved ?? null;
  const characters = pieces.reduce((sum, piece) => sum + piece.text.text.length, 0);
  if (characters > MAX_VALUE_CHARACTERS && pieces.length > 1) {
    return { text: sliceMapped(walk.text, word.pos, word.end), unresolved: TOO_LONG };
  }
  // An open word shows what is written where it is used, so that a reader can find it; one that stands for a variable that
  // somebody must set shows where it is asked for.
  const [only, ...others] = pieces;
  if (unresolved !== null && only?.defined === true && others.length === 0) return { text: only.text, unresolved };
  if (unresolved !== null) {
    const text = sliceMapped(walk.text, word.pos, word.end);
    return /^"[^]*\s[^]*"$/.test(text.text) ? { text, unresolved, script: scriptOf(pieces) } : { text, unresolved };
  }
  return { text: joinMapped(pieces.map((piece) => piece.text)), unresolved: null };
}

function scriptOf(pieces: readonly OnePiece[]): OpenScript {
  return {
    text: joinMapped(pieces.map((piece) => piece.text)),
    open: pieces.flatMap(({ text, unresolved }) => (unresolved === null ? [] : [{ text, reason: unresolved }])),
  };
}

/** A part of a here-document: the value of a variable that is known, else as it is written. */
export function textOfPart(part: WordPart, walk: Walk): MappedText {
  const [piece, ...more] = partPieces(part, walk, 0, 'double');
  return piece?.unresolved === null && more.length === 0 ? piece.text : sliceMapped(walk.text, part.pos, part.end);
}

interface OnePiece extends Word {
  /** Whether it shows what a variable is set to, not what is written where that is used. */
  readonly defined?: boolean;
}

type Quote = 'none' | 'double';

export function plain(
  word: { readonly pos: number; readonly end: number; readonly value: string; readonly text: string },
  walk: Walk,
): OnePiece {
  return decodedRange(walk.text, word.pos, word.end, word.value, unquotedText);
}

export function partPieces(part: WordPart, walk: Walk, depth: number, quote: Quote): OnePiece[] {
  if (depth > MAX_DEPTH) return [open(part, walk, 'its variables refer to each other without end')];
  switch (part.type) {
    case 'Literal':
      return [
        decodedRange(walk.text, part.pos, part.end, part.value, quote === 'double' ? doubleQuotedText : unquotedText),
      ];
    case 'SingleQuoted':
      return [decodedRange(walk.text, part.pos + 1, part.end - 1, part.value, singleQuotedText)];
    case 'AnsiCQuoted':
      return [decodedRange(walk.text, part.pos + 2, part.end - 1, part.value, () => null)];
    case 'DoubleQuoted':
    case 'LocaleString':
      if (part.parts.length === 0)
        return [{ text: sliceMapped(walk.text, part.pos + 1, part.pos + 1), unresolved: null }];
      return part.parts.flatMap((child) => partPieces(child as WordPart, walk, depth + 1, 'double'));
    case 'SimpleExpansion':
      return [usedIn(variable(part.text.slice(1), part, walk), part, walk, quote)];
    case 'ParameterExpansion':
      return parameter(part, walk, depth).map((piece) => usedIn(piece, part, walk, quote));
    case 'Glob':
    case 'ExtendedGlob':
    case 'BraceExpansion':
      return [decodedRange(walk.text, part.pos, part.end, part.text, unquotedText)];
    case 'CommandExpansion':
      return [open(part, walk, 'it is the output of a command')];
    case 'ArithmeticExpansion':
      return [arithmetic(part, walk)];
    default:
      return [open(part, walk, 'only the shell knows it')];
  }
}

/** A known value notes where it is used. */
function usedIn(piece: OnePiece, { pos, end }: WordPart, walk: Walk, quote: Quote): OnePiece {
  if (piece.unresolved !== null) return piece;
  const inner = quote === 'double' ? doubleQuotedText : unquotedText;
  return { text: usedAt(piece.text, encodedThrough(sliceMapped(walk.text, pos, end), inner)), unresolved: null };
}

function parameter(part: Extract<WordPart, { type: 'ParameterExpansion' }>, walk: Walk, depth: number): OnePiece[] {
  const { operation } = part;
  if (part.prefix !== undefined || part.index !== undefined) return [open(part, walk, 'only the shell knows it')];
  if (operation === undefined) return [variable(part.parameter, part, walk)];
  if (operation.type !== 'Default') return [open(part, walk, 'it is cut out of another value')];
  const known = walk.scope.get(part.parameter)?.[0];
  const set = known !== undefined && (known.text.text !== '' || known.unresolved !== null);
  switch (operation.operator) {
    case ':-':
    case '-':
    case ':=':
    case '=':
      if (set) return [valueAt(known, part, walk)];
      return [whole(operation.operand, walk, depth + 1)];
    case '+':
    case ':+':
      return set
        ? [whole(operation.operand, walk, depth + 1)]
        : [{ text: sliceMapped(walk.text, part.pos, part.pos), unresolved: null }];
    default:
      return set ? [valueAt(known, part, walk)] : [open(part, walk, `${part.parameter} ${REQUIRED}`)];
  }
}

function variable(name: string, part: { readonly pos: number; readonly end: number }, walk: Walk): OnePiece {
  const known = walk.scope.get(name);
  const [only, ...more] = known ?? [];
  if (only && more.length === 0) return valueAt(only, part, walk);
  if (known && known.length > 1) return open(part, walk, `${name} is a list`);
  if (/^[0-9@*#?!$-]$/.test(name)) return open(part, walk, POSITIONAL);
  return open(part, walk, `${name} is not set in this file`);
}

/** What a variable is set to. A value that stands nowhere (one that a platform derives) stands where it is used. */
function valueAt(known: Word, part: { readonly pos: number; readonly end: number }, walk: Walk): OnePiece {
  const { text, unresolved } = known;
  const defined = unresolved !== null && (ASKED.has(unresolved) || unresolved.endsWith(REQUIRED));
  if (text.segments.length > 0 || text.text === '') return { text, unresolved, defined };
  return unresolved === null ? standingFor(text.text, part, walk) : open(part, walk, unresolved);
}

/** `$((…))` over numbers and known variables with + - * /; anything else stays open. */
function arithmetic(part: Extract<WordPart, { type: 'ArithmeticExpansion' }>, walk: Walk): OnePiece {
  const value = part.expression
    ? computedNumber(part.expression, (name) => walk.scope.get(name)?.[0]?.text.text)
    : null;
  return value === null ? open(part, walk, COMPUTED) : standingFor(String(value), part, walk);
}

function standingFor(text: string, part: { readonly pos: number; readonly end: number }, walk: Walk): OnePiece {
  return computedText(sliceMapped(walk.text, part.pos, part.end), text) ?? open(part, walk, 'only the shell knows it');
}

function open(part: { readonly pos: number; readonly end: number }, walk: Walk, reason: string): OnePiece {
  return { text: sliceMapped(walk.text, part.pos, part.end), unresolved: reason };
}

/** The words of `$X` or `"$X"` where only a part of X is known. */
export function splitOf(word: ShellWord, { split }: Walk): Variable | null {
  const [only, ...more] = partsOf(word);
  return more.length === 0 ? (split.get(nameIn(only) ?? '') ?? null) : null;
}
