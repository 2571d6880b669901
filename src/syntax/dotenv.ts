import { type Place, placeOf, type SourceFile } from '../text.ts';
import { interpolate, type Lookup, wordOf } from './interpolation.ts';
import { encodedThrough, type MappedText, mappedFile, sliceMapped } from './mapped-text.ts';
import type { Word } from './word.ts';
import { exceeds } from './unread.ts';

/** No file of variables is longer; what is, is data. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_VARIABLES = 5_000;

const DEFINITION = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*(?:=|:(?=[ \t]))[ \t]*/gm;

/**
 * The variables of a dotenv file (`.env`), later ones winning: bare values up to a comment, single quotes as they stand,
 * double quotes over several lines; variables in bare and double-quoted values are put in, from the file itself and from `outer`.
 */
export function readDotenv(file: SourceFile, outer: Lookup = () => null): ReadonlyMap<string, Word> {
  const variables = new Map<string, Word>();
  if (exceeds(file.text.length, MAX_CHARACTERS, 'characters of a file of variables', () => placeOf(file, 0, 0)))
    return variables;
  const whole = mappedFile(file);
  const lookup: Lookup = (name) => outer(name) ?? variables.get(name) ?? null;
  let until = 0;
  for (const found of file.text.matchAll(DEFINITION)) {
    const [written, name = ''] = found;
    if (found.index < until) continue;
    const where = (): Place => placeOf(file, found.index, found.index);
    if (exceeds(variables.size + 1, MAX_VARIABLES, 'variables of a file', where)) break;
    const value = valueAt(whole, found.index + written.length, lookup);
    until = value.end;
    variables.set(name, value.word);
  }
  return variables;
}

function valueAt(whole: MappedText, start: number, lookup: Lookup): { word: Word; end: number } {
  const text = whole.text;
  const quote = text[start];
  if (quote === "'" || quote === '"') {
    const closing = new RegExp(quote === '"' ? '(?<!\\\\)"' : "'", 'g');
    closing.lastIndex = start + 1;
    const end = closing.exec(text)?.index ?? -1;
    if (end !== -1) {
      const inside = sliceMapped(whole, start + 1, end);
      if (quote === "'")
        return { word: { text: encodedThrough(inside, singleQuoted), unresolved: null }, end: end + 1 };
      return { word: wordOf(interpolate(encodedThrough(inside, doubleQuoted), lookup)), end: end + 1 };
    }
  }
  const newline = text.indexOf('\n', start);
  const line = text.slice(start, newline === -1 ? text.length : newline);
  const bare = line.replace(/(?:^|[ \t])#.*/, '').trimEnd();
  const inside = encodedThrough(sliceMapped(whole, start, start + bare.length), plain);
  return { word: wordOf(interpolate(inside, lookup)), end: start + bare.length };
}

function plain(text: string): string | null {
  return /^[\w./:,=@%+-]*$/.test(text) ? text : null;
}

function singleQuoted(text: string): string | null {
  return /['\n]/.test(text) ? null : text;
}

function doubleQuoted(text: string): string | null {
  return /["\\\n]/.test(text) ? null : text;
}
