import { isObject, type Json } from '../../src/models/merge-patch.ts';
import type { Packed, PackedModels } from '../../src/models/packed-catalogue.ts';

/** `models.json`, as far as packing it goes. */
interface ModelRows {
  readonly configs: readonly unknown[];
  readonly models: readonly {
    readonly ids: readonly string[];
    readonly config: number;
    readonly quantization?: unknown;
    readonly bytes?: number;
    readonly approximate?: boolean;
  }[];
}

/** The catalogue without what only its readers need (sources), each config as its difference from the nearest earlier one. */
export function packModels({ configs, models }: ModelRows): PackedModels {
  const quantizations = new Map<string, number>();
  const rows = models.map(({ ids, config, quantization, bytes, approximate }) => {
    const row = {
      ids,
      config,
      ...(bytes !== undefined && { bytes }),
      ...(approximate !== undefined && { approximate }),
    };
    if (quantization === undefined) return row;
    const text = JSON.stringify(quantization);
    const index = quantizations.get(text) ?? quantizations.size;
    quantizations.set(text, index);
    return { ...row, quantization: index };
  });
  return {
    configs: packAll(configs as Json[]),
    quantizations: packAll([...quantizations.keys()].map((text) => JSON.parse(text) as Json)),
    models: rows,
  };
}

function packAll(values: readonly Json[]): Packed[] {
  return values.map((value, index) => {
    let best: { readonly packed: Packed; readonly length: number } = { packed: value, length: lengthOf(value) };
    for (let like = 0; like < index; like++) {
      const patch = mergePatchOf(values[like] as Json, value);
      if (patch === null) continue;
      const packed = [like, patch] as const;
      const length = lengthOf(packed);
      if (length < best.length) best = { packed, length };
    }
    return best.packed;
  });
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** The JSON merge patch (RFC 7396) that makes `to` of `from`; null where none can, as a null inside `to` would take its key out. */
export function mergePatchOf(from: Json, to: Json): Json | null {
  if (!isObject(from) || !isObject(to)) return holdsNull(to) ? null : to;
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(value)) continue;
    const inner = mergePatchOf(before ?? null, value);
    if (inner === null) return null;
    patch[key] = inner;
  }
  return patch;
}

/** Whether a null stands where a merge patch would read it as a key to take out. Lists are replaced whole. */
function holdsNull(value: Json): boolean {
  return value === null || (isObject(value) && Object.values(value).some(holdsNull));
}
