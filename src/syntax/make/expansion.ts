import type { Interpolated } from '../interpolation.ts';
import { encodedThrough, type MappedText, sliceMapped, writtenAs } from '../mapped-text.ts';
import { textBuilder } from '../text-builder.ts';

/** A variable of a makefile: its text as written, put in when it is used; or what it was when it was defined (`:=`). */
export type MakeVariable =
  | { readonly kind: 'recursive'; readonly text: MappedText }
  | { readonly kind: 'simple'; readonly value: Interpolated }
  | { readonly kind: 'open'; readonly reason: string };

export interface MakeScope {
  readonly variables: ReadonlyMap<string, MakeVariable>;
  /** Variables that have no value here, by name, with the reason; they stay in the text as `${NAME}`. */
  readonly open: Map<string, string>;
  /** Characters that may still be put in: variables that hold each other grow without end. */
  readonly budget: { left: number };
  /** Variables that are being put in: one that holds itself has no value. */
  readonly expanding?: readonly string[];
}

const MAX_DEPTH = 30;
const MAX_UNCLOSED = 10;
export const MAX_EXPANDED_CHARACTERS = 128 * 1024;
/** What a reference costs beside its characters, so that empty ones end too. */
const REFERENCE_COST = 16;

/** A text with the variables of make put in (GNU make manual, "How to Use Variables"); `$$` is a dollar. */
export function expandMake(text: MappedText, scope: MakeScope, depth = 0): Interpolated {
  const source = text.text;
  const expanded = textBuilder(text, (run) => encodedThrough(run, doubled));
  let at = 0;
  let unclosed = 0;
  for (
    let dollar = source.indexOf('$');
    dollar !== -1 && dollar + 1 < source.length;
    dollar = source.indexOf('$', at)
  ) {
    const next = source[dollar + 1] ?? '';
    const end = next === '(' || next === '{' ? closing(source, dollar + 1) : dollar + 2;
    at = end === -1 ? dollar + 1 : end;
    expanded.passTo(dollar, at);
    const variable = sliceMapped(text, dollar, at);
    if (end === -1 || next === '$') {
      expanded.add(encodedThrough(sliceMapped(variable, 0, 1), () => null));
      if (end === -1 && ++unclosed > MAX_UNCLOSED) break;
      continue;
    }
    const inside = end === dollar + 2 ? sliceMapped(text, dollar + 1, end) : sliceMapped(text, dollar + 2, end - 1);
    const value = depth > MAX_DEPTH || scope.budget.left <= 0 ? null : referenceOf(inside, scope, depth);
    if (value === null) {
      const written = leftOpen(variable, inside.text, scope);
      expanded.leave(written, scope.open.get(inside.text) ?? COMPUTED);
      continue;
    }
    scope.budget.left -= value.text.text.length + REFERENCE_COST;
    expanded.put(value, variable);
  }
  return expanded.built();
}

const COMPUTED = 'make computes it';

/** What a reference stands for; null for what only the run knows. */
function referenceOf(inside: MappedText, scope: MakeScope, depth: number): Interpolated | null {
  const known = scope.variables.get(inside.text);
  if (known?.kind === 'open') {
    scope.open.set(inside.text, known.reason);
    return null;
  }
  const expanding = scope.expanding ?? [];
  if (expanding.includes(inside.text)) return null;
  if (known?.kind === 'simple') return known.value;
  if (known) return expandMake(known.text, { ...scope, expanding: [...expanding, inside.text] }, depth + 1);
  const [head, name] = /^(or|if|strip)[ \t]+/.exec(inside.text) ?? [];
  if (head === undefined) return null;
  const words = argumentsIn(sliceMapped(inside, head.length, inside.text.length));
  if (name === 'strip') return words.length === 1 && words[0] ? trimmed(expandMake(words[0], scope, depth + 1)) : null;
  const [condition, ...others] = words;
  if (!condition) return null;
  const first = trimmed(expandMake(condition, scope, depth + 1));
  // What is not set is empty to make; a default behind it is what holds then.
  const isEmpty = first.text.text === '' || isUnset(condition, scope);
  if (name === 'or') return isEmpty ? (others[0] ? trimmed(expandMake(others[0], scope, depth + 1)) : first) : first;
  if (first.open.length > 0 && !isUnset(condition, scope)) return null;
  const branch = others[isEmpty ? 1 : 0];
  return branch ? expandMake(branch, scope, depth + 1) : { text: sliceMapped(inside, 0, 0), open: [] };
}

/** A condition that is one variable that nothing sets. */
function isUnset(condition: MappedText, { variables }: MakeScope): boolean {
  const [, name] = /^\s*\$[({](\w+)[)}]\s*$/.exec(condition.text) ?? [];
  return name !== undefined && !variables.has(name);
}

function trimmed({ text, open }: Interpolated): Interpolated {
  const start = /^\s*/.exec(text.text)?.[0].length ?? 0;
  const end = Math.max(start, text.text.trimEnd().length);
  return {
    text: sliceMapped(text, start, end),
    open: open.map((one) => ({ ...one, start: one.start - start, end: one.end - start })),
  };
}

/** The arguments of a function, between commas outside of parentheses. */
function argumentsIn(text: MappedText): MappedText[] {
  const found: MappedText[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.text.length; at++) {
    const unit = text.text[at];
    if (unit === '(' || unit === '{') depth++;
    else if (unit === ')' || unit === '}') depth--;
    else if (unit === ',' && depth === 0) {
      found.push(sliceMapped(text, start, at));
      start = at + 1;
    }
  }
  return [...found, sliceMapped(text, start, text.text.length)];
}

/** A variable without a value as a shell would write it, so that whoever reads the command sees that it is open. */
function leftOpen(written: MappedText, name: string, { open }: MakeScope): MappedText {
  if (!/^[A-Za-z_]\w*$/.test(name)) return encodedThrough(written, () => null);
  if (!open.has(name)) open.set(name, `${name} is given to make by whoever runs it`);
  return writtenAs(written, `\${${name}}`);
}

/** References nest; nobody writes longer ones. */
const MAX_REFERENCE = 20_000;

function closing(source: string, opening: number): number {
  const [open, close] = source[opening] === '(' ? ['(', ')'] : ['{', '}'];
  let depth = 0;
  const until = Math.min(source.length, opening + MAX_REFERENCE);
  for (let at = opening; at < until; at++) {
    if (source[at] === open) depth++;
    else if (source[at] === close && --depth === 0) return at + 1;
  }
  return -1;
}

function doubled(text: string): string {
  return text.replaceAll('$', '$$$$');
}
