import { applyMergePatch, type Json } from './merge-patch.ts';

/**
 * The catalogue of models as the bundle holds it: what is written there many times is written here once. `models.json` is
 * the form to read and to edit; scripts/catalogue/pack.ts makes this one of it.
 */
export interface PackedModels {
  readonly configs: readonly Packed[];
  readonly quantizations: readonly Packed[];
  readonly models: readonly PackedModel[];
}

/** A value, or an earlier one of the same list with a JSON merge patch. */
export type Packed = Json | readonly [like: number, patch: Json];

interface PackedModel {
  readonly ids: readonly string[];
  readonly config: number;
  /** Index of its quantization. */
  readonly quantization?: number;
  readonly bytes?: number;
  readonly approximate?: boolean;
}

/** The catalogue as `models.json` holds it, without the sources of its rows. */
export function unpackModels({ configs, quantizations, models }: PackedModels) {
  const unpacked = unpackAll(quantizations);
  return {
    configs: unpackAll(configs),
    models: models.map(({ quantization, ...model }) =>
      quantization === undefined ? model : { ...model, quantization: unpacked[quantization] },
    ),
  };
}

function unpackAll(packed: readonly Packed[]): Json[] {
  const all: Json[] = [];
  for (const one of packed) {
    // No config and no quantization is itself a list.
    all.push(Array.isArray(one) ? applyMergePatch(all[one[0] as number] ?? null, one[1] as Json) : (one as Json));
  }
  return all;
}
