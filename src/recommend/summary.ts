import { gib } from '../bytes.ts';
import type { ArgumentValue } from '../deployment.ts';
import type { Estimate, Memory } from '../estimate.ts';
import { targetName } from '../hardware/gpu.ts';
import type { Case, Move } from './search.ts';

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
export function effectOf(before: readonly Case[], after: readonly Case[]): string {
  const index = fullest(after.map(({ estimate }) => estimate));
  const was = before[index];
  const now = after[index]?.estimate.memory;
  if (!was || !now) return '';
  const old = was.estimate.memory;
  const peak = now.peakBytes.value;
  const where = targetName(was.workload.target);
  const brings =
    old === null || gib(old.peakBytes.value) === gib(peak)
      ? `on ${where} the peak is ${gib(peak)}, which leaves`
      : `on ${where} this brings the peak from ${gib(old.peakBytes.value)} to ${gib(peak)} and leaves`;
  return `${brings} at least ${gib(now.freeBytes.low)} free${requestText(now)}.`;
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
