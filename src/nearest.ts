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
  const ranked: { name: string; score: number }[] = [];
  for (const candidate of names) {
    const key = keyOf(candidate).slice(0, NAME_LIMIT);
    const contained = key.includes(wanted) || (key.length >= 3 && wanted.includes(key));
    const distance = editDistance(wanted, key);
    if (!contained && distance > Math.max(1, Math.floor(wanted.length / 3))) continue;
    ranked.push({ name: candidate, score: contained ? distance / 4 : distance });
  }
  ranked.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1));
  return ranked.slice(0, limit).map((entry) => entry.name);
}

/** Levenshtein distance in single characters, two rows at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
