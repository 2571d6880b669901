/** A value that a JSON text can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Applies a JSON merge patch (RFC 7396): objects are merged key by key, null takes a key out, anything else replaces.
 * @returns a new value; neither argument is changed.
 */
export function applyMergePatch(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = applyMergePatch(merged[key] ?? null, value);
  }
  return merged;
}

/** Whether a value is an object, which a merge patch merges; a list it replaces. */
export function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
