import type { Stage } from '../estimate.ts';
import type { LoggedFigures } from './logged-figures.ts';

/** Where a start-up or a server stopped, and what a person does about it. */
export interface LoggedFailure {
  readonly stage: Stage;
  readonly line: number;
  /** The engine's own words. */
  readonly text: string;
  /** Why, in figures where the line has them. */
  readonly cause: string;
  /** What helps, the cheapest first, in the engine's own options. */
  readonly remedies: readonly string[];
}

/** What a log of one launch says. Where several ranks print a figure, it is that of the fullest. */
export interface StartUpLog {
  readonly version: string | null;
  readonly model: string | null;
  /** The launch that the log lists, as one would type it, with the options that change memory; null where it lists none. */
  readonly command: readonly string[] | null;
  /** Bytes, or tokens and requests where the name says so. */
  readonly figures: LoggedFigures;
  /** Total memory of the card as the engine sees it, bytes; null when no line says it. */
  readonly visibleBytes: number | null;
  /** What the engine calls the card; null or absent when no line says it. */
  readonly gpuName?: string | null;
  /** Whether it came up and serves. */
  readonly started: boolean;
  readonly failure: LoggedFailure | null;
}
