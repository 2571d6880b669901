import type { Engine } from '../engine.ts';
import { estimate } from './estimate.ts';
import { knobs, utilization } from './knobs.ts';
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
  estimate,
  knobs,
  budget: utilization,
  lengthArgument: 'max_model_len',
  allocatorVariables: ['PYTORCH_CUDA_ALLOC_CONF', 'PYTORCH_ALLOC_CONF'],
  spread: (gpus) => ({ tensor_parallel_size: gpus }),
};
