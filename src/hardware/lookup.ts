import { nearest } from '../nearest.ts';
import type { Gpu, Target } from './gpu.ts';

interface Instance {
  readonly cloud: string;
  readonly type: string;
  readonly gpu: string;
  readonly count: number;
}

/** GPUs and cloud instance types, as the catalogue holds them. */
export interface HardwareCatalogue {
  readonly gpus: readonly Gpu[];
  readonly instances: readonly Instance[];
}

/** A name that the catalogue knows, with the count that the name itself states (an instance type), else null. */
export interface GpuMatch {
  readonly gpu: Gpu;
  readonly count: number | null;
  /** Other GPUs that go by the same name. The match is the one with the least memory, so that nothing fits by mistake. */
  readonly alsoNamed: readonly string[];
}

/** A name that nothing matches, with the nearest names. */
interface NoGpu {
  readonly name: string;
  readonly suggestions: readonly string[];
}

/**
 * Finds a GPU by any spelling: catalogue id, marketing name, what nvidia-smi prints, Kubernetes product label,
 * cloud accelerator, MIG resource or instance type. Case, spaces, dashes and vendor words do not matter.
 */
export function findGpu(name: string, catalogue: HardwareCatalogue): GpuMatch | NoGpu {
  const { names, instances } = indexOf(catalogue);
  const found = names.get(keyOf(name));
  if (found?.[0]) {
    const [gpu, ...others] = found;
    return { gpu, count: null, alsoNamed: others.map((other) => other.id) };
  }
  const instance = instances.get(name.trim().toLowerCase());
  if (instance) return { gpu: instance.gpu, count: instance.count, alsoNamed: [] };
  return { name, suggestions: suggestionsFor(name, catalogue) };
}

/**
 * A target from `name` or `name:count`, as the command line and the policy write it.
 * @returns a problem in words when the name is unknown or the count is not a whole number of at least 1.
 */
export function parseTarget(
  text: string,
  catalogue: HardwareCatalogue,
  origin: Target['origin'],
): Target | { readonly problem: string; readonly suggestions: readonly string[] } {
  const colon = text.lastIndexOf(':');
  const name = colon === -1 ? text : text.slice(0, colon);
  const count = colon === -1 ? null : Number(text.slice(colon + 1));
  const match = findGpu(name, catalogue);
  if (!('gpu' in match)) return { problem: `unknown GPU '${name}'`, suggestions: match.suggestions };
  if (count !== null && !(Number.isInteger(count) && count >= 1 && count <= 100_000)) {
    return { problem: `'${text.slice(colon + 1)}' is not a number of GPUs`, suggestions: [`${name}:1`, `${name}:8`] };
  }
  return { gpu: match.gpu, count: count ?? match.count, visibleBytes: null, takenByOthersBytes: 0, origin };
}

interface Index {
  readonly names: ReadonlyMap<string, readonly Gpu[]>;
  readonly instances: ReadonlyMap<string, { readonly gpu: Gpu; readonly count: number }>;
}

const indexes = new WeakMap<HardwareCatalogue, Index>();

function indexOf(catalogue: HardwareCatalogue): Index {
  const known = indexes.get(catalogue);
  if (known) return known;
  const names = new Map<string, Gpu[]>();
  for (const gpu of catalogue.gpus) {
    for (const key of new Set([gpu.id, ...gpu.names].map(keyOf))) {
      names.set(
        key,
        [...(names.get(key) ?? []), gpu].sort((a, b) => a.visibleBytes - b.visibleBytes),
      );
    }
  }
  const byId = new Map(catalogue.gpus.map((gpu) => [gpu.id, gpu]));
  const instances = new Map<string, { gpu: Gpu; count: number }>();
  for (const instance of catalogue.instances) {
    const gpu = byId.get(instance.gpu);
    if (gpu) instances.set(instance.type.toLowerCase(), { gpu, count: instance.count });
  }
  const index = { names, instances };
  indexes.set(catalogue, index);
  return index;
}

/** Ids of the GPUs (and instance types) with the nearest spelling of any kind, nearest first. */
function suggestionsFor(name: string, catalogue: HardwareCatalogue): string[] {
  const idOf = new Map<string, string>();
  for (const gpu of catalogue.gpus) for (const spelling of [gpu.id, ...gpu.names]) idOf.set(spelling, gpu.id);
  for (const instance of catalogue.instances) idOf.set(instance.type, instance.type);
  const near = nearest(name, idOf.keys(), keyOf, 12);
  return [...new Set(near.map((spelling) => idOf.get(spelling) ?? spelling))].slice(0, 5);
}

/** `NVIDIA-A100-SXM4-80GB`, `a100 sxm4 80gb` and `nvidia.com/…` spellings meet here; digits and dots stay. */
function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.com\//g, '')
    .replace(/nvidia|geforce|tesla|amd|instinct|gpu/g, '')
    .replace(/[^a-z0-9.]/g, '');
}
