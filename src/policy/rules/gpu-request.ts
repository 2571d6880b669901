import { targetName } from '../../hardware/gpu.ts';
import { findGpu } from '../../hardware/lookup.ts';
import { isSharedName } from '../../hardware/names.ts';
import { gpusFor } from '../terms.ts';
import type { Rule } from './rule.ts';

export const fewerGpusThanNeeded: Rule = {
  id: 'fewer-gpus-than-needed',
  severity: 'error',
  what: 'The config asks for fewer GPUs than its parallel sizes take together.',
  why: 'The engine refuses to start: the world size is larger than the GPUs it sees.',
  remedy: 'Ask for as many GPUs as tensor × pipeline × data parallel size, or lower these.',
  check({ deployment, targets }) {
    const { count, nodes } = deployment.gpuRequest;
    const needed = Math.max(0, ...targets.map(({ estimate }) => estimate.gpusNeeded));
    if (count === null || count.value * nodes >= needed) return [];
    // Over how many nodes it is spread, only whoever starts it knows.
    if (nodes === 1 && deployment.unresolved.some(({ name }) => name === 'nnodes')) return [];
    const asked =
      nodes > 1 ? `${count.value} GPUs on each of ${nodes} nodes` : `${count.value} GPU${count.value === 1 ? '' : 's'}`;
    return [
      {
        place: count.place,
        message: `Asks for ${asked}, but its parallel sizes take ${needed}.`,
        remedy: this.remedy,
      },
    ];
  },
};

export const gpuNotInCatalogue: Rule = {
  id: 'gpu-not-in-catalogue',
  severity: 'warning',
  what: 'The config names a GPU that the catalogue does not know.',
  why: 'Its memory is unknown, so the deployment cannot be judged on it.',
  remedy: 'Declare the GPU in the policy with `memory-gib`, or use a name that `headroom gpus` lists.',
  check({ deployment, hardware }) {
    const { name } = deployment.gpuRequest;
    // `amd.com/gpu` is what Kubernetes calls any GPU of a vendor, and charts write the vendor alone.
    if (name === null || deployment.device !== 'gpu' || /^(?:nvidia|amd)(?:\.com\/gpu)?$/i.test(name.value)) return [];
    const match = findGpu(name.value, hardware);
    if ('gpu' in match) return [];
    const near = match.suggestions.length > 0 ? ` Near: ${match.suggestions.join(', ')}.` : '';
    return [{ place: name.place, message: `GPU '${name.value}' is not in the catalogue.${near}`, remedy: this.remedy }];
  },
};

export const gpuNotDeclared: Rule = {
  id: 'gpu-not-declared',
  severity: 'warning',
  what: 'The config names a GPU that is not in the declared matrix.',
  why: 'It may ask for hardware that the team does not have.',
  remedy: 'Add the GPU to the policy, or name one of the declared ones.',
  check({ deployment, targets, policy }) {
    const { name } = deployment.gpuRequest;
    const declared = gpusFor(policy, deployment);
    if (name === null || declared.length === 0) return [];
    return targets
      .filter(({ target }) => target.origin === 'config' && !declared.some(({ gpu }) => gpu.id === target.gpu.id))
      .map(({ target }) => ({
        place: name.place,
        message: `${targetName(target)} is not among the declared GPUs (${declared.map(targetName).join(', ')}).`,
        remedy: this.remedy,
      }));
  },
};

export const gpuNameAmbiguous: Rule = {
  id: 'gpu-name-ambiguous',
  severity: 'info',
  what: 'The config names a GPU in a way that several of the catalogue share (`A100` comes with 40 and 80 GB).',
  why: 'The one with the least memory is taken, so that nothing fits by mistake; on the larger one the figures are better.',
  remedy: 'Name the memory too (`A100-80GB`), or declare the GPU in the policy with `memory-gib`.',
  check({ deployment, hardware }) {
    const { name } = deployment.gpuRequest;
    const match = name === null ? null : findGpu(name.value, hardware);
    if (name === null || match === null || !('gpu' in match) || match.alsoNamed.length === 0) return [];
    const message = `'${name.value}' may be ${[match.gpu.id, ...match.alsoNamed].join(', ')}; judged on ${match.gpu.id}.`;
    return [{ place: name.place, message, remedy: this.remedy }];
  },
};

export const gpuTimeSliced: Rule = {
  id: 'gpu-time-sliced',
  severity: 'warning',
  what: 'The config asks for a GPU that other pods use in turns (time-slicing), and the policy does not say what they take of it.',
  why: 'Time-slicing divides no memory: what fits alone finds too little beside a neighbour, and which of them fails changes from start to start.',
  remedy:
    'Declare what the others hold as `taken-gib` of the GPU in the policy, or ask for a GPU or a MIG slice for this launch alone.',
  check({ deployment, targets }) {
    const { name, shared, count } = deployment.gpuRequest;
    const sign = shared ?? (name && isSharedName(name.value) ? name : null);
    const counted = targets.filter(({ gated }) => gated);
    const told = counted.length > 0 && counted.every(({ target }) => target.takenByOthersBytes > 0);
    if (sign === null || told) return [];
    const several = count && count.value > 1 ? ` Its ${count.value} shares may be of one GPU.` : '';
    const message = `Other pods use its GPU too (${sign.value}), and the figures count the whole memory.${several}`;
    return [{ place: sign.place, message, remedy: this.remedy }];
  },
};
