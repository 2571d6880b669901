import { distance } from 'fastest-levenshtein';
import { baseName } from './text.ts';

/** At most this many characters of a name take part, so that a hostile name costs nothing. */
const NAME_LIMIT = 100;

/**
 * The names nearest to one that was not found, best first, for "did you mean": names that contain it or are
 * contained in it, then names at a small edit distance. At most `limit`; those that mean the same alone, if there are any.
 * @param keyOf folds spellings that mean the same.
 */
export function nearest(
  name: string,
  names: Iterable<string>,
  keyOf: (name: string) => string = (text) => text.toLowerCase(),
  limit = 5,
): string[] {
  const wanted = keyOf(name).slice(0, NAME_LIMIT);
  if (wanted === '') return [];
  // Two letters that changed places are two edits.
  const most = Math.max(wanted.length < 5 ? 1 : 2, Math.floor(wanted.length / 3));
  const ranked: { name: string; score: number }[] = [];
  for (const candidate of names) {
    const key = keyOf(candidate).slice(0, NAME_LIMIT);
    const contained = key.includes(wanted) || (key.length >= 3 && wanted.includes(key));
    // No edit makes up for more than one character of the difference in length.
    if (!contained && Math.abs(key.length - wanted.length) > most) continue;
    const edits = distance(wanted, key);
    if (!contained && edits > most) continue;
    ranked.push({ name: candidate, score: contained ? edits / 4 : edits });
  }
  ranked.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  const same = ranked.filter(({ score }) => score === 0);
  return (same.length > 0 ? same : ranked).slice(0, limit).map((entry) => entry.name);
}

/** `--maxModelLen`, `max_model_len` and `max-model-len` as one. */
export function withoutSeparators(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, '');
}

/** The models nearest to one that was not found: those of the same name by another owner first, none of another size. */
export function nearestModels(name: string, ids: readonly string[], limit = 5): string[] {
  const wanted = withoutSeparators(baseName(name));
  const alike = ids.filter((id) => mayBeMeant(baseName(name), baseName(id)));
  const same = alike.filter((id) => withoutSeparators(baseName(id)) === wanted);
  const near = name.includes('/')
    ? nearest(name, alike, undefined, limit)
    : nearest(name, alike, (id) => withoutSeparators(baseName(id)), limit);
  return [...new Set([...same, ...near])].slice(0, limit);
}

/** `7B`, `0.5b`, `8x7B`, `A3B`, `E4B`: how large a model is, as names say it. */
const SIZE = /(?<![a-z0-9.])(?:\d{1,3}x|[ae])?\d{1,4}(?:\.\d{1,3})?b(?![a-z0-9])/g;

/** Whether one name may stand for another: a model of another size does not, unless the size is all in which they differ. */
function mayBeMeant(name: string, other: string): boolean {
  const [wanted, found] = [name, other].map((one) => one.slice(0, NAME_LIMIT).toLowerCase());
  const [size] = wanted?.match(SIZE) ?? [];
  const [itsSize] = found?.match(SIZE) ?? [];
  if (size === undefined || itsSize === undefined || size === itsSize) return true;
  return wanted?.replace(SIZE, '') === found?.replace(SIZE, '');
}
