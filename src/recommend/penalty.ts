import type { ArgumentValue } from '../deployment.ts';
import type { KnobKind } from '../engines/engine.ts';

/** What a lever takes from the user: a knob of the engine's, or another checkpoint of the same model. */
export type LeverKind = KnobKind | 'checkpoint';

/** What turning a knob at all counts, and each halving (or doubling) of its value beyond that. */
interface Price {
  readonly turn: number;
  readonly halving: number;
}

/**
 * The order in which a user would rather give something up, as the memory guide's ladder has it: room that is only
 * reserved, requests that seldom run at once, batches, length, drafts, precision of the cache, of the weights, more GPUs,
 * graphs, and last the weights in host memory, which every step then waits for. Figures of judgement, not of measurement:
 * a quarter of the context counts as much as a cache of half the precision.
 */
const PRICES: Readonly<Record<LeverKind, Price>> = {
  reserve: { turn: 1, halving: 0 },
  concurrency: { turn: 1, halving: 0.5 },
  batch: { turn: 1.5, halving: 0.5 },
  context: { turn: 2, halving: 0.75 },
  speculation: { turn: 2.5, halving: 0 },
  cache_precision: { turn: 3.5, halving: 0 },
  weight_precision: { turn: 4.5, halving: 0 },
  // Another artefact has to be found good, downloaded and named everywhere.
  checkpoint: { turn: 6.5, halving: 0 },
  gpus: { turn: 4, halving: 1 },
  graphs: { turn: 4.5, halving: 0 },
  host_memory: { turn: 8, halving: 0 },
};
/** A length that nobody wrote down was not asked for: the first halvings of the model's own limit are missed by few. */
const UNASKED_CONTEXT: Price = { turn: 1, halving: 0.75 };
const UNKNOWN: Price = { turn: 2, halving: 0 };

/** Beyond this a single move hurts so much that two milder ones are looked for. */
export const BEARABLE = 4;

/** How much a user gives up by one turn of a knob. @param written whether the argument stands in the config. */
export function penaltyOf(
  kind: LeverKind | undefined,
  from: ArgumentValue | undefined,
  to: ArgumentValue,
  written: boolean,
): number {
  const price = kind === undefined ? UNKNOWN : kind === 'context' && !written ? UNASKED_CONTEXT : PRICES[kind];
  const ratio = typeof from === 'number' && typeof to === 'number' && from > 0 && to > 0 ? from / to : 1;
  return price.turn + price.halving * Math.abs(Math.log2(ratio));
}
