/** Range of a value in a JSON text, in characters. */
export interface JsonRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the values of an object's own keys stand in a JSON text; null when the text is no JSON object. The text is
 * validated first, so that the scan below can be simple.
 */
export function jsonMembers(text: string): ReadonlyMap<string, JsonRange> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  } catch {
    return null;
  }
  const members = new Map<string, JsonRange>();
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
  let depth = 0;
  let key: string | null = null;
  let start = -1;
  let end = -1;
  for (const { 0: word, index } of text.matchAll(token)) {
    const closes = word === '}' || word === ']';
    if ((depth === 1 && word === ',') || (depth === 1 && closes)) {
      if (key !== null && start !== -1) members.set(key, { start, end });
      key = null;
      start = -1;
    } else if (depth === 1 && key === null) key = JSON.parse(word) as string;
    else if (depth >= 1 && !(depth === 1 && word === ':' && start === -1)) {
      if (start === -1) start = index;
      end = index + word.length;
    }
    if (word === '{' || word === '[') depth++;
    if (closes) depth--;
  }
  return members;
}
