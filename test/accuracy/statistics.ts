/** One predicted figure beside the measured one, in the unit of the log. */
export interface Compared {
  readonly low: number;
  readonly high: number;
  readonly measured: number;
  /** predicted / measured − 1 */
  readonly errorFraction: number;
  /** Whether the interval holds the truth. */
  readonly covered: boolean;
}

/** How far one figure is off over some cases. Fractions. */
export interface Summary {
  readonly cases: number;
  readonly median: number;
  readonly p90: number;
  readonly bias: number;
  /** Share of the cases whose interval holds the truth. */
  readonly covered: number;
  /** Median width of the interval, as a fraction of the truth. */
  readonly width: number;
}

export function summarize(rows: readonly Compared[]): Summary {
  const errors = rows.map(({ errorFraction }) => Math.abs(errorFraction)).toSorted((a, b) => a - b);
  return {
    cases: rows.length,
    median: quantile(errors, 0.5),
    p90: quantile(errors, 0.9),
    bias: mean(rows.map(({ errorFraction }) => errorFraction)),
    covered: mean(rows.map(({ covered }) => (covered ? 1 : 0))),
    width: quantile(
      rows.map(({ low, high, measured }) => (high - low) / measured).toSorted((a, b) => a - b),
      0.5,
    ),
  };
}

/** The value that `fraction` of the sorted values do not exceed, interpolated between neighbours; NaN for none. */
export function quantile(sorted: readonly number[], fraction: number): number {
  const at = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === undefined || high === undefined ? Number.NaN : low + (high - low) * (at - Math.floor(at));
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/** An estimate beside the outcome that its log states. */
export interface Ended {
  readonly logCase: { readonly outcome: string };
  readonly estimate: { readonly verdict: string };
}

/** What became of a launch, as far as memory goes; null where the log does not say. */
export function outcomeOf({ logCase }: Pick<Ended, 'logCase'>): 'started' | 'failed' | null {
  if (logCase.outcome === 'unknown') return null;
  return logCase.outcome === 'started' ? 'started' : 'failed';
}

export interface Verdicts {
  readonly started: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

/** How many launches that started, and that failed, got which verdict. */
export function confusion(judged: readonly Ended[]): Verdicts {
  const counts = { started: {} as Record<string, number>, failed: {} as Record<string, number> };
  for (const one of judged) {
    const outcome = outcomeOf(one);
    if (outcome === null) continue;
    const { verdict } = one.estimate;
    counts[outcome][verdict] = (counts[outcome][verdict] ?? 0) + 1;
  }
  return counts;
}
