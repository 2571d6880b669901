import { distance } from 'fastest-levenshtein';

/** At most this many characters of a name take part, so that a hostile name costs nothing. */
const NAME_LIMIT = 100;

/**
 * The names nearest to one that was not found, best first, for "did you mean": names that contain it or are
 * contained in it, then names at a small edit distance. At most `limit`.
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
  const most = Math.max(1, Math.floor(wanted.length / 3));
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
  return ranked.slice(0, limit).map((entry) => entry.name);
}
