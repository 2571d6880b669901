import type { Engine, Workload } from '../engines/engine.ts';
import type { Estimate, Memory } from '../estimate.ts';

/** Requests that must run at once, each of so many tokens; null tokens: of the longest length that is served. */
export interface Need {
  readonly requests: number;
  readonly tokens: number | null;
}

/** What a deployment must keep to on every target, at the bad end of every interval. */
export interface Goal {
  /** Must stay free on every GPU, bytes. */
  readonly minimumFreeBytes: number;
  readonly need: Need | null;
}

/** Whether an estimate fits for certain, leaves what must stay free, and serves what is needed. */
export function meets(goal: Goal, engine: Engine, workload: Workload, estimate: Estimate): boolean {
  return leavesRoom(estimate, goal.minimumFreeBytes) && serves(goal.need, engine, workload, estimate);
}

/** Whether an estimate is good enough to recommend: it meets the goal, and by the figures nothing is missing anywhere. */
export function isAdvisable(goal: Goal, engine: Engine, workload: Workload, estimate: Estimate): boolean {
  const { memory } = estimate;
  return (memory === null || memory.freeBytes.low >= 0) && meets(goal, engine, workload, estimate);
}

/** Whether an estimate fits for certain and leaves what must stay free. */
export function leavesRoom({ verdict, memory }: Estimate, minimumFreeBytes: number): boolean {
  if (verdict !== 'fits') return false;
  return minimumFreeBytes === 0 || (memory !== null && memory.freeBytes.low >= minimumFreeBytes);
}

/** Whether the KV cache holds what is needed; true where nothing is. */
export function serves(need: Need | null, engine: Engine, workload: Workload, estimate: Estimate): boolean {
  if (need === null) return true;
  const most = atOnce(need, engine, workload, estimate);
  return most !== null && most >= need.requests;
}

/**
 * Requests of the needed length that run at once, at the bad end: what the cache holds, and what the scheduler lets in.
 * A cache of several kinds of layers holds requests of another length in another number of tokens, so the engine is asked
 * for that length. 0 when the length is not served at all; null when nothing is known.
 */
export function atOnce(need: Need, engine: Engine, workload: Workload, estimate: Estimate): number | null {
  const { memory, effective } = estimate;
  if (memory === null) return null;
  const { lengthArgument } = engine;
  const served = lengthArgument === undefined ? longestOf(memory) : Number(effective[lengthArgument]);
  if (need.tokens !== null && served !== null && need.tokens > served) return 0;
  const limit = engine.knobs.find(({ kind }) => kind === 'concurrency')?.argument;
  const most = limit === undefined ? undefined : effective[limit];
  const admitted = typeof most === 'number' ? most : Infinity;
  if (need.tokens === null || need.tokens === served) return Math.min(memory.maxConcurrency.low, admitted);
  if (lengthArgument === undefined) return Math.min(Math.floor(memory.kvCacheTokens.low / need.tokens), admitted);
  const shorter = engine.estimate({
    ...workload,
    arguments: { ...workload.arguments, [lengthArgument]: need.tokens },
  });
  return shorter.memory === null ? null : Math.min(shorter.memory.maxConcurrency.low, admitted);
}

/** Tokens of the longest request where no argument bounds it: what the cache holds, by the requests that share it. */
function longestOf({ kvCacheTokens, maxConcurrency }: Memory): number | null {
  return maxConcurrency.low > 0 ? Math.floor(kvCacheTokens.low / maxConcurrency.low) : null;
}
