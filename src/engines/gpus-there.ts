import type { Target } from '../hardware/gpu.ts';

/** Why not every rank of a node finds a GPU of its own; null where all do, or where nobody says how many there are. */
export function tooFewGpus(ranks: number, { gpu, count }: Target): string | null {
  // A process sees one slice, whatever is named to it: the MIG User Guide's CUDA Device Enumeration as we remember it, not looked up.
  if (ranks > 1 && gpu.mig !== null) return `It spreads over ${ranks} GPUs, and CUDA shows a process one MIG slice`;
  if (count === null || ranks <= count) return null;
  return `It spreads over ${ranks} GPUs, and ${count === 1 ? '1 is' : `${count} are`} there`;
}
