import { readFileSync } from 'node:fs';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { elementsOf, parametersOf } from '../../src/models/parameters.ts';

/** A parameter count that somebody states, and what it counts. */
export interface StatedCount {
  readonly id: string;
  readonly stated: number;
  readonly variant: string;
  /** Parameters of the MTP layers, which engines leave out. */
  readonly mtp: number | null;
  readonly basis: string;
}

export interface Counted extends StatedCount {
  /** Null for a model that Headroom refuses to compute. */
  readonly errorFraction: number | null;
}

const models = makeModelCatalogue(modelData);

/** Every stated count beside ours. */
export function countAll(): Counted[] {
  const text = readFileSync(new URL('parameters.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => counted(JSON.parse(line) as StatedCount));
}

function counted(stated: StatedCount): Counted {
  const facts = models.find(stated.id);
  if (!facts) return { ...stated, errorFraction: null };
  const { architecture } = facts;
  const { total, tiedCopy } = parametersOf(architecture);
  const table = architecture.vocabSize * architecture.hiddenSize;
  const group = architecture.quantization?.groupSize ?? 0;
  const expected: Readonly<Record<string, number>> = {
    'with stored lm_head copy': stated.stated - tiedCopy,
    'without lm_head': stated.stated + (architecture.tiedEmbeddings ? 0 : table),
    // Stored beside the packed experts as tensors of their own, one number per group of columns.
    'with expert group scales': stated.stated - (group > 0 ? expertElements(architecture.layers) / group : 0),
    'with MTP layers': stated.stated - (stated.mtp ?? 0),
    'with MTP layers and their embeddings': stated.stated - (stated.mtp ?? 0) - 2 * table,
  };
  return { ...stated, errorFraction: total / (expected[stated.variant] ?? stated.stated) - 1 };
}

function expertElements(layers: Architecture['layers']): number {
  return layers
    .flatMap(({ tensors }) => tensors)
    .filter(({ role }) => role === 'experts')
    .reduce((sum, tensor) => sum + elementsOf(tensor), 0);
}
