import type { Architecture, ModelFacts, Remake } from './architecture.ts';
import { architectureOf } from './config/config.ts';
import type { Fields } from './config/fields.ts';

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
    /** `quantization` is what its format does by default: which layers the repository keeps in 16 bits was not read. */
    readonly assumed?: boolean;
    /** Size of the weight files as a source states it. */
    readonly bytes?: number;
    /** No stated parameter count confirms the config. */
    readonly approximate?: boolean;
    readonly source: string;
  }[];
}

const ASSUMED =
  'which layers of this checkpoint stay in 16 bits is taken from its format, not read: `hub: true` or `headroom facts lock` reads it';

/**
 * With only the experts quantized, or the MLPs of a dense model: what those who quantize do not leave out. The first layer some
 * leave out whole (QuantTrio/MiniMax-M2.5-AWQ, by the 130.21 GB of its tensor index).
 */
function heaviestOf(architecture: Architecture, remade: Remake): NonNullable<ModelFacts['heaviest']> {
  const widened = (one: Architecture): Architecture => {
    const mixture = one.layers.some(({ tensors }) => tensors.some(({ role }) => role === 'experts'));
    return one.quantization === null
      ? one
      : {
          ...one,
          quantization: {
            ...one.quantization,
            ignore: [...one.quantization.ignore, 'layers.0'],
            onlyRoles: [mixture ? 'experts' : 'mlp'],
          },
        };
  };
  return {
    architecture: widened(architecture),
    remade: (change) => {
      const made = remade(change);
      return 'problem' in made ? made : widened(made);
    },
  };
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
    const approximations = [
      ...made.approximations,
      ...(row.approximate === true ? ['no stated parameter count confirms these facts'] : []),
      ...(row.assumed === true ? [ASSUMED] : []),
    ];
    const remade: Remake = (change) => architectureOf(change(config as Fields));
    const facts = {
      id,
      architecture: { ...made, approximations },
      source: `catalogue (${row.ids[0] ?? id})`,
      checkpointBytes: row.bytes ?? null,
      remade,
    };
    return row.assumed === true ? { ...facts, heaviest: heaviestOf(facts.architecture, remade) } : facts;
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
