import type { ModelFacts } from './architecture.ts';
import { architectureOf } from './config.ts';
import type { Fields } from './fields.ts';

/** The built-in catalogue of models. Architectures are made on demand and kept. */
export interface ModelCatalogue {
  /** Facts of a Hub id or one of its aliases (case-insensitive), or null. */
  find(id: string): ModelFacts | null;
  /** Why a model that the catalogue lists has no facts (its family cannot be computed yet); null for any other. */
  problemOf(id: string): string | null;
  /** Every id, for listing and near names. */
  readonly ids: readonly string[];
}

/** `models.json`. To add a model, add a row with its source; and its config, unless it is a variant of one that is there. */
interface ModelData {
  readonly configs: readonly unknown[];
  readonly models: readonly {
    readonly ids: readonly string[];
    /** Index of its config.json; rows of one architecture share it. */
    readonly config: number;
    readonly quantization?: unknown;
    /** Size of the weight files as a source states it. */
    readonly bytes?: number;
    /** No stated parameter count confirms the config. */
    readonly approximate?: boolean;
    readonly source: string;
  }[];
}

export function makeModelCatalogue(data: ModelData): ModelCatalogue {
  const rows = new Map(data.models.flatMap((row) => row.ids.map((id) => [id.toLowerCase(), row] as const)));
  const kept = new Map<string, ModelFacts | null>();
  const configOf = (id: string): unknown => {
    const row = rows.get(id.toLowerCase());
    const config = row ? data.configs[row.config] : undefined;
    if (!row || typeof config !== 'object') return null;
    return row.quantization ? { ...config, quantization_config: row.quantization } : config;
  };
  const make = (id: string): ModelFacts | null => {
    const row = rows.get(id.toLowerCase());
    const config = configOf(id);
    if (!row || config === null) return null;
    const made = architectureOf(config);
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
      remade: (change) => architectureOf(change(config as Fields)),
    };
  };
  return {
    ids: data.models.flatMap(({ ids }) => ids),
    problemOf(id) {
      const config = configOf(id);
      const made = config === null ? null : architectureOf(config);
      return made && 'problem' in made ? made.problem : null;
    },
    find(id) {
      const known = kept.get(id);
      if (known !== undefined) return known;
      const facts = make(id);
      if (facts) kept.set(id, facts);
      return facts;
    },
  };
}
