import type { Target } from './gpu.ts';
import type { HardwareCatalogue } from './lookup.ts';

/** The GPUs that most serving fleets are made of, one per memory size on the market, smallest first. */
const COMMON_SERVING_GPUS = [
  't4-16gb',
  'l4-24gb',
  'a100-40gb-sxm',
  'l40s-48gb',
  'h100-80gb-sxm',
  'a100-80gb-sxm',
  'h200-141gb-sxm',
  'b200-180gb',
];

/** Targets for a deployment that names no GPU in a repository that declares none: information, never a failure. */
export function commonTargets(catalogue: HardwareCatalogue): Target[] {
  return COMMON_SERVING_GPUS.flatMap((id) => catalogue.gpus.filter((gpu) => gpu.id === id).map(surveyTarget));
}

/** One target for every whole GPU of the catalogue, smallest first; who wants a slice of one names it. */
export function everyTarget(catalogue: HardwareCatalogue): Target[] {
  return catalogue.gpus
    .filter(({ mig }) => mig === null)
    .sort((a, b) => a.visibleBytes - b.visibleBytes || (a.id < b.id ? -1 : 1))
    .map(surveyTarget);
}

function surveyTarget(gpu: Target['gpu']): Target {
  return { gpu, count: null, visibleBytes: null, takenByOthersBytes: 0, origin: 'survey' };
}
