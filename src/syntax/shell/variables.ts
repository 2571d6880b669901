import type { Word as ShellWord } from 'unbash';
import { joinMapped } from '../mapped-text.ts';
import { firstOf } from '../unread.ts';
import type { Word } from '../word.ts';
import { type Assignment, isFromCaller, startsWithItself } from './assignment.ts';
import { expand, partPieces, plain, spread, whole } from './expansion.ts';
import { nameIn, partsOf, type Piece, wordsOfPieces } from './pieces.ts';
import { MAX_VALUE_CHARACTERS, MAX_WORDS, TOO_LONG, type Variable, type Walk } from './walk.ts';

/** Puts what an assignment says in the place of what was known. `branches`: conditions around it. */
export function assign(entry: Assignment, walk: Walk, branches: number): void {
  const { name } = entry;
  if (name === undefined || entry.value === undefined) return;
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

/** What an assignment gives: one value, or the words of a list. */
export function valueOf(entry: Assignment, walk: Walk): Variable {
  const { value } = entry;
  if (value === undefined) return [];
  if ('elements' in value && value.elements) {
    const words = value.elements.flatMap((word) => expand(word, walk, 0));
    return firstOf(words, MAX_WORDS, 'words of a list');
  }
  return [whole(value as ShellWord, walk, 0)];
}
