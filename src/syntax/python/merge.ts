import { joinMapped, sliceMapped } from '../mapped-text.ts';
import {
  causeOf,
  type OpenPart,
  openValue,
  type PythonDict,
  type PythonItem,
  type PythonList,
  type PythonText,
  type PythonValue,
  type Range,
  type Scope,
} from './values.ts';

/** Writes into a scope what the branches set, of which one is taken. */
export function branchesMerged(scope: Scope, branches: readonly Scope[], range: Range): void {
  const [only] = branches;
  if (branches.length === 1 && only) {
    for (const [name, value] of only.names) scope.names.set(name, value);
    return;
  }
  for (const name of new Set(branches.flatMap(({ names }) => [...names.keys()]))) {
    const before = found(scope, name);
    const values = branches.flatMap((branch) => branch.names.get(name) ?? before ?? []);
    scope.names.set(name, merged(name, before, values, range));
  }
}

function found(scope: Scope, name: string): PythonValue | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const value = at.names.get(name);
    if (value) return value;
  }
  return undefined;
}

function merged(
  name: string,
  before: PythonValue | undefined,
  values: readonly PythonValue[],
  range: Range,
): PythonValue {
  const [first, ...others] = values;
  if (first && others.every((other) => same(first, other))) return first;
  const shown = name.startsWith('#') ? 'it' : name.replace(/^\d+\./, '');
  const several = `${shown} has several values, one for each branch of the program`;
  if (before?.kind === 'list' && values.every((value): value is PythonList => value.kind === 'list'))
    return (
      mergedLists(before, values, `it is added to ${shown} in a branch of the program`) ?? openValue(several, range)
    );
  if (before?.kind === 'text' && values.every((value): value is PythonText => value.kind === 'text'))
    return (
      mergedTexts(before, values, `it is added to ${shown} in a branch of the program`) ?? openValue(several, range)
    );
  if (before?.kind === 'dict' && values.every((value): value is PythonDict => value.kind === 'dict'))
    return mergedDicts(before, values, 'it is set in a branch of the program');
  return openValue(several, range, causeOf(values));
}

/** The same value at the same place, or the same text. */
function same(one: PythonValue, other: PythonValue): boolean {
  if (one === other) return true;
  if (one.kind === 'text' && other.kind === 'text')
    return one.text.text === other.text.text && one.open.length === 0 && other.open.length === 0;
  if (one.kind === 'number' && other.kind === 'number') return one.value === other.value;
  if (one.kind === 'bool' && other.kind === 'bool') return one.value === other.value;
  if (one.kind === 'reference' && other.kind === 'reference') return one.path === other.path;
  return one.kind === 'none' && other.kind === 'none';
}

/** What was there before stays; what is added in one branch may or may not be there. */
function mergedLists(before: PythonList, values: readonly PythonList[], doubt: string): PythonList | null {
  const kept = before.items.length;
  const more: PythonItem[] = [];
  for (const { items } of values) {
    if (before.items.some((item, index) => items[index] !== item)) return null;
    more.push(...items.slice(kept).map((item) => ({ ...item, doubt: item.doubt ?? doubt })));
  }
  return { ...before, items: [...before.items, ...more] };
}

function mergedTexts(before: PythonText, values: readonly PythonText[], reason: string): PythonText | null {
  const length = before.text.text.length;
  const parts = [before.text];
  const open: OpenPart[] = [...before.open];
  for (const { text, open: own } of values) {
    if (!text.text.startsWith(before.text.text)) return null;
    if (text.text.length === length) continue;
    const added = sliceMapped(text, length, text.text.length);
    parts.push(added);
    open.push(...own, ...added.segments.map((segment) => ({ ...rangeOf(segment), reason, cause: 'other' as const })));
  }
  return { kind: 'text', text: joinMapped(parts), open };
}

function rangeOf({ starts, ends, origin, text }: PythonText['text']['segments'][number]): Range {
  return { from: starts[0] ?? origin, to: ends[text.length - 1] ?? origin };
}

function mergedDicts(before: PythonDict, values: readonly PythonDict[], reason: string): PythonDict {
  const entries = new Map(before.entries.map((entry) => [entry.key, entry]));
  for (const { entries: own } of values) {
    for (const entry of own) {
      const old = entries.get(entry.key);
      if (old && same(old.value, entry.value)) continue;
      entries.set(entry.key, { ...entry, value: openValue(reason, entry.keyRange) });
    }
  }
  return { ...before, entries: [...entries.values()], more: values.flatMap(({ more }) => more) };
}
