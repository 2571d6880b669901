import type { Target } from '../hardware/gpu.ts';

/** Why not every rank of a node finds a GPU of its own; null where all do, or where nobody says how many there are. */
export function tooFewGpus(ranks: number, { count }: Target): string | null {
  if (count === null || ranks <= count) return null;
  return `It spreads over ${ranks} GPUs, and ${count === 1 ? '1 is' : `${count} are`} there`;
}
