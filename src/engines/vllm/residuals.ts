import { GIB } from '../../bytes.ts';
import { between, type Quantity } from '../../quantity.ts';
import { keeps } from '../distinct-layers.ts';
import type { Launch } from './launch.ts';
import { has, type EngineVersion } from './versions.ts';
import fitted from './residuals.json' with { type: 'json' };

/**
 * How far formulas were off on public start-up logs. `residuals.json` is written by `scripts/fit.ts` from the calibration
 * logs alone; each row says on how many logs and on how many distinct setups it rests.
 */
interface Row {
  readonly low: number;
  readonly value: number;
  readonly high: number;
  readonly setups: number;
  readonly logs: number;
}

type Table = Readonly<Record<string, Row>>;

/** Constants of formulas that no source states. */
export const FITTED: typeof fitted.constants = fitted.constants;

const NON_TORCH: Table = fitted.nonTorchGib;
const RATIOS: Readonly<Record<'activation' | 'weights' | 'graphs', Table>> = {
  activation: fitted.activationRatio,
  weights: fitted.weightsRatio,
  graphs: fitted.graphRatio,
};

/** Which way of accounting a launch falls under, the versions in which memory outside PyTorch means the same. */
export type Accounting = 'v0' | 'whole card' | 'with NCCL' | 'growth' | 'growth and graphs' | 'consumed';

export function accountingOf(runner: 'v0' | 'v1' | 'v2', version: EngineVersion): Accounting {
  if (runner === 'v0') {
    return has(version, 'wholeCardOfV0') && !has(version, 'baselineOfV0') ? 'whole card' : 'v0';
  }
  if (!has(version, 'memorySnapshot')) return 'whole card';
  if (!has(version, 'snapshotAfterNccl')) return 'with NCCL';
  if (!has(version, 'graphProfiler')) return 'growth';
  return has(version, 'totalConsumed') ? 'consumed' : 'growth and graphs';
}

/** Ranks beyond eight behave like eight: what grows with them is not known. */
export function rankClass(ranks: number): 1 | 2 | 4 | 8 {
  return ranks <= 1 ? 1 : ranks <= 2 ? 2 : ranks <= 4 ? 4 : 8;
}

/** Below so many setups a class is too thin to speak for itself: wider ones are heard as well. */
const ENOUGH_SETUPS = 3;

/** The rows of the keys that logs were found for, up to the first with enough setups. */
function heard(table: Table, keys: readonly string[], enough = ENOUGH_SETUPS): readonly Row[] {
  const rows: Row[] = [];
  for (const key of keys) {
    const row = table[key];
    if (row) rows.push(row);
    if (row && row.setups >= enough) break;
  }
  return rows;
}

/**
 * Memory outside PyTorch by the first of the keys that logs were found for, with the interval of all that are heard; null
 * when there is none. Where no log is of the setup itself, every wider class is heard: nobody measured that they are alike.
 */
export function measuredNonTorch(keys: readonly string[]): Quantity | null {
  const own = keys[0] !== undefined && NON_TORCH[keys[0]] !== undefined;
  const rows = heard(NON_TORCH, keys, own ? ENOUGH_SETUPS : Infinity);
  const [row] = rows;
  if (!row) return null;
  const low = Math.min(...rows.map((one) => one.low));
  const high = Math.max(...rows.map((one) => one.high));
  return between(Math.round(low * GIB), Math.round(row.value * GIB), Math.round(high * GIB), 'calibrated');
}

/** On what `measuredNonTorch` rests: `23 logs of 5 setups (growth, Hopper, 1)`; null when there is no log. */
export function nonTorchSource(keys: readonly string[]): string | null {
  const key = keys.find((one) => NON_TORCH[one] !== undefined);
  const row = key === undefined ? undefined : NON_TORCH[key];
  if (row === undefined) return null;
  return `${counted(row.logs, 'log')} of ${counted(row.setups, 'setup')} (${key})`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Factors that logs showed between a formula and what it is of. */
type Spread = Quantity;

/** What logs showed around a formula: the widest class heard gives the middle, all the interval. */
export function spreadFor(figure: keyof typeof RATIOS, keys: readonly string[]): Spread {
  const rows = heard(RATIOS[figure], keys);
  const value = rows.at(-1)?.value ?? 1;
  let [low, high] = [value, value];
  for (const row of rows) {
    low = Math.min(low, row.low);
    high = Math.max(high, row.high);
  }
  return between(low, value, high, rows.length > 0 ? 'calibrated' : 'formula');
}

/** A formula's bytes with a spread around them. */
export function withSpread(bytes: number, spread: Spread): Quantity {
  const value = Math.round(bytes * spread.value);
  const [low, high] = [Math.floor(bytes * spread.low), Math.ceil(bytes * spread.high)];
  return between(Math.min(low, value), value, Math.max(high, value), spread.basis);
}

/** A formula's bytes with the spread that logs showed around it. */
export function spreadOf(figure: keyof typeof RATIOS, keys: readonly string[], bytes: number): Quantity {
  return withSpread(bytes, spreadFor(figure, keys));
}

/** Models whose weights are counted equally well. */
export function weightsKeys({ gpu, quantization, architecture }: Launch): readonly string[] {
  if (gpu.vendor === 'amd') return ['AMD', 'any'];
  if (architecture.encoders.length > 0) return [`multimodal ${quantization === null ? 'plain' : 'quantized'}`, 'any'];
  return [quantization === null ? 'plain' : 'quantized', 'any'];
}

/** Models whose profile run follows the formula equally well. */
export function activationKeys({ runner, architecture, profilesEncoder, speculation }: Launch): readonly string[] {
  if (runner === 'v0') return ['V0', 'any'];
  if (profilesEncoder) return ['with encoder', 'any'];
  return [keeps(architecture.layers, 'state') ? 'hybrid' : speculation ? 'speculative' : 'text', 'any'];
}
