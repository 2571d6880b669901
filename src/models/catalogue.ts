import type { ModelFacts } from './architecture.ts';
import { architectureOf } from './config.ts';

/** The built-in catalogue of models. Architectures are made on demand and kept. */
export interface ModelCatalogue {
  /** Facts of a Hub id or one of its aliases (case-insensitive), or null. */
  find(id: string): ModelFacts | null;
  /** Every id, for listing and near names. */
  readonly ids: readonly string[];
}

/** `models.json`: rows `[ids, index of config, checkpoint bytes or null, approximate]`. To add a model, add a row and its config. */
export interface ModelData {
  readonly configs: readonly unknown[];
  readonly models: readonly {
    readonly ids: readonly string[];
    readonly config: number;
    readonly quantization?: unknown;
    readonly bytes?: number;
    readonly approximate?: boolean;
  }[];
}

export function makeModelCatalogue(data: ModelData): ModelCatalogue {
  const rows = new Map(data.models.flatMap((row) => row.ids.map((id) => [id.toLowerCase(), row] as const)));
  const kept = new Map<string, ModelFacts | null>();
  const make = (id: string): ModelFacts | null => {
    const row = rows.get(id.toLowerCase());
    const config = row ? data.configs[row.config] : undefined;
    if (!row || typeof config !== 'object') return null;
    const made = architectureOf(row.quantization ? { ...config, quantization_config: row.quantization } : config);
    if ('problem' in made) return null;
    const approximations =
      row.approximate === true
        ? [...made.approximations, 'no stated parameter count confirms these facts']
        : made.approximations;
    return {
      id,
      architecture: { ...made, approximations },
      source: `catalogue (${row.ids[0] ?? id})`,
      checkpointBytes: row.bytes ?? null,
    };
  };
  return {
    ids: data.models.flatMap(({ ids }) => ids),
    find(id) {
      const known = kept.get(id);
      if (known !== undefined) return known;
      const facts = make(id);
      if (facts) kept.set(id, facts);
      return facts;
    },
  };
}
