import { parse, type Word as ShellWord, type WordPart } from 'unbash';
import { redirectedBy, type Redirected } from './here-document.ts';
import { encodedThrough, joinMapped, type MappedText, sliceMapped, usedAt } from '../mapped-text.ts';
import { nameIn, partsOf, type Piece, cutShort, KEPT_WORDS, takesCommand, wordsOfPieces } from './pieces.ts';
import {
  computedText,
  decodedRange,
  doubleQuotedText,
  singleQuotedText,
  unquotedText,
  withoutCarriageReturns,
} from './text.ts';
import { computedNumber } from './arithmetic.ts';
import {
  type Assignment,
  CONDITIONAL,
  isAssignment,
  isFromCaller,
  scriptKeptBy,
  startsWithItself,
  type Node,
} from './assignment.ts';
import type { OpenScript, Word } from '../word.ts';
import type { Place } from '../../text.ts';
import { exceeds, firstOf, placeIn } from '../unread.ts';

/** One simple command with its words after expansion; assignments in front of it are its environment. */
export interface ShellCommand extends Redirected {
  readonly words: readonly Word[];
  readonly environment: ReadonlyMap<string, Word>;
}

/** What a name stands for: one value, or the words of an array. */
export type Variable = readonly Word[];
export type Scope = ReadonlyMap<string, Variable>;

/** Scripts nest (`bash -c`), and so do variables; nothing honest goes deeper. */
const MAX_DEPTH = 12;
const MAX_COMMANDS = 5_000;
/** Statements within statements. */
const MAX_LEVELS = 200;
const MAX_WORDS = 20_000;
/** Characters of one value; variables that hold each other grow without end. */
const MAX_VALUE_CHARACTERS = 64 * 1024;
const REQUIRED = 'must be set by whoever runs it';
const COMPUTED = 'it is computed';
const POSITIONAL = 'it is an argument of the script';
const ASKED: ReadonlySet<string> = new Set([COMPUTED, POSITIONAL]);
const TOO_LONG = 'it is longer than any value';

/**
 * The simple commands of a script in order, with every variable that the script itself (or `scope`) defines put
 * in its place; each value keeps the place where it is defined. What only the run could tell (`$(…)`, `$1`, a value set
 * in one branch) is marked on the word, with the reason. Nothing is ever executed.
 * @returns null when the text is no shell at all.
 */
export function readShell(source: MappedText, scope: Scope = new Map()): ShellCommand[] | null {
  const text = withoutCarriageReturns(source);
  let script: ReturnType<typeof parse>;
  try {
    script = parse(text.text);
  } catch {
    return null;
  }
  const walk: Walk = { text, scope: new Map(scope), split: new Map(), exported: new Map(), commands: [], words: 0 };
  visit(script, walk, 0, 0);
  return walk.commands;
}

interface Walk {
  readonly text: MappedText;
  readonly scope: Map<string, Variable>;
  /** The words of texts of which a part is not known, for where they are used without quotes. */
  readonly split: Map<string, Variable>;
  /** Variables that commands inherit. */
  readonly exported: Map<string, Word>;
  readonly commands: ShellCommand[];
  words: number;
}

function visit(node: unknown, walk: Walk, branches: number, depth: number): void {
  if (typeof node !== 'object' || node === null) return;
  if (exceeds(depth, MAX_LEVELS, 'levels of statements')) return;
  if (Array.isArray(node)) {
    for (const item of node) visit(item, walk, branches, depth + 1);
    return;
  }
  const { type } = node as Node;
  if (type === 'Command') {
    const { pos } = node as { pos?: number };
    const where = (): Place | null => (pos === undefined ? null : placeIn(walk.text, pos));
    if (!exceeds(walk.commands.length + 1, MAX_COMMANDS, 'commands of a script', where))
      command(node as Node, walk, branches);
    return;
  }
  if (type === 'Word' || type === 'Redirect' || type === 'Assignment') return;
  const inside = branches + (type !== undefined && CONDITIONAL.has(type) ? 1 : 0);
  for (const value of Object.values(node)) visit(value, walk, inside, depth + 1);
}

function command(node: Node, walk: Walk, branches: number): void {
  const prefix = (node.prefix ?? []).filter((entry) => entry.name !== undefined);
  const words: Word[] = [];
  if (typeof node.name === 'object') words.push(...expand(node.name, walk, 0));
  const declares = /^(?:export|declare|local|readonly|typeset)$/.test(words[0]?.text.text ?? '');
  const most = Math.max(KEPT_WORDS, MAX_WORDS - walk.words);
  for (const entry of node.suffix ?? []) {
    if (words.length > most) break;
    if (entry.type !== 'Word' && entry.type !== 'Assignment') continue;
    if (isAssignment(entry)) {
      if (!declares) words.push({ text: sliceMapped(walk.text, entry.pos, entry.end), unresolved: null });
      else {
        assign(entry, walk, branches);
        const [value] = walk.scope.get(entry.name ?? '') ?? [];
        if (entry.name !== undefined && value) walk.exported.set(entry.name, value);
      }
    } else {
      const run = takesCommand(words) ? splitOf(entry, walk) : null;
      // `bash -c "$CMD"` runs what `eval "$CMD"` runs.
      if (run && words.length > 1) words.splice(0, words.length);
      words.push(...(run ?? expand(entry, walk, 0)));
    }
  }
  // `eval` runs the words that it is given as one command.
  if (words.length > 2 && words[0]?.text.text === 'eval') words.shift();
  walk.words += words.length;
  if (words.length > most) cutShort(words);
  if (words.length === 0 || declares) {
    for (const entry of prefix) assign(entry, walk, branches);
    return;
  }
  const environment = new Map(walk.exported);
  for (const entry of prefix) {
    const [value] = valueOf(entry, walk);
    if (entry.name !== undefined && value) environment.set(entry.name, value);
  }
  const redirected = redirectedBy(node.suffix ?? [], {
    text: walk.text,
    part: (part) => (part.type === 'Literal' ? sliceMapped(walk.text, part.pos, part.end) : textOfPart(part, walk)),
    word: (word) => whole(word, walk, 0),
  });
  walk.commands.push({ words, environment, ...redirected });
}

function assign(entry: Assignment, walk: Walk, branches: number): void {
  const { name } = entry;
  if (name === undefined || entry.value === undefined) return;
  visit(scriptKeptBy(entry), walk, branches, 0);
  const before = walk.scope.get(name);
  const words = openWords(entry, walk);
  const grown = [...(entry.append ? (walk.split.get(name) ?? before?.flatMap(spread) ?? []) : []), ...(words ?? [])];
  const value = branches > 0 && isFromCaller(entry) ? [opened(valueOf(entry, walk))] : valueOf(entry, walk);
  // Options of the script itself (`while … case $1 in`): what stands above holds where nobody gives one.
  if (branches > 0 && before !== undefined && !entry.append && isFromCaller(entry)) return;
  if (branches > 0 && (before !== undefined || entry.append)) {
    const grows = entry.append === true || startsWithItself(entry);
    // What is added in a branch may or may not be there; what was there before it stays.
    const reason = grows
      ? `it is added to ${name} in a branch of the script`
      : `${name} has several values, one for each branch of the script`;
    const kept = grows ? (before ?? []) : [];
    const base = grows && words !== null ? (walk.split.get(name) ?? before?.flatMap(spread)) : undefined;
    const added = (words ?? []).slice(entry.append ? 0 : (base?.length ?? 0));
    keepSplit(name, base ? [...base, ...added.map((word) => ({ ...word, unresolved: reason }))] : null, walk);
    walk.scope.set(
      name,
      firstOf([...kept, ...value.map((word) => ({ ...word, unresolved: reason }))], MAX_WORDS, 'words of a list'),
    );
    return;
  }
  keepSplit(name, words !== null && grown.some(({ unresolved }) => unresolved !== null) ? grown : null, walk);
  walk.scope.set(name, entry.append && before ? appended(entry, before, value) : value);
}

function keepSplit(name: string, words: Variable | null, walk: Walk): void {
  if (words !== null && words.length > 1) walk.split.set(name, words);
  else walk.split.delete(name);
}

/** The words of a text that is assigned; null for a list, and where quotes in it decide. */
function openWords({ value }: Assignment, walk: Walk): Variable | null {
  if (value === undefined || 'elements' in value) return null;
  const written = value as ShellWord;
  const parts = partsOf(written);
  if (parts.length === 0) return wordsOfPieces([plain(written, walk)]);
  return wordsOfPieces(
    parts.flatMap((part): readonly Piece[] => {
      const own = walk.split.get(nameIn(part) ?? '');
      return own ? [own] : partPieces(part, walk, 1, 'double');
    }),
  );
}

/** The words of `$X` or `"$X"` where only a part of X is known. */
function splitOf(word: ShellWord, { split }: Walk): Variable | null {
  const [only, ...more] = partsOf(word);
  return more.length === 0 ? (split.get(nameIn(only) ?? '') ?? null) : null;
}

function opened([word]: Variable): Word {
  return { text: word?.text ?? { text: '', segments: [] }, unresolved: 'it is an option of the script' };
}

/** `X+=y` joins texts, `X+=(y)` adds words. */
function appended(entry: Assignment, before: Variable, value: Variable): Variable {
  if (entry.value && 'elements' in entry.value && entry.value.elements)
    return firstOf([...before, ...value], MAX_WORDS, 'words of a list');
  const [old] = before;
  const [more] = value;
  if (!old || !more) return value;
  if (old.text.text.length + more.text.text.length > MAX_VALUE_CHARACTERS) return [{ ...old, unresolved: TOO_LONG }];
  return [{ text: joinMapped([old.text, more.text]), unresolved: old.unresolved ?? more.unresolved }];
}

function valueOf(entry: Assignment, walk: Walk): Variable {
  const { value } = entry;
  if (value === undefined) return [];
  if ('elements' in value && value.elements) {
    const words = value.elements.flatMap((word) => expand(word, walk, 0));
    return firstOf(words, MAX_WORDS, 'words of a list');
  }
  return [whole(value as ShellWord, walk, 0)];
}

/** The words that one written word becomes: an array or an unquoted value of several words spreads out. */
function expand(word: ShellWord, walk: Walk, depth: number): readonly Word[] {
  const parts = word.parts ?? [];
  const [only] = parts;
  if (only && parts.length === 1) {
    const quoted = only.type === 'DoubleQuoted' && only.parts.length === 1 ? only.parts[0] : undefined;
    const array = arrayName(quoted ?? only);
    const values = array === null ? undefined : walk.scope.get(array);
    if (values) return values;
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
function spread(word: Word): readonly Word[] {
  // An unquoted value of nothing is no word at all.
  if (word.unresolved === null && word.text.text === '') return [];
  if (word.unresolved !== null || !/\s/.test(word.text.text.trim())) return [word];
  const inner = readShell(word.text);
  const [only] = inner ?? [];
  if (inner?.length === 1 && only && only.environment.size === 0) return only.words;
  return [...word.text.text.matchAll(/\S+/g)].map((found) => ({
    text: sliceMapped(word.text, found.index, found.index + found[0].length),
    unresolved: null,
  }));
}

/** A word as one value. */
function whole(word: ShellWord, walk: Walk, depth: number): Word {
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
function textOfPart(part: WordPart, walk: Walk): MappedText {
  const [piece, ...more] = partPieces(part, walk, 0, 'double');
  return piece?.unresolved === null && more.length === 0 ? piece.text : sliceMapped(walk.text, part.pos, part.end);
}

interface OnePiece extends Word {
  /** Whether it shows what a variable is set to, not what is written where that is used. */
  readonly defined?: boolean;
}

type Quote = 'none' | 'double';

function plain(
  word: { readonly pos: number; readonly end: number; readonly value: string; readonly text: string },
  walk: Walk,
): OnePiece {
  return decodedRange(walk.text, word.pos, word.end, word.value, unquotedText);
}

function partPieces(part: WordPart, walk: Walk, depth: number, quote: Quote): OnePiece[] {
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
