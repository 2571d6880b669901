import { quantile } from '../../test/accuracy/statistics.ts';

/** One measurement of a class. Logs of one setup (family, GPU, version, ranks) count as one. */
export interface Observation {
  readonly key: string;
  readonly setup: string;
  readonly value: number;
  /** Whether it says how much setups of one class differ: not for a class that mixes what should be apart. */
  readonly pooled: boolean;
}

/** A class as residuals.json holds it. */
export interface Row {
  readonly low: number;
  readonly value: number;
  readonly high: number;
  readonly setups: number;
  readonly logs: number;
}

/** From so many setups on, the 5th and 95th percentile are trusted; below, the farthest one seen, stretched. */
const MANY = 12;

/**
 * The interval of each class that a further log should fall into nine times in ten.
 * @param centre the expected value: 1 for the ratio of measured to computed, null for the median of the class.
 */
export function tableOf(observations: readonly Observation[], centre: number | null): Record<string, Row> {
  const centreOf = (of: readonly number[]): number => centre ?? median(of);
  const alike = classesOf(observations.filter(({ pooled }) => pooled));
  const pooled = pooledDeviation(
    alike.map(({ values }) => values),
    centreOf,
  );
  const rows = classesOf(observations).map(
    ({ key, logs, values }) => [key, rowOf(values, centreOf(values), pooled, logs)] as const,
  );
  return Object.fromEntries(rows.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The median over setups of one unknown, rounded to so many decimals. */
export function medianBySetup(observations: readonly Observation[], decimals: number): number {
  const [only] = classesOf(observations);
  return Number(median(only?.values ?? []).toFixed(decimals));
}

/** The values of each class, one a setup, sorted. */
function classesOf(observations: readonly Observation[]): { key: string; logs: number; values: number[] }[] {
  const classes = new Map<string, Map<string, number[]>>();
  for (const { key, setup, value } of observations) {
    const setups = classes.get(key) ?? new Map<string, number[]>();
    setups.set(setup, [...(setups.get(setup) ?? []), value]);
    classes.set(key, setups);
  }
  return [...classes].map(([key, setups]) => ({
    key,
    logs: [...setups.values()].flat().length,
    values: [...setups.values()].map(median).toSorted((a, b) => a - b),
  }));
}

function rowOf(sorted: readonly number[], middle: number, pooled: number, logs: number): Row {
  const least = pooled / Math.sqrt(sorted.length);
  const reach = (deviations: readonly number[]): number => Math.max(least, farthest(deviations));
  const low = Math.max(0, middle - reach(sorted.map((value) => middle - value)));
  const high = middle + reach(sorted.map((value) => value - middle));
  return {
    low: rounded(low),
    value: rounded(Math.max(0, middle)),
    high: rounded(Math.max(0, high)),
    setups: sorted.length,
    logs,
  };
}

function farthest(deviations: readonly number[]): number {
  const outward = deviations.map((value) => Math.max(0, value)).toSorted((a, b) => a - b);
  const count = outward.length;
  return count >= MANY ? quantile(outward, 0.95) : ((outward.at(-1) ?? 0) * (count + 1)) / count;
}

/** What nine in ten setups deviate from the middle of their class, over the classes that have more than one. */
function pooledDeviation(classes: readonly (readonly number[])[], centreOf: (of: readonly number[]) => number): number {
  const deviations = classes.flatMap((own) =>
    own.length < 2 ? [] : own.map((value) => Math.abs(value - centreOf(own))),
  );
  return deviations.length === 0
    ? 0
    : quantile(
        deviations.toSorted((a, b) => a - b),
        0.9,
      );
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
