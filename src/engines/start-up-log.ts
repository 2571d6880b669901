import type { Memory, Stage } from '../estimate.ts';

/** A figure that an engine prints, with the line (from 1) that says it. */
export interface LoggedFigure {
  readonly value: number;
  readonly line: number;
}

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
  readonly figures: Readonly<Partial<Record<keyof Memory, LoggedFigure>>>;
  /** Total memory of the card as the engine sees it, bytes; null when no line says it. */
  readonly visibleBytes: number | null;
  /** Whether it came up and serves. */
  readonly started: boolean;
  readonly failure: LoggedFailure | null;
}

/** Longest log that is read, in UTF-16 units; of a longer one the first and the last half are. */
const MAX_LOG_CHARACTERS = 8 * 1024 * 1024;
/** What stands behind this in one line is no message of an engine. */
const MAX_LINE_CHARACTERS = 32 * 1024;

/** A log as lines without colours, cut to what is worth reading. */
export function logLines(text: string): string[] {
  const half = MAX_LOG_CHARACTERS / 2;
  const kept = text.length > MAX_LOG_CHARACTERS ? `${text.slice(0, half)}\n${text.slice(-half)}` : text;
  // oxlint-disable-next-line no-control-regex -- terminals' colour codes begin with ESC
  return kept.split(/\r?\n|\r/).map((line) => line.slice(0, MAX_LINE_CHARACTERS).replace(/\u001B\[[\d;]*m/g, ''));
}
