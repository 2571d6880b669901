import type { LlamaBench, LlamaFigure } from './cases.ts';

export interface LlamaScore {
  readonly part: LlamaFigure['part'];
  readonly figures: number;
  /** Of figures off by at most a MiB. */
  readonly withinMib: number;
  /** Percent, without a sign. */
  readonly median: number;
  readonly p90: number;
  /** Of logs that lie between low and high. */
  readonly covered: number;
}

const PARTS = ['weights', 'KV cache', 'recurrent state', 'compute buffer'] as const;

/** How far the buffers of one side are off, by part. */
export function scoresOf({ figures }: LlamaBench): readonly LlamaScore[] {
  return PARTS.flatMap((part) => {
    const own = figures.filter((figure) => figure.part === part);
    if (own.length === 0) return [];
    const errors = own.map(({ predicted, logged }) => Math.abs(predicted / logged - 1) * 100).sort((a, b) => a - b);
    const at = (fraction: number): number =>
      errors[Math.min(errors.length - 1, Math.floor(errors.length * fraction))] ?? 0;
    return [
      {
        part,
        figures: own.length,
        withinMib: own.filter(({ predicted, logged }) => Math.abs(predicted - logged) <= 1).length,
        median: at(0.5),
        p90: at(0.9),
        // Logs print two digits of a MiB.
        covered: own.filter(({ low, high, logged }) => logged >= low - 0.03 && logged <= high + 0.03).length,
      },
    ];
  });
}
