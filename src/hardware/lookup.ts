import { nearest } from '../nearest.ts';
import type { Gpu, Target } from './gpu.ts';
import { countedName, instanceKeyOf, keyOf, sizedName, sliceName, virtualName } from './names.ts';
import { virtualGpu } from './virtual.ts';

interface Instance {
  readonly cloud: string;
  readonly type: string;
  /** Id of its GPU, or of the part of one that it gets. */
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
 * cloud accelerator, MIG slice, virtual GPU or instance type, with its count or memory beside it (`8xH100`, `RTX 3090 24GB`).
 * Case, spaces, dashes and vendor words do not matter.
 */
export function findGpu(name: string, catalogue: HardwareCatalogue): GpuMatch | NoGpu {
  const index = indexOf(catalogue);
  const own = named(name, index);
  if (own) return own;
  const counted = countedName(name);
  const one = counted && named(counted.name, index);
  if (counted && one) return { ...one, count: counted.count * (one.count ?? 1) };
  return { name, suggestions: suggestionsFor(name, catalogue) };
}

/** The GPU that has exactly this id; virtual GPUs have one without a row of the catalogue. */
export function gpuOfId(id: string, catalogue: HardwareCatalogue): Gpu | null {
  const match = named(id, indexOf(catalogue));
  return match?.gpu.id === id ? match.gpu : null;
}

function named(name: string, index: Index): GpuMatch | null {
  return (
    matchOf(slicesNamed(name, index)) ??
    matchOf(index.names.get(keyOf(name))) ??
    instanceNamed(name, index) ??
    matchOf(sizedAs(name, index)) ??
    matchOf(virtualNamed(name, index))
  );
}

function instanceNamed(name: string, index: Index): GpuMatch | null {
  const instance = index.instances.get(instanceKeyOf(name));
  const match = instance ? named(instance.gpu, index) : null;
  return instance && match ? { ...match, count: instance.count } : null;
}

function matchOf(found: readonly Gpu[] = []): GpuMatch | null {
  const [gpu, ...others] = found;
  return gpu ? { gpu, count: null, alsoNamed: others.map((other) => other.id) } : null;
}

/** The slices of a profile on the cards that a name means, the smallest first; those of any card where it names none. */
function slicesNamed(name: string, { names, slices, twins }: Index): readonly Gpu[] {
  const asked = sliceName(name);
  const ofProfile = asked === null ? [] : (slices.get(asked.profile) ?? []);
  if (asked === null || asked.parent === '') return ofProfile;
  const parents = names.get(keyOf(asked.parent)) ?? [];
  const own = ofProfile.filter(({ mig }) => parents.some(({ id }) => id === mig?.parent));
  if (own.length > 0) return own;
  // The PCIe card of a chip is cut like the SXM module with as much memory.
  const alike = parents.flatMap((parent) => (twins.get(twinKeyOf(parent)) ?? []).map(({ id }) => id));
  return ofProfile.filter(({ mig }) => mig !== null && alike.includes(mig.parent));
}

/** The cards of a name that have the memory it states, as marketed or near that (`B200 192GB` is sold with 180 too). */
function sizedAs(name: string, { names }: Index): readonly Gpu[] {
  const sized = sizedName(name);
  const ofName = sized === null ? [] : (names.get(keyOf(sized.name)) ?? []);
  return ofName.filter(({ nominalGb }) => sized !== null && Math.abs(nominalGb / sized.nominalGb - 1) <= 0.1);
}

/** A virtual GPU on the smallest board of the name that its frame buffer fits. */
function virtualNamed(name: string, { names }: Index): readonly Gpu[] {
  const asked = virtualName(name);
  const boards = asked === null ? [] : (names.get(keyOf(asked.board)) ?? []);
  const board = boards.find(({ vendor, mig, nominalGb }) => {
    return vendor === 'nvidia' && mig === null && asked !== null && asked.frameBufferGib <= nominalGb;
  });
  return board && asked ? [virtualGpu(board, asked)] : [];
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
  /** MIG slices by their profile. */
  readonly slices: ReadonlyMap<string, readonly Gpu[]>;
  /** Cards of one chip and one size of memory, by `twinKeyOf`. */
  readonly twins: ReadonlyMap<string, readonly Gpu[]>;
  readonly instances: ReadonlyMap<string, Instance>;
}

const indexes = new WeakMap<HardwareCatalogue, Index>();

function indexOf(catalogue: HardwareCatalogue): Index {
  const known = indexes.get(catalogue);
  if (known) return known;
  const names = new Map<string, Gpu[]>();
  const slices = new Map<string, Gpu[]>();
  const twins = new Map<string, Gpu[]>();
  const add = (map: Map<string, Gpu[]>, key: string, gpu: Gpu): void => {
    const found = map.get(key);
    if (found) found.push(gpu);
    else map.set(key, [gpu]);
  };
  for (const gpu of catalogue.gpus.toSorted((a, b) => a.visibleBytes - b.visibleBytes)) {
    for (const key of new Set([gpu.id, ...gpu.names].map(keyOf))) add(names, key, gpu);
    if (gpu.mig) add(slices, gpu.mig.profile, gpu);
    else add(twins, twinKeyOf(gpu), gpu);
  }
  const instances = new Map(catalogue.instances.map((instance) => [instanceKeyOf(instance.type), instance]));
  const index = { names, slices, twins, instances };
  indexes.set(catalogue, index);
  return index;
}

function twinKeyOf({ arch, computeCapability, nominalGb }: Gpu): string {
  return `${arch} ${computeCapability} ${nominalGb}`;
}

/** Ids of the GPUs (and instance types) with the nearest spelling of any kind, nearest first. */
function suggestionsFor(name: string, catalogue: HardwareCatalogue): string[] {
  const idOf = new Map<string, string>();
  for (const gpu of catalogue.gpus) for (const spelling of [gpu.id, ...gpu.names]) idOf.set(spelling, gpu.id);
  for (const instance of catalogue.instances) idOf.set(instance.type, instance.type);
  const near = nearest(name, idOf.keys(), keyOf, 12);
  return [...new Set(near.map((spelling) => idOf.get(spelling) ?? spelling))].slice(0, 5);
}
