import { lineAt, type Place } from '../text.ts';
import { type MappedText, placeOfMapped } from './mapped-text.ts';
import type { YamlEntry, YamlValue } from './yaml.ts';

/** A part of a file that a reader leaves out because there is more than it takes. */
export interface Unread {
  /** What there is more of than is read: `services`. */
  readonly what: string;
  /** How many of them are read. */
  readonly most: number;
  /** Where the rest begins; null where the reader does not know, or the file as a whole is left out. */
  readonly place: Place | null;
}

/** Where the rest begins, for a reader that knows. */
export type Where = () => Place | null;

/**
 * Notes of the reader that is at work. Readers stand deep inside each other, and what one leaves out must reach whoever asked
 * for the file; nobody else sees the notes, so the same text gives the same answer as before.
 */
let notes: Map<string, Unread> | null = null;

/** What a reader gives, and what it left out on the way. */
export interface Noted<T> {
  readonly value: T;
  readonly unread: readonly Unread[];
}

/** Reads, and takes down what is left out on the way. */
export function noting<T>(read: () => T): Noted<T> {
  const outer = notes;
  const own = new Map<string, Unread>();
  notes = own;
  try {
    return { value: read(), unread: [...own.values()] };
  } finally {
    notes = outer;
  }
}

/** What was read of a thing before, with its notes; it is read once. */
export function readOnce<K extends object, T>(known: WeakMap<K, Noted<T>>, key: K, read: () => T): T {
  const noted = known.get(key) ?? noting(read);
  known.set(key, noted);
  noteAgain(noted.unread);
  return noted.value;
}

/** Says again what was left out of a text that is not read twice. */
export function noteAgain(unread: readonly Unread[]): void {
  for (const one of unread) note(one);
}

/** Whether there is more than a reader takes; what is beyond is noted as unread. The one way in which a limit may strike. */
export function exceeds(count: number, most: number, what: string, where?: Where): boolean {
  if (count <= most) return false;
  if (notes !== null) note({ what, most, place: where?.() ?? null });
  return true;
}

/** The items that a reader takes; those beyond are noted as unread. */
export function firstOf<T>(
  items: readonly T[],
  most: number,
  what: string,
  where?: (item: T) => Place | null,
): readonly T[] {
  const [left] = items.slice(most, most + 1);
  const place = left === undefined ? undefined : () => where?.(left) ?? null;
  return exceeds(items.length, most, what, place) ? items.slice(0, most) : items;
}

/** Where a part of a text stands in its file: the character at an offset. */
export function placeIn({ segments }: MappedText, offset: number): Place | null {
  let before = 0;
  for (const { file, text, starts, origin } of segments) {
    if (offset < before + text.length) {
      const start = starts[offset - before] ?? origin;
      return { file: file.path, start, end: start + 1, line: lineAt(file, start) };
    }
    before += text.length;
  }
  return null;
}

/** Where a value of YAML stands; null for one that stands nowhere. */
export function placeOfValue(value: YamlValue | null | undefined): Place | null {
  if (value?.kind === 'scalar') return value.text.segments.length === 0 ? null : placeOfMapped(value.text);
  if (value?.kind === 'sequence') return placeOfValue(value.items[0]);
  return value?.entries[0] ? placeOfEntry(value.entries[0]) : null;
}

/** Where an entry of a mapping stands. */
export function placeOfEntry({ keyText }: YamlEntry): Place | null {
  return keyText.segments.length === 0 ? null : placeOfMapped(keyText);
}

/** Of one kind of limit in one file the first that struck: everything behind it is in doubt. */
function note(one: Unread): void {
  const key = `${one.what} ${one.place?.file ?? ''}`;
  const known = notes?.get(key);
  if (known && (known.place?.start ?? 0) <= (one.place?.start ?? 0)) return;
  notes?.set(key, one);
}
