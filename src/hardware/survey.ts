import type { Gpu, Target } from './gpu.ts';
import type { HardwareCatalogue } from './lookup.ts';

/** The GPUs that most serving fleets are made of, one per memory size on the market, smallest first. */
const SERVING_GPUS: Readonly<Record<Gpu['vendor'], readonly string[]>> = {
  nvidia: [
    't4-16gb',
    'l4-24gb',
    'a100-40gb-sxm',
    'l40s-48gb',
    'h100-80gb-sxm',
    'a100-80gb-sxm',
    'h200-141gb-sxm',
    'b200-180gb',
  ],
  amd: ['mi210-64gb', 'mi300x-192gb', 'mi325x-256gb', 'mi355x-288gb'],
  intel: [],
};

/** The usual serving GPUs of a vendor, smallest first. */
export function servingGpus(vendor: Gpu['vendor'], { gpus }: HardwareCatalogue): Gpu[] {
  return SERVING_GPUS[vendor].flatMap((id) => gpus.filter((gpu) => gpu.id === id));
}

/** Targets for a deployment that names no GPU in a repository that declares none: information, never a failure. */
export function commonTargets(catalogue: HardwareCatalogue): Target[] {
  return servingGpus('nvidia', catalogue).map(surveyTarget);
}

/** One target for every whole GPU of the catalogue, smallest first; who wants a slice of one names it. */
export function everyTarget(catalogue: HardwareCatalogue): Target[] {
  return catalogue.gpus
    .filter(({ mig }) => mig === null)
    .sort((a, b) => a.visibleBytes - b.visibleBytes || (a.id < b.id ? -1 : 1))
    .map(surveyTarget);
}

function surveyTarget(gpu: Gpu): Target {
  return { gpu, count: null, visibleBytes: null, takenByOthersBytes: 0, origin: 'survey' };
}
