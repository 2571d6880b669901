import type { Word as ShellWord, WordPart } from 'unbash';
import { encodedThrough, joinMapped, type MappedText, sliceMapped } from '../mapped-text.ts';
import { doubleQuotedText, singleQuotedText } from './text.ts';
import type { Word } from '../word.ts';

/** A part of a value: text, known or open, or the words that another such value has become. */
export type Piece = Word | readonly Word[];

/** No command line is longer; values that hold each other grow without end. */
const MAX_WORDS = 500;
const MAX_CHARACTERS = 64 * 1024;

/**
 * The words that the shell makes of an unquoted value when only some of its parts are known (`$CMD` for
 * `CMD="vllm serve $MODEL --port 8000"`); an open part is open in its own word alone.
 * Quotes inside the value hold words together, as `eval` has it.
 * @returns null where backslashes inside the value decide, where a quote is not closed, and where there is no end of it.
 */
export function wordsOfPieces(pieces: readonly Piece[]): Word[] | null {
  const words: Word[] = [];
  let current: Word[] = [];
  let characters = 0;
  let quote = '';
  const end = (): void => {
    if (current.length > 0) words.push(joined(current));
    current = [];
  };
  for (const piece of pieces) {
    if ('text' in piece && piece.unresolved === null) {
      const { text } = piece;
      if (/[\\`]/.test(text.text)) return null;
      for (const { 0: run, index } of text.text.matchAll(/\s+|["']|[^\s"']+/g)) {
        const isQuote = run === '"' || run === "'";
        if (isQuote && (quote === '' || quote === run)) {
          // Quotes around nothing are a word, too.
          if (quote === '') current.push({ text: sliceMapped(text, index + 1, index + 1), unresolved: null });
          quote = quote === '' ? run : '';
        } else if (quote === '' && /\s/.test(run)) end();
        else current.push({ text: quotedSlice(text, index, index + run.length, quote), unresolved: null });
      }
    } else {
      const own = 'text' in piece ? [piece] : piece;
      if (quote !== '' && own.length > 1) return null;
      for (const [index, word] of own.entries()) {
        if (index > 0) end();
        current.push(word);
      }
    }
    characters += charactersOf(piece);
    if (words.length > MAX_WORDS || characters > MAX_CHARACTERS) return null;
  }
  end();
  return quote === '' ? words : null;
}

/** A part of a value as it is written there, within its quotes. */
function quotedSlice(text: MappedText, start: number, end: number, quote: string): MappedText {
  const part = sliceMapped(text, start, end);
  if (quote === '') return part;
  return encodedThrough(part, quote === "'" ? singleQuotedText : doubleQuotedText);
}

function charactersOf(piece: Piece): number {
  const words = 'text' in piece ? [piece] : piece;
  return words.reduce((sum, { text }) => sum + text.text.length, 0);
}

function joined(parts: readonly Word[]): Word {
  const text: MappedText = joinMapped(parts.map((part) => part.text));
  return { text, unresolved: parts.find(({ unresolved }) => unresolved !== null)?.unresolved ?? null };
}

/** The parts of a word, those within double quotes among them. */
export function partsOf({ parts = [] }: ShellWord): WordPart[] {
  return parts.flatMap((part): readonly WordPart[] => (part.type === 'DoubleQuoted' ? part.parts : [part]));
}

/** The variable that a part stands for, where it is nothing but that. */
export function nameIn(part: WordPart | undefined): string | null {
  if (part?.type === 'SimpleExpansion') return part.text.slice(1);
  return part?.type === 'ParameterExpansion' ? (/^\$\{(\w+)\}$/.exec(part.text)?.[1] ?? null) : null;
}

/** `eval` or `bash -c`, in front of the text that it runs. */
export function takesCommand(words: readonly Word[]): boolean {
  const [program, flag] = words;
  const name = program?.text.text ?? '';
  if (flag === undefined) return name === 'eval';
  return (
    words.length === 2 && /^(?:\/usr)?(?:\/bin\/)?(?:ba|z|da)?sh$/.test(name) && /^-[a-z]{0,3}c$/.test(flag.text.text)
  );
}

/** Words of a command behind the last that is read whole: enough to tell what it starts. */
export const KEPT_WORDS = 16;

/** Leaves of a command what tells what it starts. Two open words say that there was more: an option may take the first. */
export function cutShort(words: Word[]): void {
  const behind = words.slice(-1).map(({ text }) => ({ text, unresolved: 'the script is longer than is read' }));
  words.splice(KEPT_WORDS, words.length, ...behind, ...behind);
}
