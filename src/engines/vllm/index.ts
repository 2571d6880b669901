import type { Engine } from '../engine.ts';
import { estimate } from './estimate.ts';
import { knobs, utilization } from './knobs.ts';
import { drafterOf } from './speculative.ts';
import { vllmSurface } from './surface.ts';

/** vLLM: its argument surface, its memory accounting by version, and the levers that change it. */
export const vllm: Engine = {
  id: 'vllm',
  title: 'vLLM',
  ...vllmSurface,
  drafterOf,
  estimate,
  knobs,
  budget: utilization,
  lengthArgument: 'max_model_len',
  spread: (gpus) => ({ tensor_parallel_size: gpus }),
};
