import type { Engine } from '../engine.ts';
import { sizeIn } from '../written-sizes.ts';
import { estimate } from './estimate.ts';
import { knobs, utilization } from './knobs.ts';
import { releasesOf } from './option-releases.ts';
import { drafterOf } from './speculative.ts';
import { readStartUpLog } from './start-up-log.ts';
import { vllmSurface } from './surface.ts';

/** vLLM: its argument surface, its memory accounting by version, and the levers that change it. */
export const vllm: Engine = {
  id: 'vllm',
  title: 'vLLM',
  ...vllmSurface,
  drafterOf,
  readStartUpLog,
  learns: { parts: ['weightsBytes', 'activationBytes', 'nonTorchBytes', 'cudaGraphBytes'], drafterInWeights: true },
  estimate,
  knobs,
  budget: utilization,
  lengthArgument: 'max_model_len',
  allocatorVariables: ['PYTORCH_CUDA_ALLOC_CONF', 'PYTORCH_ALLOC_CONF'],
  releasesOf,
  stagesArgument: 'pipeline_parallel_size',
  expertRanks(args) {
    if (args['enable_expert_parallel'] !== true) return null;
    const value = (sizeIn(args, 'tensor_parallel_size') ?? 1) * (sizeIn(args, 'data_parallel_size') ?? 1);
    return { argument: 'enable_expert_parallel', value };
  },
  spread: (gpus) => ({ tensor_parallel_size: gpus }),
};
