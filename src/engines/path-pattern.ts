/**
 * Patterns of module paths, read as a small part of regular expressions: literals, `.`, `.*`, `\d`, `\w`, `[0-9a-f]`
 * (each with `+` or `*`), and alternatives without nesting. They come from repositories, so none is run as a regular
 * expression: the reader knows what it reads, and matching takes linear time.
 */
export type PathPattern = (path: string) => boolean;

/** Characters of a module path that a class may hold. */
const DIGITS = '0123456789';
const WORD = `${DIGITS}abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_`;
const MOST_ALTERNATIVES = 64;

/** One step: a character of a set (any when null), repeated or not, possibly not at all. */
interface Step {
  readonly set: string | null;
  readonly repeats: boolean;
  readonly optional: boolean;
}

/** The pattern, matched from the start of a path or of any of its parts; null when something in it is not read. */
export function pathPattern(source: string): PathPattern | null {
  const anchored = source.startsWith('^');
  const closed = source.endsWith('$') && !source.endsWith('\\$');
  const written = alternatives(source.slice(anchored ? 1 : 0, closed ? -1 : undefined));
  const compiled = written?.map(stepsOf) ?? [null];
  const ways = compiled.flatMap((steps) => (steps === null ? [] : [steps]));
  if (ways.length < compiled.length) return null;
  return (path) => startsOf(path, anchored).some((start) => ways.some((steps) => run(steps, path, start, closed)));
}

function startsOf(path: string, anchored: boolean): readonly number[] {
  const starts = [0];
  if (!anchored) for (let at = path.indexOf('.'); at !== -1; at = path.indexOf('.', at + 1)) starts.push(at + 1);
  return starts;
}

/** `a(b|c)d` as `abd` and `acd`; null for more of them than anybody writes. */
function alternatives(source: string): readonly string[] | null {
  const open = source.indexOf('(');
  const close = source.indexOf(')', open);
  if (open === -1 || close === -1) return [source];
  const inner = source
    .slice(open + 1, close)
    .replace(/^\?:/, '')
    .split('|');
  const rest = alternatives(source.slice(close + 1));
  if (rest === null || inner.length * rest.length > MOST_ALTERNATIVES) return null;
  return inner.flatMap((part) => rest.map((end) => source.slice(0, open) + part + end));
}

function stepsOf(source: string): readonly Step[] | null {
  const steps: Step[] = [];
  for (let at = 0; at < source.length;) {
    const read = setAt(source, at);
    if (read === null) return null;
    at += read.length;
    const sign = source.charAt(at);
    const counted = sign === '+' || sign === '*' || sign === '?';
    steps.push({ set: read.set, repeats: sign === '+' || sign === '*', optional: sign === '*' || sign === '?' });
    // A lazy sign changes what is found, not whether.
    if (counted) at += source.charAt(at + 1) === '?' ? 2 : 1;
  }
  return steps;
}

/** The set of characters that starts at `at`, with the length of what says so. */
function setAt(source: string, at: number): { readonly set: string | null; readonly length: number } | null {
  const sign = source.charAt(at);
  if (sign === '.') return { set: null, length: 1 };
  if (sign === '[') return classAt(source, at);
  if (sign !== '\\') return /[A-Za-z0-9_:-]/.test(sign) ? { set: sign, length: 1 } : null;
  const escaped = source.charAt(at + 1);
  if (escaped === 'd') return { set: DIGITS, length: 2 };
  if (escaped === 'w') return { set: WORD, length: 2 };
  return /[^A-Za-z0-9]/.test(escaped) ? { set: escaped, length: 2 } : null;
}

function classAt(source: string, at: number): { readonly set: string; readonly length: number } | null {
  const close = source.indexOf(']', at);
  const inner = close === -1 ? '' : source.slice(at + 1, close);
  if (!/^(?:[A-Za-z0-9_.]|[0-9]-[0-9]|[a-z]-[a-z]|[A-Z]-[A-Z])+$/.test(inner)) return null;
  const set = inner.replace(/(.)-(.)/g, (_, first: string, last: string) =>
    WORD.slice(WORD.indexOf(first), WORD.indexOf(last) + 1),
  );
  return { set, length: close - at + 1 };
}

/** Runs the steps over the path as a set of positions, so that no input makes it backtrack. */
function run(steps: readonly Step[], path: string, start: number, closed: boolean): boolean {
  let positions = new Set([start]);
  for (const step of steps) {
    const next = new Set<number>();
    for (const position of positions) advance(step, path, position, next);
    if (next.size === 0) return false;
    positions = next;
  }
  return !closed || positions.has(path.length);
}

/** Adds where a step leads from a position; what another position led to is not followed twice. */
function advance({ set, repeats, optional }: Step, path: string, position: number, next: Set<number>): void {
  if (optional) next.add(position);
  for (let at = position; at < path.length; at++) {
    const fits = set === null || set.includes(path.charAt(at));
    if (!fits || (repeats && next.has(at + 1))) return;
    next.add(at + 1);
    if (!repeats) return;
  }
}
