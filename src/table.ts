/**
 * A table that is looked up by what others wrote: without the names that every object has, so that `constructor` and `toString`
 * are found in none.
 */
export function table<T>(rows: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.assign(Object.create(null) as Record<string, T>, rows);
}
