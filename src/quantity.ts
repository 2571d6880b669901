/**
 * How a figure was obtained.
 * `exact`: arithmetic on stated facts. `formula`: the engine's own allocation rule, read from its source.
 * `measured`: by a log of the same launch, from the facts file. `calibrated`: a constant measured on public start-up logs. `assumed`: a stated default without a measurement.
 */
export const BASES = ['exact', 'formula', 'measured', 'calibrated', 'assumed'] as const;
export type Basis = (typeof BASES)[number];

/** A figure with its interval. The unit is in the name of the field that holds it; bytes are integers. */
export interface Quantity {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly basis: Basis;
}

/** A figure without spread. */
export function exactly(value: number, basis: Basis = 'exact'): Quantity {
  return { value, low: value, high: value, basis };
}

/** A figure between two bounds; throws when they do not enclose it, which is a bug of the caller. */
export function between(low: number, value: number, high: number, basis: Basis): Quantity {
  if (!(low <= value && value <= high)) throw new Error(`interval ${low}..${high} does not enclose ${value}`);
  return { value, low, high, basis };
}

/** The weakest of several bases: a sum is no surer than its least sure part. */
export function weakest(bases: readonly Basis[]): Basis {
  return BASES[Math.max(0, ...bases.map((basis) => BASES.indexOf(basis)))] ?? 'exact';
}

/** Sum; the intervals add up, as parts that are wrong in the same direction would. */
export function add(...parts: readonly Quantity[]): Quantity {
  let value = 0;
  let low = 0;
  let high = 0;
  for (const part of parts) {
    value += part.value;
    low += part.low;
    high += part.high;
  }
  return { value, low, high, basis: weakest(parts.map((part) => part.basis)) };
}

/** `a - b`: the low end takes the high end of what is subtracted. */
export function subtract(a: Quantity, b: Quantity): Quantity {
  return { value: a.value - b.value, low: a.low - b.high, high: a.high - b.low, basis: weakest([a.basis, b.basis]) };
}
