import { at, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { table } from '../../table.ts';
import { exceeds, placeOfValue } from '../../syntax/unread.ts';

type Mapping = Extract<YamlValue, { kind: 'mapping' }>;
type Sequence = Extract<YamlValue, { kind: 'sequence' }>;

/** Lists that are merged by a key of their items (Kubernetes API: patchMergeKey); every other list is replaced. */
const MERGE_KEYS: Readonly<Record<string, string>> = table({
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  env: 'name',
  volumeMounts: 'mountPath',
  ports: 'containerPort',
});
const MAX_DEPTH = 60;

/** A strategic-merge patch applied; every value keeps the place where it is written. Null: taken out. */
export function merged(base: YamlValue, patch: YamlValue, key = '', depth = 0): YamlValue | null {
  if (exceeds(depth, MAX_DEPTH, 'levels of a patch', () => placeOfValue(patch))) return base;
  if (base.kind === 'mapping' && patch.kind === 'mapping') return mergedMapping(base, patch, depth);
  if (base.kind === 'sequence' && patch.kind === 'sequence') {
    const by = MERGE_KEYS[key];
    return by === undefined ? patch : mergedList(base, patch, by, depth);
  }
  return patch;
}

function mergedMapping(base: Mapping, patch: Mapping, depth: number): YamlValue | null {
  const directive = textOf(at(patch, '$patch'));
  if (directive === 'delete') return null;
  if (directive === 'replace') return { ...patch, entries: patch.entries.filter(({ key }) => key !== '$patch') };
  const entries = new Map<string, YamlEntry>(base.entries.map((entry) => [entry.key, entry]));
  for (const entry of patch.entries) {
    const old = entries.get(entry.key);
    if (entry.value.kind === 'scalar' && entry.value.value === null) entries.delete(entry.key);
    else {
      const value = old ? merged(old.value, entry.value, entry.key, depth + 1) : entry.value;
      if (value === null) entries.delete(entry.key);
      else entries.set(entry.key, { ...entry, value });
    }
  }
  return { ...base, entries: [...entries.values()] };
}

function mergedList(base: Sequence, patch: Sequence, by: string, depth: number): Sequence {
  const items = [...base.items];
  for (const item of patch.items) {
    const name = textOf(at(item, by));
    const index = items.findIndex((one) => name !== null && textOf(at(one, by)) === name);
    const old = items[index];
    if (!old) {
      items.push(item);
      continue;
    }
    const value = merged(old, item, '', depth + 1);
    items.splice(index, 1, ...(value === null ? [] : [value]));
  }
  return { ...base, items };
}
