import { gib } from '../bytes.ts';
import type { ArgumentValue } from '../deployment.ts';
import type { Estimate, Memory } from '../estimate.ts';
import { targetName } from '../hardware/gpu.ts';
import { atOnce, type Need } from './goal.ts';
import type { Case, Move, SearchInput } from './search.ts';
import { grouped } from '../text.ts';

/** A peak that moves less than this stays where it is, to a reader. */
const SMALLEST_STEP_BYTES = 0.05 * 2 ** 30;

/** `max_model_len: 8192, kv_cache_dtype: fp8`. */
export function printSettings(settings: Readonly<Record<string, ArgumentValue>>): string {
  const print = (value: ArgumentValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${print(value)}`)
    .join(', ');
}

/** What moves set, by argument. */
export function settingsOf(moves: readonly Move[]): Readonly<Record<string, ArgumentValue>> {
  return Object.fromEntries(moves.map(({ argument, value }) => [argument, value]));
}

/** What the changes bring on the fullest target, in figures: room on the GPU, and what its KV cache then serves. */
export function effectOf(
  { engine, goal: { need } }: Pick<SearchInput, 'engine' | 'goal'>,
  before: readonly Case[],
  after: readonly Case[],
): string {
  const index = fullest(after.map(({ estimate }) => estimate));
  const was = before[index];
  const now = after[index]?.estimate.memory;
  if (!was || !now) return '';
  const old = was.estimate.memory;
  const peak = now.peakBytes.value;
  const where = targetName(was.workload.target);
  const brings =
    old === null || Math.abs(old.peakBytes.value - peak) < SMALLEST_STEP_BYTES
      ? `on ${where} the peak is ${gib(peak)}, which leaves`
      : `on ${where} this brings the peak from ${gib(old.peakBytes.value)} to ${gib(peak)} and leaves`;
  const last = after[index];
  const most = need && last ? atOnce(need, engine, last.workload, last.estimate) : null;
  const served = need && most !== null ? `; ${needText(need, most)}` : '';
  return `${brings} at least ${gib(now.freeBytes.low)} free${requestText(now)}${served}.`;
}

/** `14 requests of 4,096 tokens run at once` */
function needText({ tokens }: Need, most: number): string {
  const each = tokens === null ? 'of full length' : `of ${grouped(tokens)} tokens`;
  return `${grouped(Math.floor(most))} requests ${each} run at once`;
}

function requestText({ kvCacheBytes, kvCacheNeededBytes }: Memory): string {
  if (kvCacheNeededBytes.value <= 0 || kvCacheBytes.value <= 0) return '';
  return `; one request needs ${gib(kvCacheNeededBytes.value)} of the ${gib(kvCacheBytes.value)} KV cache`;
}

/** Index of the target with the least room at the bad end. */
export function fullest(estimates: readonly Estimate[]): number {
  const free = estimates.map(({ memory }) => memory?.freeBytes.low ?? Number.POSITIVE_INFINITY);
  return free.indexOf(Math.min(...free));
}
