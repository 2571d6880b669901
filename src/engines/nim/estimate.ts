import type { Estimate } from '../../estimate.ts';
import type { Workload } from '../engine.ts';
import { vllm } from '../vllm/index.ts';

/** What a NIM may take beyond vLLM's estimate before nobody calls it certain: 1.x chooses between engines and builds at start-up. */
const MARGIN = 0.1;
/** Share of the total memory where no variable says it (docs.nvidia.com/nim, `NIM_KVCACHE_PERCENT`). */
const SHARE = 0.9;

/**
 * A NIM as the vLLM inside it (2.x, and most of 1.x): the variables stand for vLLM's options, and the share is of the total
 * memory. Which engine and precision 1.x chooses is not in the config, so that it fits for certain only with room to spare.
 */
export function estimate(workload: Workload): Estimate {
  const { model_profile: profile, ...given } = workload.arguments;
  const args = { gpu_memory_utilization: SHARE, tensor_parallel_size: ranksOn(workload), ...given };
  const inside: Workload = { ...workload, arguments: args, engineVersion: null };
  const own = vllm.estimate(inside);
  const major = Number(/^v?(\d{1,2})\./.exec(workload.engineVersion ?? '')?.[1] ?? 1);
  const notes = [
    'judged as the newest vLLM that is known: NIM does not state which engine its images hold',
    ...own.notes.filter((note) => !note.includes('version is not stated')),
  ];
  const quoted = { ...own, notes };
  if (profile !== undefined)
    return { ...quoted, ...unknown(`the profile ${String(profile).slice(0, 80)} decides engine and precision`) };
  if (major >= 2) return quoted;
  if (own.verdict === 'fails' && mayTakeFp8(inside))
    return { ...quoted, ...unknown('NIM 1.x may choose a build in FP8 for this GPU; in 16 bits it does not fit') };
  if (own.verdict !== 'fits') return quoted;
  const share = Number(args['gpu_memory_utilization']);
  const closer = vllm.estimate({
    ...inside,
    arguments: { ...args, gpu_memory_utilization: Math.max(0.05, Math.round((share - MARGIN) * 100) / 100) },
  });
  return closer.verdict === 'fits'
    ? quoted
    : {
        ...quoted,
        ...unknown('NIM 1.x chooses engine and precision when it starts, and not every choice surely fits'),
      };
}

/** Whether the model would not fail in FP8, for which NIM brings builds where the GPU has it. */
function mayTakeFp8(workload: Workload): boolean {
  const { target, model, arguments: args } = workload;
  if (!target.gpu.fp8 || model.architecture.quantization !== null || args['quantization'] !== undefined) return false;
  return vllm.estimate({ ...workload, arguments: { ...args, quantization: 'fp8' } }).verdict !== 'fails';
}

/** Ranks where no variable says it: NIM takes a profile for the GPUs that it sees. */
function ranksOn({ target, model }: Workload): number {
  const heads = model.architecture.attentionHeads;
  return [8, 4, 2].find((ranks) => ranks <= (target.count ?? 1) && heads % ranks === 0) ?? 1;
}

function unknown(message: string): Pick<Estimate, 'verdict' | 'stage' | 'message' | 'quotesEngine' | 'memory'> {
  return { verdict: 'unknown', stage: null, message, quotesEngine: false, memory: null };
}
