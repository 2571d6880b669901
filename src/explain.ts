import { GIB } from './bytes.ts';
import type { Engine } from './engines/engine.ts';
import { logLines } from './engines/log-lines.ts';
import type { LoggedFigure } from './engines/logged-figures.ts';
import type { StartUpLog } from './engines/start-up-log.ts';
import type { Estimate, Memory } from './estimate.ts';
import { add, type Quantity } from './quantity.ts';

/** A figure of a log beside what an estimate says of it. */
export interface Compared {
  readonly figure: keyof Memory;
  readonly logged: LoggedFigure;
  readonly predicted: Quantity;
  /** Predicted ÷ logged − 1; null where the log says 0. */
  readonly errorFraction: number | null;
  /** Whether the log lies within the interval of the estimate. */
  readonly within: boolean;
}

/** The engine whose log a text is, and what it says; null when no engine knows it. */
export function readLog(
  text: string,
  engines: readonly Engine[],
): { readonly engine: Engine; readonly log: StartUpLog } | null {
  const lines = logLines(text);
  const read = engines.flatMap((engine) => {
    const log = engine.readStartUpLog?.(lines) ?? null;
    return log ? [{ engine, log, said: saidIn(log) }] : [];
  });
  // Engines name each other in their logs: the one that finds the most in it is meant.
  const [most] = read.toSorted((a, b) => b.said - a.said);
  return most ? { engine: most.engine, log: most.log } : null;
}

function saidIn({ figures, command, version, failure }: StartUpLog): number {
  return Object.keys(figures).length + [command, version, failure].filter((one) => one !== null).length;
}

/** Figures that both a log and an estimate have, in the estimate's order. */
export function compareLog(log: StartUpLog, { memory }: Estimate, { learns }: Pick<Engine, 'learns'> = {}): Compared[] {
  if (memory === null) return [];
  return (Object.keys(memory) as (keyof Memory)[]).flatMap((figure) => {
    const logged = log.figures[figure];
    if (logged === undefined) return [];
    // A drafter's weights are loaded with the model's.
    const both = figure === 'weightsBytes' && learns?.drafterInWeights === true;
    const predicted = both ? add(memory[figure], memory.drafterBytes) : memory[figure];
    return [
      {
        figure,
        logged,
        predicted,
        errorFraction: logged.value === 0 ? null : predicted.value / logged.value - 1,
        within: predicted.low - rounded(figure) <= logged.value && logged.value <= predicted.high + rounded(figure),
      },
    ];
  });
}

/** Half of the last digit that engines print: two decimals of GiB, whole tokens, two decimals of a concurrency. */
function rounded(figure: keyof Memory): number {
  if (figure.endsWith('Bytes')) return 0.005 * GIB;
  return figure === 'maxConcurrency' ? 0.005 : 0;
}
