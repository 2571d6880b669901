import { at, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Operations of one patch that are looked at. */
const MAX_OPERATIONS = 500;

/** A JSON patch (RFC 6902) applied as far as its paths exist; the document as it was where one does not. */
export function patchedByOperations(document: YamlValue, operations: readonly YamlValue[]): YamlValue {
  let result = document;
  for (const operation of firstOf(operations, MAX_OPERATIONS, 'operations of a patch', placeOfValue)) {
    const op = textOf(at(operation, 'op'));
    const path = (textOf(at(operation, 'path')) ?? '').split('/').slice(1).map(unescaped);
    const value = at(operation, 'value');
    const sample = operation.kind === 'mapping' ? operation.entries.find(({ key }) => key === 'value') : undefined;
    if (path.length === 0) continue;
    if (op === 'remove') result = changed(result, path, () => null) ?? result;
    else if ((op === 'add' || op === 'replace') && value && sample) {
      result = changed(result, path, (inList) => ({ value, entry: sample, inserts: op === 'add' && inList })) ?? result;
    }
  }
  return result;
}

function unescaped(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

interface Replacement {
  readonly value: YamlValue;
  /** What the key stands in, for a key that is new. */
  readonly entry: YamlEntry;
  readonly inserts: boolean;
}

/** The document with what stands at a path changed; null where there is no such place. */
function changed(
  value: YamlValue,
  [token = '', ...rest]: readonly string[],
  change: (inList: boolean) => Replacement | null,
): YamlValue | null {
  if (value.kind === 'mapping') {
    const index = value.entries.findIndex(({ key }) => key === token);
    const old = value.entries[index];
    if (rest.length === 0) {
      const one = change(false);
      const entries = [...value.entries];
      if (one === null) entries.splice(index, old ? 1 : 0);
      else if (old) entries[index] = { ...old, value: one.value };
      else entries.push({ ...one.entry, key: token, value: one.value });
      return { ...value, entries };
    }
    const inner = old && changed(old.value, rest, change);
    return inner ? { ...value, entries: value.entries.with(index, { ...old, value: inner }) } : null;
  }
  if (value.kind !== 'sequence') return null;
  const index = token === '-' ? value.items.length : Number(token);
  if (!Number.isInteger(index) || index < 0 || index > value.items.length) return null;
  if (rest.length === 0) {
    const one = change(true);
    const items = [...value.items];
    items.splice(index, one?.inserts === true ? 0 : 1, ...(one === null ? [] : [one.value]));
    return { ...value, items };
  }
  const old = value.items[index];
  const inner = old && changed(old, rest, change);
  return inner ? { ...value, items: value.items.with(index, inner) } : null;
}
