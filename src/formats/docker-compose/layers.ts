import { at, type YamlValue } from '../../syntax/yaml.ts';

/** Levels of a service in which a file takes something out of those below. */
const MAX_DEPTH = 6;

/**
 * Layers of a service without what a stronger one takes out: `!reset` a key as a whole, `!override` what is below it
 * (Compose specification, "Merge and override").
 */
export function laidOver(layers: readonly YamlValue[]): YamlValue[] {
  let kept: YamlValue[] = [];
  for (const layer of layers) kept = [...kept.map((below) => without(below, layer, 0)), ownOf(layer, 0)];
  return kept;
}

/** A layer below without the keys that the upper one resets or overrides. */
function without(below: YamlValue, upper: YamlValue, depth: number): YamlValue {
  if (below.kind !== 'mapping' || upper.kind !== 'mapping' || depth > MAX_DEPTH) return below;
  const tagged = upper.entries.some(({ value }) => isTagged(value, depth));
  if (!tagged) return below;
  const entries = below.entries.flatMap((entry) => {
    const over = at(upper, entry.key);
    if (over && tagOf(over) !== null) return [];
    return [over ? { ...entry, value: without(entry.value, over, depth + 1) } : entry];
  });
  return { ...below, entries };
}

/** A layer without what it only takes out of others. */
function ownOf(layer: YamlValue, depth: number): YamlValue {
  if (layer.kind !== 'mapping' || depth > MAX_DEPTH || !layer.entries.some(({ value }) => isTagged(value, depth)))
    return layer;
  const entries = layer.entries
    .filter(({ value }) => tagOf(value) !== '!reset')
    .map((entry) => ({ ...entry, value: ownOf(entry.value, depth + 1) }));
  return { ...layer, entries };
}

/** Whether a value, or one in it, takes something out. */
function isTagged(value: YamlValue, depth: number): boolean {
  if (tagOf(value) !== null) return true;
  return value.kind === 'mapping' && depth < MAX_DEPTH && value.entries.some((one) => isTagged(one.value, depth + 1));
}

function tagOf({ node }: YamlValue): '!reset' | '!override' | null {
  const { tag } = node as { readonly tag?: string };
  return tag === '!reset' || tag === '!override' ? tag : null;
}
