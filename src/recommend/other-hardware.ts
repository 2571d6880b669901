import type { ArgumentValue } from '../deployment.ts';
import type { Engine, Workload } from '../engines/engine.ts';
import type { Estimate } from '../estimate.ts';
import type { Gpu, Target } from '../hardware/gpu.ts';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import { servingGpus } from '../hardware/survey.ts';
import type { Alternative } from '../recommendation.ts';
import type { Case } from './search.ts';
import { printSettings } from './summary.ts';
import { type Goal, isAdvisable } from './goal.ts';
import { nearestInside, windowOf } from './window.ts';

export interface HardwareInput {
  readonly engine: Engine;
  readonly hardware: HardwareCatalogue;
  readonly goal: Goal;
  /** GPUs that the team declared besides those that the deployment must fit. */
  readonly declared: readonly Target[];
}

type Settings = Readonly<Record<string, ArgumentValue>>;

/** More GPUs than this is another design. */
const COUNTS = [2, 4, 8, 16] as const;

/**
 * Hardware on which a case passes as it is written: a declared GPU, more of the same, the smallest of the usual serving
 * GPUs that holds it, several of those; at most one of each kind, the nearest first.
 */
export function otherHardware(
  worst: Case,
  { engine, hardware, goal, declared }: HardwareInput,
): readonly Alternative[] {
  const here = worst.workload.target;
  const isShare = engine.knobs.some(({ argument, kind }) => argument === engine.budget?.argument && kind === 'reserve');
  const on = (target: Target, settings: Settings, spread: boolean): Alternative | null => {
    const gpusAskedFor = target.count === here.count ? (worst.workload.gpusAskedFor ?? null) : target.count;
    const workload = {
      ...worst.workload,
      target,
      gpusAskedFor,
      arguments: { ...worst.workload.arguments, ...settings },
    };
    const estimate = engine.estimate(workload);
    if (isAdvisable(goal, engine, workload, estimate))
      return wayOf(worst.workload, workload, settings, estimate, spread);
    // A share that was written for one GPU may be too much or too little for another; layers on the CPU are no such share.
    const window = isShare ? windowOf(engine, workload, estimate, goal) : null;
    const value = window === null ? null : nearestInside([window]);
    if (window === null || value === null) return null;
    const adjusted = { ...settings, [window.argument]: value };
    const again = { ...workload, arguments: { ...workload.arguments, ...adjusted } };
    return wayOf(worst.workload, again, adjusted, engine.estimate(again), spread);
  };
  const alone = (targets: readonly Target[]): Alternative | null => first(targets, (target) => on(target, {}, false));
  const several = (gpu: Gpu, visibleBytes: number | null): Alternative | null =>
    first(
      COUNTS.filter((count) => gpu.id !== here.gpu.id || count > worst.estimate.gpusNeeded),
      (count) => {
        const settings = engine.spread(count);
        if (settings === null) return null;
        const target = { ...here, gpu, count, visibleBytes };
        return on(target, settings, true);
      },
    );
  const bigger = biggerThan(here.gpu, hardware);
  const own = alone(declared.filter((target) => target.gpu.id !== here.gpu.id).toSorted(bySize));
  const more = several(here.gpu, here.visibleBytes);
  const single = own ?? alone(bigger.map((gpu) => ({ ...here, gpu, visibleBytes: null, takenByOthersBytes: 0 })));
  const ways = [own, more, own === null ? single : null].filter((way) => way !== null);
  if (ways.length > 0) return ways;
  const spreadOut = first(bigger, (gpu) => several(gpu, null));
  return spreadOut === null ? [] : [spreadOut];
}

/** `l40s-48gb as it is`, `2 × l4-24gb with tensor_parallel_size: 2`. */
function wayOf(
  before: Workload,
  { target }: Workload,
  settings: Settings,
  estimate: Estimate,
  spread: boolean,
): Alternative {
  const changes = Object.entries(settings).map(([argument, to]) => {
    return { argument, from: before.arguments[argument] ?? null, to };
  });
  // An engine that spreads itself needs no number; what it is spread over is the count.
  const taken = Math.max(estimate.gpusNeeded, changes.length > 0 && spread ? (target.count ?? 1) : 1);
  const gpus = `${taken > 1 ? `${taken} × ` : ''}${target.gpu.id}`;
  const what = changes.length === 0 ? `${gpus} as it is` : `${gpus} with ${printSettings(settings)}`;
  return { what, changes, cost: 'other hardware', freedBytes: null, ...served(estimate) };
}

/** Usual serving GPUs of the vendor with more memory, smallest first; those of the whole catalogue where none is. */
function biggerThan(here: Gpu, hardware: HardwareCatalogue): readonly Gpu[] {
  const larger = (gpu: Gpu): boolean =>
    gpu.mig === null && gpu.vendor === here.vendor && !gpu.unifiedMemory && gpu.visibleBytes > here.visibleBytes;
  const usual = servingGpus(here.vendor, hardware).filter(larger);
  return (usual.length > 0 ? usual : hardware.gpus.filter(larger)).toSorted((a, b) => a.visibleBytes - b.visibleBytes);
}

function bySize(a: Target, b: Target): number {
  return a.gpu.visibleBytes - b.gpu.visibleBytes;
}

function first<T, R>(values: readonly T[], of: (value: T) => R | null): R | null {
  for (const value of values) {
    const result = of(value);
    if (result !== null) return result;
  }
  return null;
}

/** What stays free, and requests at once, at the bad end. */
export function served({ memory }: Estimate): Pick<Alternative, 'freeBytes' | 'concurrency'> {
  return { freeBytes: memory?.freeBytes.low ?? 0, concurrency: memory?.maxConcurrency.low ?? 0 };
}
