import type { TextEdit } from '../edit.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { YamlValue } from '../syntax/yaml.ts';
import { lineEndOf, type Place } from '../text.ts';
import { addEntry } from './edit-settings.ts';
import type { CannotEdit } from './format.ts';
import type { NewListSite } from './edit-site.ts';

type Edits = readonly TextEdit[] | CannotEdit;
type YamlSequence = Extract<YamlValue, { kind: 'sequence' }>;

/** Adds words as new items behind the last one, in the list's own style: `--k=v` or two items, quoted or plain. */
export function addItems(sequence: YamlSequence, options: readonly Word[], words: readonly string[]): Edits {
  const { file, node } = sequence;
  const last = sequence.items.at(-1);
  if (!last && node.flow && node.range && !file.text.slice(node.range[0], node.range[1]).includes('#')) {
    const at = node.range[0] + 1;
    return [{ file: file.path, start: at, end: at, newText: words.map((word) => JSON.stringify(word)).join(', ') }];
  }
  if (last?.kind !== 'scalar') return { reason: 'the list is empty' };
  const [start, valueEnd] = last.node.range ?? [0, 0];
  const joined =
    options.some(({ text }) => /^--[\w.-]+=/.test(text.text)) &&
    !options.some(({ text }) => /^--[\w.-]+$/.test(text.text));
  const items = joined && words.length === 2 ? [words.join('=')] : [...words];
  const style = quoteOf(sequence.written === 'hcl' ? '"' : file.text.slice(start, start + 1), items);
  const written = items.map(style);
  if (written.some((item) => item === null)) return { reason: 'the new value cannot be written in the list' };
  if (node.flow) {
    const newText = `,${brokenBefore(sequence, start) ?? ' '}${written.join(', ')}`;
    return [{ file: file.path, start: valueEnd, end: valueEnd, newText }];
  }
  const dash = /(?:^|\n)([ \t]*-[ \t]+)(?:[&!][^\s]*[ \t]+)*$/.exec(
    file.text.slice(Math.max(0, start - 200), start),
  )?.[1];
  if (dash === undefined) return { reason: 'the list is written in a way that leaves no room for another item' };
  const eol = lineEndOf(file.text);
  const { at, ended } = lineEnd(file.text, valueEnd);
  const lines = written.map((item) => `${dash}${item}`);
  const newText = ended ? lines.map((line) => `${line}${eol}`).join('') : lines.map((line) => `${eol}${line}`).join('');
  return [{ file: file.path, start: at, end: at, newText }];
}

/** The line end and indentation of the last line of a list in brackets that has its items on lines of their own; else null. */
function brokenBefore({ file, node }: YamlSequence, last: number): string | null {
  const lineStart = file.text.lastIndexOf('\n', last - 1) + 1;
  if (lineStart <= (node.range?.[0] ?? last)) return null;
  const [indent = ''] = /^[ \t]*/.exec(file.text.slice(lineStart, last)) ?? [];
  return `${file.text[lineStart - 2] === '\r' ? '\r\n' : '\n'}${indent}`;
}

/** Writes a list that is not there yet behind the last key of its mapping, an item for each option. */
export function addList({ mapping, key }: NewListSite, words: readonly string[]): Edits {
  const item = JSON.stringify(words.length === 2 ? words.join('=') : words.join(' '));
  if (words.length > 2 || /[\n\r]/.test(item)) return { reason: 'the new value cannot be written in a list' };
  return addEntry(mapping, (indent, eol) =>
    mapping.written === 'hcl'
      ? `${key} = [${item}]`
      : mapping.node.flow
        ? `${JSON.stringify(key)}: [${item}]`
        : `${key}:${eol}${indent}  - ${item}`,
  );
}

/** Quotes items as the last one is quoted; plain ones only where they stay the text that they are. */
function quoteOf(first: string, items: readonly string[]): (item: string) => string | null {
  const plain = items.every(
    (item) => /^-?-?[A-Za-z][\w./=-]*$/.test(item) && !/^(?:true|false|yes|no|on|off|null)$/i.test(item),
  );
  if (first === "'") return (item) => (item.includes('\n') ? null : `'${item.replaceAll("'", "''")}'`);
  if (first === '"' || !plain) return (item) => JSON.stringify(item);
  return (item) => item;
}

/** The end of the line at an offset, behind its comment; `ended` when the offset already is at the start of a line. */
function lineEnd(text: string, offset: number): { at: number; ended: boolean } {
  if (offset > 0 && text[offset - 1] === '\n') return { at: offset, ended: true };
  const newline = text.indexOf('\n', offset);
  if (newline === -1) return { at: text.length, ended: false };
  return { at: text[newline - 1] === '\r' ? newline - 1 : newline, ended: false };
}

/** Takes the items out that hold the words from `first` to `last`. */
export function removeItems(sequence: YamlSequence, first: Place, last: Place): Edits {
  const { file, node, items } = sequence;
  const inside = items.flatMap((item, index) => {
    const [start, end] = item.node.range ?? [0, 0];
    return start < last.end && first.start < end ? [index] : [];
  });
  const [from, to] = [inside[0], inside.at(-1)];
  if (from === undefined || to === undefined || first.file !== file.path)
    return { reason: 'its words stand in another place' };
  const range = (index: number): readonly [number, number] => {
    const [start = 0, end = 0] = items[index]?.node.range ?? [];
    return [start, end];
  };
  const covered = items.slice(from, to + 1).every(
    // Without a space an item is one word, though a default may stand inside it (`${LEN:-4096}`).
    (item) => item.kind === 'scalar' && (!/\s/.test(item.text.text) || wordsIn(item.text, first, last)),
  );
  if (!covered) return { reason: 'its item holds other options too' };
  if (node.flow) {
    const next = items[to + 1];
    if (next)
      return [{ file: file.path, start: range(from)[0], end: next.node.range?.[0] ?? range(to)[1], newText: '' }];
    const start = from > 0 ? range(from - 1)[1] : range(from)[0];
    return [{ file: file.path, start, end: range(to)[1], newText: '' }];
  }
  if (from === 0 && to === items.length - 1) return { reason: 'it is the only item of its list' };
  const lineStart = file.text.lastIndexOf('\n', range(from)[0] - 1) + 1;
  if (!/^[ \t]*-[ \t]+$/.test(file.text.slice(lineStart, range(from)[0])))
    return { reason: 'its item does not stand on a line of its own' };
  const newline = file.text.indexOf('\n', range(to)[1]);
  if (newline !== -1) return [{ file: file.path, start: lineStart, end: newline + 1, newText: '' }];
  // The last line of a file that ends without a break: the one in front of it goes with it.
  const start = file.text[lineStart - 2] === '\r' ? lineStart - 2 : lineStart - 1;
  return [{ file: file.path, start, end: file.text.length, newText: '' }];
}

/** Whether an item holds nothing but the words between two places. */
function wordsIn(text: Parameters<typeof placeOfMapped>[0], first: Place, last: Place): boolean {
  const place = placeOfMapped(text);
  return first.start <= place.start && place.end <= last.end;
}
