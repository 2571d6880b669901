import type { ArgumentValue } from '../deployment.ts';
import { GIB } from '../bytes.ts';
import type { Memory, Stage } from '../estimate.ts';
import type { Quantity } from '../quantity.ts';
import type { LoggedFigure } from './logged-figures.ts';

/** Parts of a GPU's memory that an estimate can take from a log. */
export type MeasuredPart = keyof Pick<Memory, 'weightsBytes' | 'activationBytes' | 'nonTorchBytes' | 'cudaGraphBytes'>;

/** Weights of one launch are the same at every start; logs print two decimals. */
export const WEIGHTS_SPREAD_BYTES = Math.round(0.01 * GIB);
/** Starts of one launch differ by up to 0.03 GiB in what they leave for the cache (the accuracy logs hold three such pairs). */
export const PART_SPREAD_BYTES = Math.round(0.05 * GIB);

/** Figures of a log that are kept for the next estimate of the same launch. */
export const KEPT_FIGURES = [
  'totalBytes',
  'weightsBytes',
  'activationBytes',
  'nonTorchBytes',
  'cudaGraphBytes',
  'kvCacheBytes',
  'kvCacheTokens',
] as const satisfies readonly (keyof Memory)[];
export type KeptFigure = (typeof KEPT_FIGURES)[number];

/** What one log measured of one launch: a row of the facts file. */
export interface Measurement {
  /** As the launch names it. */
  readonly model: string;
  /** Of the model that was measured: another one under the same name or path is not that one. */
  readonly parameters: number;
  readonly engine: string;
  readonly version: string;
  /** Id of the catalogue. */
  readonly gpu: string;
  /** Those that change memory. */
  readonly arguments: Readonly<Record<string, ArgumentValue>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly figures: Readonly<Partial<Record<KeptFigure, LoggedFigure>>>;
  /** Whether it came up. */
  readonly started: boolean;
  /** Where it stopped, in the engine's own words; null where the log shows none. */
  readonly failure: { readonly stage: Stage; readonly text: string } | null;
  /** Name of the log, and the day on which it was learned. */
  readonly log: string;
  readonly date: string;
  /** Where it is kept, for a reader: `.github/headroom.facts.json:12`. */
  readonly place: string;
}

/** Parts that a log of this very launch measured, in the place of what the engine would compute. */
export interface MeasuredParts {
  readonly parts: Readonly<Partial<Record<MeasuredPart, Quantity>>>;
  /**
   * By how much more the KV cache was than what these parts and the computed ones leave; negative where it was less, null
   * where the log does not say or another budget would change more than the cache.
   */
  readonly cacheShiftBytes: number | null;
  /** Whether it started, so that what was computed of the rest holds as a sum. */
  readonly started: boolean;
}
