import { expandMake, type MakeScope } from './expansion.ts';
import { type MappedText, sliceMapped } from '../mapped-text.ts';

/** Whether a line of a makefile holds, does not, or nobody knows. */
export type Holds = 'yes' | 'no' | 'unknown';

/** A condition that is open at a line, and whether one of its branches has held. */
export interface MakeCondition {
  readonly holds: Holds;
  readonly was: boolean;
}

/** What conditions within conditions come to. */
export function allOf(conditions: readonly MakeCondition[]): Holds {
  if (conditions.some(({ holds }) => holds === 'no')) return 'no';
  return conditions.some(({ holds }) => holds === 'unknown') ? 'unknown' : 'yes';
}

/** Takes a line of a condition; false when it is none. */
export function readCondition(line: MappedText, conditions: MakeCondition[], scope: MakeScope): boolean {
  const { word, rest } = directiveOf(line.text);
  if (word === '') return false;
  if (word === 'endif') conditions.pop();
  else if (word === 'else') {
    const last = conditions.pop();
    if (!last) return true;
    const nested = /^ifn?(?:eq|def)\b/.test(rest)
      ? judged(sliceMapped(line, line.text.indexOf(rest), line.text.length), scope)
      : 'yes';
    const holds: Holds = last.was ? 'no' : last.holds === 'unknown' ? 'unknown' : nested;
    conditions.push({ holds, was: last.was || holds === 'yes' });
  } else {
    const holds = judged(line, scope);
    conditions.push({ holds, was: holds === 'yes' });
  }
  return true;
}

function judged(line: MappedText, scope: MakeScope): Holds {
  const { word, rest } = directiveOf(line.text);
  const is = (holds: boolean): Holds => (holds === !word.startsWith('ifn') ? 'yes' : 'no');
  if (word.endsWith('def')) return scope.variables.has(rest) ? is(true) : 'unknown';
  const sides = sidesOf(rest);
  if (!sides) return 'unknown';
  const at = line.text.indexOf(rest);
  const [left, right] = sides.map((side) => {
    const start = line.text.indexOf(side, at);
    return expandMake(sliceMapped(line, start, start + side.length), scope);
  });
  if (!left || !right || left.open.length + right.open.length > 0) return 'unknown';
  return is(left.text.text.trim() === right.text.text.trim());
}

/** The word of a condition, none where a line is no condition, and what stands behind it up to a comment. */
function directiveOf(text: string): { readonly word: string; readonly rest: string } {
  const [head = '', word = ''] = /^[ \t]*(ifn?eq|ifn?def|else|endif)\b/.exec(text) ?? [];
  return { word, rest: (text.slice(head.length).split('#', 1)[0] ?? '').trim() };
}

/** `(a,b)`, `"a" "b"` or `'a' 'b'` as its two sides. */
function sidesOf(text: string): readonly [string, string] | null {
  const inner = text.slice(1, -1);
  if (text.startsWith('(') && text.endsWith(')')) {
    const comma = inner.lastIndexOf(',');
    return comma === -1 ? null : [inner.slice(0, comma), inner.slice(comma + 1).trimStart()];
  }
  for (const [quote, between] of [
    ['"', /"[ \t]+"/g],
    ["'", /'[ \t]+'/g],
  ] as const) {
    const gap =
      text.length > 1 && text.startsWith(quote) && text.endsWith(quote) ? [...inner.matchAll(between)].at(-1) : null;
    if (gap) return [inner.slice(0, gap.index), inner.slice(gap.index + gap[0].length)];
  }
  return null;
}
