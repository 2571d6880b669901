import type { ModelFacts } from './architecture.ts';

/** The built-in catalogue of models. Architectures are made on demand and kept. */
export interface ModelCatalogue {
  /** Facts of a Hub id or one of its aliases (case-insensitive), or null. */
  find(id: string): ModelFacts | null;
  /** Every id, for listing and near names. */
  readonly ids: readonly string[];
}
