import { gib } from '../bytes.ts';
import type { BudgetArgument, Engine, Workload } from '../engines/engine.ts';
import type { Estimate, Memory } from '../estimate.ts';
import type { BudgetWindow } from '../recommendation.ts';
import { type Goal, meets, type Need, serves } from './goal.ts';
import { grouped } from '../text.ts';

/** A budget whose ends are known for a launch. */
interface Budget extends BudgetArgument {
  readonly most: number;
}

function boundedBy(budget: BudgetArgument, workload: Workload): Budget {
  const { most } = budget;
  return { ...budget, most: typeof most === 'number' ? most : most(workload) };
}

/** A bisection over the steps of any budget ends long before. */
const MAX_STEPS = 100_000;

/**
 * The window of the engine's budget argument on one target: the least value whose KV cache holds one full-length request
 * and what is needed, and the most at which everything outside the budget, and what must stay free, has room.
 * @returns null when the engine has no such argument, it decides nothing here, or the memory is unknown.
 */
export function windowOf(engine: Engine, workload: Workload, estimate: Estimate, goal: Goal): BudgetWindow | null {
  if (!engine.budget?.applies(workload.arguments) || estimate.memory === null) return null;
  const budget = boundedBy(engine.budget, workload);
  const current = Number(estimate.effective[budget.argument]);
  if (!Number.isFinite(current)) return null;
  const seen = new Map<number, Estimate>();
  const at = (step: number): Estimate => {
    const known = seen.get(step);
    if (known) return known;
    const made = engine.estimate(withBudget(workload, budget, step));
    seen.set(step, made);
    return made;
  };
  const holds = (step: number): boolean => holdsEnough(engine, withBudget(workload, budget, step), at(step), goal.need);
  const hasRoom = (step: number): boolean => leavesOutside(at(step), goal.minimumFreeBytes);
  const [least, most] = [Math.ceil(budget.least / budget.step - 1e-9), Math.floor(budget.most / budget.step + 1e-9)];
  const { totalBytes, kvCacheBytes, kvCacheNeededBytes, freeBytes } = estimate.memory;
  const stepBytes = totalBytes.low * budget.step;
  const here = current / budget.step;
  const missing = kvCacheNeededBytes.high - kvCacheBytes.low;
  const spare = freeBytes.low - goal.minimumFreeBytes;
  const low = firstStep(holds, Math.ceil(here + missing / stepBytes), least, most);
  const high = lastStep(hasRoom, Math.floor(here + spare / stepBytes), least, most);
  const found = low !== null && high !== null && low <= high ? { low, high } : null;
  const fits = (step: number): boolean => meets(goal, engine, withBudget(workload, budget, step), at(step));
  const narrowed = found && narrow(found.low, found.high, fits);
  const tooLow = low !== null && low > least ? shortOf(engine, at(low - 1), goal.need) : null;
  const tooHigh = high !== null && high < most ? withoutRoom(at(high + 1), goal.minimumFreeBytes, budget) : null;
  const base = { argument: budget.argument, step: budget.step, current };
  if (narrowed === null) {
    const text = whyNone(budget, low, high, at, goal, engine);
    return { ...base, low: null, high: null, highest: highestOf(high, budget), below: tooLow, above: tooHigh, text };
  }
  const [from, to] = [valueOf(narrowed.low, budget), valueOf(narrowed.high, budget)];
  const reasons = [tooLow && `below, ${tooLow}`, tooHigh && `above, ${tooHigh}`].filter((part) => part !== null);
  const range = from === to ? `${from} alone` : `${from}–${to}`;
  const text = reasons.length > 0 ? `${range}: ${reasons.join('; ')}` : range;
  return { ...base, low: from, high: to, highest: to, below: tooLow, above: tooHigh, text };
}

/** The value of a window that is nearest to the one in effect; null when there is none or it is in the window already. */
export function nearestInside(windows: readonly BudgetWindow[]): number | null {
  let [low, high, current] = [-Infinity, Infinity, Number.NaN];
  for (const window of windows) {
    if (window.low === null || window.high === null) return null;
    low = Math.max(low, window.low);
    high = Math.min(high, window.high);
    current = window.current;
  }
  if (!(low <= high) || (current >= low && current <= high)) return null;
  // Where the window is wide enough, one step inside it: what lies on its edge has no room to spare.
  const step = windows[0]?.step ?? 0;
  const inside = high - low > 2.5 * step ? step : 0;
  return Number((current < low ? low + inside : high - inside).toFixed(6));
}

function highestOf(high: number | null, budget: Budget): number | null {
  return high === null ? null : valueOf(high, budget);
}

/** The value that a step stands for, without the dust of binary fractions. */
function valueOf(step: number, { step: size }: Budget): number {
  return Number((step * size).toFixed(6));
}

function withBudget(workload: Workload, budget: Budget, step: number): Workload {
  return { ...workload, arguments: { ...workload.arguments, [budget.argument]: valueOf(step, budget) } };
}

/** Whether the cache holds one request of the longest length, and what is needed, at the bad end. */
function holdsEnough(engine: Engine, workload: Workload, estimate: Estimate, need: Need | null): boolean {
  const { memory } = estimate;
  if (memory === null) return false;
  const { kvCacheBytes, kvCacheNeededBytes } = memory;
  const holdsOne = kvCacheBytes.low > 0 && kvCacheBytes.low >= kvCacheNeededBytes.high;
  // A model without a cache needs none.
  const cacheless = kvCacheNeededBytes.high === 0 && kvCacheBytes.high === 0;
  return (holdsOne || cacheless) && serves(need, engine, workload, estimate);
}

/** Whether what stands outside the budget has room, at the bad end. */
function leavesOutside({ memory, stage }: Estimate, minimumFreeBytes: number): boolean {
  return memory !== null && stage !== 'free_memory' && memory.freeBytes.low >= minimumFreeBytes;
}

/** The least step from which on something holds (it must hold from there on), looked for round a guess; null when it never does. */
export function firstStep(holds: (step: number) => boolean, guess: number, least: number, most: number): number | null {
  const start = Math.max(least, Math.min(most, Number.isFinite(guess) ? guess : least));
  let [fails, passes] = [least - 1, most + 1];
  for (let reach = 1, at = start, left = MAX_STEPS; left > 0 && passes - fails > 1; left--, reach *= 2) {
    if (holds(at)) passes = at;
    else fails = at;
    // Outward by doubling until both sides are known, then in halves.
    if (fails < least) at = Math.max(least, passes - reach);
    else if (passes > most) at = Math.min(most, fails + reach);
    else at = Math.floor((fails + passes) / 2);
  }
  return passes > most ? null : passes;
}

/** The last step up to which something holds; null when it never does. */
export function lastStep(holds: (step: number) => boolean, guess: number, least: number, most: number): number | null {
  const mirrored = firstStep((step) => holds(-step), -guess, -most, -least);
  return mirrored === null ? null : -mirrored;
}

/** The part of a window in which everything really fits: other steps of the start-up may bind at one end. */
function narrow(low: number, high: number, fits: (step: number) => boolean): { low: number; high: number } | null {
  const [first, last] = [fits(low), fits(high)];
  if (first && last) return { low, high };
  if (last) return { low: firstStep(fits, low + 1, low, high) ?? high, high };
  if (first) return { low, high: lastStep(fits, high - 1, low, high) ?? low };
  return null;
}

function shortOf(engine: Engine, { memory, effective }: Estimate, need: Need | null): string {
  if (memory === null) return 'the engine refuses it';
  const length = engine.lengthArgument === undefined ? null : effective[engine.lengthArgument];
  const request = typeof length === 'number' ? `one request of ${grouped(length)} tokens` : 'one request';
  if (memory.kvCacheBytes.low <= 0) return 'nothing is left for the KV cache';
  if (memory.kvCacheBytes.low < memory.kvCacheNeededBytes.high) return `the KV cache is too small for ${request}`;
  const tokens = need?.tokens ?? null;
  const each = tokens === null ? `requests of full length` : `requests of ${grouped(tokens)} tokens`;
  return need === null ? `the KV cache is too small` : `the KV cache is too small for ${need.requests} ${each} at once`;
}

function withoutRoom({ memory, stage }: Estimate, minimumFreeBytes: number, { overfull }: Budget): string {
  if (memory === null) return 'the engine refuses it';
  if (overfull !== undefined) return overfull;
  if (stage === 'free_memory') return 'less than that is free when the engine starts';
  const outside = gib(Math.max(0, outsideOf(memory)), 1);
  const declared = minimumFreeBytes > 0 ? ` beside the ${gib(minimumFreeBytes, 1)} that must stay free` : '';
  return `${outside} outside the budget has no room${declared}`;
}

/** What is taken beyond the budget at the bad end, bytes. */
function outsideOf({ totalBytes, freeBytes, budgetBytes }: Memory): number {
  return totalBytes.low - freeBytes.low - budgetBytes.low;
}

function whyNone(
  budget: Budget,
  low: number | null,
  high: number | null,
  at: (step: number) => Estimate,
  goal: Goal,
  engine: Engine,
): string {
  const most = Math.floor(budget.most / budget.step + 1e-9);
  const least = Math.ceil(budget.least / budget.step - 1e-9);
  if (low === null) {
    const { memory } = at(most);
    // One request has room: the need is what is missed, and the launch itself fits with other values too.
    const full =
      memory !== null && memory.kvCacheBytes.low > 0 && memory.kvCacheBytes.low >= memory.kvCacheNeededBytes.high;
    return `no value${full ? ' meets the need' : ''}: even at ${valueOf(most, budget)} ${shortOf(engine, at(most), goal.need)}`;
  }
  if (high === null)
    return `no value: even at ${valueOf(least, budget)} ${withoutRoom(at(least), goal.minimumFreeBytes, budget)}`;
  if (low <= high) return 'no value helps: what is wrong does not depend on it';
  const below = shortOf(engine, at(low - 1), goal.need);
  const above = withoutRoom(at(high + 1), goal.minimumFreeBytes, budget);
  return `no value: below ${valueOf(low, budget)} ${below}, above ${valueOf(high, budget)} ${above}`;
}
