import { encodedThrough, type MappedText, sliceMapped } from './mapped-text.ts';
import type { Word } from './word.ts';
import { exceeds } from './unread.ts';

/** A key of a Java properties file with its value. */
export interface Property {
  readonly key: string;
  readonly keyText: MappedText;
  readonly value: Word;
}

const MAX_LINES = 2_000;
/** A key, then `=` or `:`; what is escaped in a key is no key that anyone looks for. */
const LINE = /^([ \t]*)([A-Za-z_][\w.-]{0,200})[ \t]*[=:]/;

/** The properties of a text in their order (java.util.Properties); null when some line is none. The last of two equal keys wins. */
export function readProperties(text: MappedText): readonly Property[] | null {
  const found: Property[] = [];
  let start = 0;
  const lines = text.text.split('\n', MAX_LINES + 1);
  if (exceeds(lines.length, MAX_LINES, 'lines of properties')) return null;
  let continues = false;
  for (const line of lines) {
    const [, indent = '', key = ''] = LINE.exec(line) ?? [];
    const skipped = continues || /^\s*(?:[#!]|$)/.test(line);
    const last = continues ? found.at(-1) : undefined;
    if (last && !/^\s*[#!]/.test(line))
      found[found.length - 1] = { ...last, value: { ...last.value, unresolved: 'it goes on over several lines' } };
    continues = /(?:^|[^\\])(?:\\\\)*\\\r?$/.test(line.slice(-200)) && !/^\s*[#!]/.test(line);
    if (!skipped) {
      // A template's own lines stand between those of the file.
      if (key === '' && !/^\s*\{[%#]/.test(line)) return null;
      if (key !== '') {
        const at = start + indent.length;
        const from = start + (LINE.exec(line)?.[0].length ?? 0);
        const raw = line.slice(from - start).replace(/\r$/, '');
        const value = raw.trim();
        const first = from + raw.length - raw.trimStart().length;
        found.push({
          key,
          keyText: sliceMapped(text, at, at + key.length),
          value: { text: encodedThrough(sliceMapped(text, first, first + value.length), writable), unresolved: null },
        });
      }
    }
    start += line.length + 1;
  }
  return found;
}

/** A value in one line; a backslash would have to be written twice. */
function writable(text: string): string | null {
  return /[\n\r\\]/.test(text) ? null : text;
}
