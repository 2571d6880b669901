/** A JSON object whose values are not trusted. */
export type Fields = Readonly<Record<string, unknown>>;

/** No size in any config is larger; one that is stands for a mistake or an attack. */
const LARGEST = 100_000_000;

/** Longest list of any config: modules that a quantization names one by one. */
const MOST_ENTRIES = 50_000;

/** The value as an object, or null when it is something else. */
export function recordOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** An own property; inherited ones (`constructor`) are not part of a config. */
export function valueOf(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** The first of the keys that holds a whole number from 0 to 10^8, or null. */
export function count(fields: Fields, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = valueOf(fields, key);
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LARGEST) return value;
  }
  return null;
}

/** Like {@link count}, but zero does not count. */
export function size(fields: Fields, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const value = count(fields, key);
    if (value !== null && value > 0) return value;
  }
  return null;
}

/** A number from 10^-8 to 10^8 (`factor`, `mlp_ratio`), or null. */
export function ratio(fields: Fields, key: string): number | null {
  const value = valueOf(fields, key);
  return typeof value === 'number' && value >= 1 / LARGEST && value <= LARGEST ? value : null;
}

export function text(fields: Fields, key: string): string | null {
  const value = valueOf(fields, key);
  return typeof value === 'string' ? value.slice(0, 200) : null;
}

/** The first of the keys that holds a boolean, or null. */
export function flag(fields: Fields, ...keys: readonly string[]): boolean | null {
  for (const key of keys) {
    const value = valueOf(fields, key);
    if (typeof value === 'boolean') return value;
  }
  return null;
}

export function list(fields: Fields, key: string): readonly unknown[] | null {
  const value = valueOf(fields, key);
  return Array.isArray(value) ? value.slice(0, MOST_ENTRIES) : null;
}

/** The strings of a list, at most {@link MOST_ENTRIES}. */
export function texts(fields: Fields, key: string): readonly string[] {
  return (list(fields, key) ?? []).filter((value) => typeof value === 'string');
}

/** An object under a key, or null. */
export function section(fields: Fields, ...keys: readonly string[]): Fields | null {
  for (const key of keys) {
    const value = recordOf(valueOf(fields, key));
    if (value) return value;
  }
  return null;
}

/** A number of layer `index`: either one for all layers or a list with one per layer. */
export function countOfLayer(fields: Fields, index: number, ...keys: readonly string[]): number | null {
  for (const key of keys) {
    const values = list(fields, key);
    const value = values ? count({ value: values[index] }, 'value') : count(fields, key);
    if (value !== null) return value;
  }
  return null;
}
