import { GIB } from '../../bytes.ts';
import { between, type Quantity } from '../../quantity.ts';
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
  if (runner === 'v0') return 'v0';
  if (!has(version, 'memorySnapshot')) return 'whole card';
  if (!has(version, 'snapshotAfterNccl')) return 'with NCCL';
  if (!has(version, 'graphProfiler')) return 'growth';
  return has(version, 'totalConsumed') ? 'consumed' : 'growth and graphs';
}

/** Ranks beyond eight behave like eight: what grows with them is not known. */
export function rankClass(ranks: number): 1 | 2 | 4 | 8 {
  return ranks <= 1 ? 1 : ranks <= 2 ? 2 : ranks <= 4 ? 4 : 8;
}

/**
 * Memory outside PyTorch by the first of the keys that logs were found for; null when none was. Where that is not the
 * setup itself, its interval reaches over every wider class: nobody measured that they are alike.
 */
export function measuredNonTorch(keys: readonly string[]): Quantity | null {
  const rows = keys.flatMap((key) => NON_TORCH[key] ?? []);
  const [row] = rows;
  if (!row) return null;
  const own = keys[0] !== undefined && NON_TORCH[keys[0]] !== undefined;
  const spread = own ? [row] : rows;
  const low = Math.min(...spread.map((one) => one.low));
  const high = Math.max(...spread.map((one) => one.high));
  return between(Math.round(low * GIB), Math.round(row.value * GIB), Math.round(high * GIB), 'calibrated');
}

/** Below so many setups a class is too thin to speak for itself: the wider one gives the middle, both the interval. */
const ENOUGH_SETUPS = 3;

/** A formula's bytes with the spread that logs showed around it, by the first key with enough setups. */
export function spreadOf(figure: keyof typeof RATIOS, keys: readonly string[], bytes: number): Quantity {
  const rows = keys.flatMap((key) => RATIOS[figure][key] ?? []);
  const enough = rows.findIndex(({ setups }) => setups >= ENOUGH_SETUPS);
  const heard = enough === -1 ? rows : rows.slice(0, enough + 1);
  const middle = heard.at(-1)?.value ?? 1;
  const value = Math.round(bytes * middle);
  const low = Math.floor(bytes * Math.min(middle, ...heard.map((row) => row.low)));
  const high = Math.ceil(bytes * Math.max(middle, ...heard.map((row) => row.high)));
  return between(Math.min(low, value), value, Math.max(high, value), heard.length > 0 ? 'calibrated' : 'formula');
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
  const states = architecture.layers.some(({ caches }) => caches.some(({ kind }) => kind === 'state'));
  return [states ? 'hybrid' : speculation ? 'speculative' : 'text', 'any'];
}
