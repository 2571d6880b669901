import type { Interpolated } from '../interpolation.ts';
import { decodedFrom, encodedThrough, type MappedText } from '../mapped-text.ts';
import { doubleQuotedText, singleQuotedText, unquotedText } from './text.ts';
import type { Word } from '../word.ts';
import { exceeds, placeIn } from '../unread.ts';

/** No command has more words. */
const MAX_WORDS = 20_000;

/**
 * The words of a command line that no shell reads: quotes and backslashes hold, nothing is expanded, and it ends where a
 * shell's operator would stand (go-shellwords, with which Compose splits a command). A backslash at the end of a line, which
 * people take over from shells, only separates words. Without `operators` nothing ends it (the definitions of a Dockerfile);
 * without `escapes` a backslash is itself, as Windows has it.
 */
export function splitWords({ text, open }: Interpolated, operators = true, escapes = true): Word[] {
  const source = text.text;
  const words: Word[] = [];
  let at = 0;
  while (at < source.length) {
    const gap = /(?:\\(?=\s)|\s)*/y;
    gap.lastIndex = at;
    at += gap.exec(source)?.[0].length ?? 0;
    if (at >= source.length || (operators && /[;&|<>]/.test(source[at] ?? ''))) break;
    if (exceeds(words.length + 1, MAX_WORDS, 'words of a command', () => placeIn(text, at))) break;
    const { word, end } = wordAt(text, at, operators ? /[\s;&|<>]/ : /\s/, escapes);
    const reason = open.find((range) => range.start < end && at < range.end)?.reason ?? null;
    words.push({ text: word, unresolved: reason });
    at = end;
  }
  return words;
}

function wordAt(text: MappedText, start: number, ending: RegExp, escaping: boolean): { word: MappedText; end: number } {
  const source = text.text;
  const froms: number[] = [];
  const tos: number[] = [];
  let decoded = '';
  let quote = '';
  let styles = '';
  let at = start;
  const take = (length: number): void => {
    decoded += source[at + length - 1] ?? '';
    froms.push(at);
    tos.push(at + length);
    at += length;
  };
  while (at < source.length) {
    const unit = source[at] ?? '';
    const escapes =
      unit === '\\' && quote !== "'" && at + 1 < source.length && (escaping || /\s/.test(source[at + 1] ?? ''));
    if (quote === '' && (ending.test(unit) || (escapes && /\s/.test(source[at + 1] ?? '')))) break;
    if (unit === quote) {
      quote = '';
      at++;
    } else if (quote === '' && (unit === '"' || unit === "'")) {
      quote = unit;
      styles += unit;
      at++;
    } else {
      if (quote === '') styles += ' ';
      take(escapes && (quote === '' || /["\\$`]/.test(source[at + 1] ?? '')) ? 2 : 1);
    }
  }
  const word = decodedFrom(text, decoded, froms, tos);
  return { word: encodedThrough(word, encodingOf(styles)), end: at };
}

/** How a value is written into a word: as it was, where one kind of quote holds all of it. */
function encodingOf(styles: string): (text: string) => string | null {
  if (/^"+$/.test(styles)) return doubleQuotedText;
  if (/^'+$/.test(styles)) return singleQuotedText;
  return styles.includes('"') || styles.includes("'") ? valueEncoding(styles) : unquotedText;
}

/** `--json='{"a":1}'`: what is changed is the value in the quotes behind the name. */
function valueEncoding(styles: string): (text: string) => string | null {
  const last = styles.trimEnd().at(-1);
  const encode = last === '"' ? doubleQuotedText : singleQuotedText;
  return (text) => (/^[\w./:,=@%+-]*$/.test(text) ? text : encode(text));
}
