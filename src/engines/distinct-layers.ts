import type { Layer } from '../models/architecture.ts';

const counted = new WeakMap<readonly Layer[], ReadonlyMap<Layer, number>>();

/** How often each distinct layer occurs, in the order of first occurrence; equal layers are one object. Counted once per list. */
export function countsOf(layers: readonly Layer[]): ReadonlyMap<Layer, number> {
  const known = counted.get(layers);
  if (known) return known;
  const counts = new Map<Layer, number>();
  for (const layer of layers) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  counted.set(layers, counts);
  return counts;
}

/** Whether a layer holds a cache of this kind. */
export function keeps(layers: readonly Layer[], kind: Layer['caches'][number]['kind']): boolean {
  for (const { caches } of countsOf(layers).keys()) if (caches.some((cache) => cache.kind === kind)) return true;
  return false;
}
