import type { Gpu } from './gpu.ts';
import type { HardwareCatalogue } from './lookup.ts';

/** Farther from what the catalogue says than hosts of one GPU are from each other. */
const MOST_APART_FRACTION = 0.015;

/**
 * The whole GPU whose memory is nearest to an amount in bytes, as CUDA shows it; null when none is near. One whose memory was
 * never seen is not known by it.
 */
export function nearestByMemory(bytes: number, { gpus }: HardwareCatalogue): Gpu | null {
  const whole = gpus.filter(
    ({ mig, unifiedMemory, visibleMeasured }) => mig === null && !unifiedMemory && visibleMeasured,
  );
  const apart = ({ visibleBytes }: Gpu): number => Math.abs(visibleBytes / bytes - 1);
  const [nearest] = whole.toSorted((a, b) => apart(a) - apart(b));
  return nearest && apart(nearest) <= MOST_APART_FRACTION ? nearest : null;
}
