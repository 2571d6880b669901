import type { SourceFile } from '../../text.ts';
import { joinMapped, type MappedText, sliceMapped } from '../mapped-text.ts';
import { splitWords } from '../shell/split-words.ts';
import { computedText } from './text.ts';
import {
  type ListElement,
  type OpenPart,
  openValue,
  type PythonItem,
  type PythonList,
  type PythonText,
  type PythonValue,
  type Range,
} from './values.ts';
import { SIGN } from '../template-mask.ts';
import { exceeds, firstOf } from '../unread.ts';

/** Characters of one value; texts that are added to each other grow without end. */
const MAX_CHARACTERS = 256 * 1024;

/** Why a value is not known, in words. */
export function reasonOf(value: PythonValue): string {
  switch (value.kind) {
    case 'open':
      return value.reason;
    case 'reference':
      return `${value.path} is not set in this file`;
    case 'made':
      return `it is what ${value.path.slice(0, 80)} gives`;
    case 'none':
      return value.variable === null ? 'it is None' : `${value.variable} is not set in the repository`;
    default:
      return 'it is computed';
  }
}

/** A value as the text that `str` makes of it; what is not known stays as it is written at `range`, and open. */
export function asText(value: PythonValue, range: Range, file: SourceFile): PythonText {
  switch (value.kind) {
    case 'text':
      return value;
    case 'number':
    case 'bool':
      return { kind: 'text', text: value.text, open: [] };
    case 'reference':
      // The interpreter that runs the file.
      if (value.path === 'sys.executable') return { kind: 'text', text: computedText(file, range, 'python'), open: [] };
      return openText(range, reasonOf(value), file);
    case 'made':
      if (value.path === 'pathlib.Path' || value.path === 'Path') {
        const [only] = value.given.positional;
        if (only) return asText(only.value, range, file);
      }
      return openText(range, reasonOf(value), file);
    default:
      if (value.kind === 'open') return openText(value.range, value.reason, file, value.cause);
      return openText(range, reasonOf(value), file, value.kind === 'none' && value.variable ? 'environment' : 'other');
  }
}

/** What is written, in the place of what is not known: without anything that a shell would take apart. */
export function openText(
  range: Range,
  reason: string,
  file: SourceFile,
  cause: OpenPart['cause'] = 'other',
): PythonText {
  const written = file.text.slice(range.from, Math.min(range.to, range.from + 120)).replace(/[^\w.{}-]/g, SIGN);
  const text = computedText(file, range, written === '' ? '_' : written);
  return { kind: 'text', text, open: [{ from: range.from, to: range.to, reason, cause }] };
}

/** Several texts, one behind the other; open where they are longer than any value. */
export function concatenated(parts: readonly PythonText[], range: Range, file: SourceFile): PythonText {
  const length = parts.reduce((sum, { text }) => sum + text.text.length, 0);
  if (length > MAX_CHARACTERS && parts.length > 1) return openText(range, 'it is longer than any value', file);
  const open: OpenPart[] = parts.flatMap((part) => part.open);
  return { kind: 'text', text: joinMapped(parts.map(({ text }) => text)), open };
}

/** `separator.join(list)`: the items, with the separator between them. */
export function joinedList(list: PythonList, separator: MappedText, range: Range, file: SourceFile): PythonText {
  const parts: PythonText[] = [];
  for (const { value, element, doubt, spread } of list.items) {
    const place = element ?? range;
    if (parts.length > 0)
      parts.push({ kind: 'text', text: between(separator.text, parts.at(-1), range, file), open: [] });
    const text = asText(value, place, file);
    if (doubt !== null || spread === true) parts.push(openText(place, doubt ?? 'it is several values', file));
    else parts.push(text);
  }
  if (parts.length === 0) return { kind: 'text', text: computedText(file, range, ''), open: [] };
  return { ...concatenated(parts, range, file), joined: list };
}

/** A separator stands where the item in front of it ends. */
function between(separator: string, before: PythonText | undefined, range: Range, file: SourceFile): MappedText {
  const segment = before?.text.segments.at(-1);
  const at = segment?.ends[segment.text.length - 1] ?? range.from;
  return computedText(segment?.file ?? file, { from: at, to: at }, separator);
}

/** `*list` among items or arguments. */
export function spreadItems(value: PythonValue, range: Range): readonly PythonItem[] {
  if (value.kind === 'list') return value.items;
  const open = openValue(reasonOf(value), range, value.kind === 'open' ? value.cause : 'other');
  return [{ value: open, element: null, doubt: null, spread: true }];
}

export function elementOf({ from, to }: Range, list: Range): ListElement {
  return { from, to, list: { from: list.from, to: list.to } };
}

/** Why a text that was cut out of another one is not known; null when it is. */
export function openReason(text: MappedText, open: readonly OpenPart[]): string | null {
  if (open.length === 0) return null;
  const part = open.find(({ from, to }) =>
    text.segments.some(({ starts, text: own }) => {
      for (let index = 0; index < own.length; index++) {
        const start = starts[index] ?? -1;
        if (start >= from && start < to) return true;
      }
      return false;
    }),
  );
  return part?.reason ?? null;
}

/** A part of a text, with what is open in it. */
export function partOf({ text, open }: PythonText, start: number, end: number): PythonText {
  return cutOut(sliceMapped(text, start, end), open);
}

function cutOut(text: MappedText, open: readonly OpenPart[]): PythonText {
  return { kind: 'text', text, open: open.filter((part) => openReason(text, [part]) !== null) };
}

/** Words of one text. */
const MAX_WORDS = 5_000;

/** The words of a text as `shlex.split` gives them. */
export function shellWords({ text, open }: PythonText): PythonList {
  const words = firstOf(splitWords({ text, open: [] }, false), MAX_WORDS, 'words of a list');
  return { kind: 'list', items: words.map((word) => itemFrom(cutOut(word.text, open))) };
}

/** The pieces of a text between blanks, or between separators. */
export function pieces(value: PythonText, separator: string | null): PythonList {
  const items: PythonItem[] = [];
  const pattern = separator === null ? /\S+/g : null;
  const written = value.text.text;
  if (pattern) {
    for (const { index, 0: found } of written.matchAll(pattern)) {
      if (exceeds(items.length + 1, MAX_WORDS, 'words of a list')) break;
      items.push(itemFrom(partOf(value, index, index + found.length)));
    }
    return { kind: 'list', items };
  }
  let at = 0;
  for (const piece of firstOf(written.split(separator ?? ' '), MAX_WORDS, 'words of a list')) {
    items.push(itemFrom(partOf(value, at, at + piece.length)));
    at += piece.length + (separator?.length ?? 1);
  }
  return { kind: 'list', items };
}

function itemFrom(value: PythonText): PythonItem {
  return { value, element: null, doubt: null };
}
