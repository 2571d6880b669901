import type { Engine } from '../engine.ts';
import { estimate } from './estimate.ts';
import { budget, knobs } from './knobs.ts';
import { trtllmSurface } from './surface.ts';

/** TensorRT-LLM's PyTorch backend: its argument surface, how it sizes its cache, and the levers that change it. */
export const tensorrtLlm: Engine = {
  id: 'tensorrt-llm',
  title: 'TensorRT-LLM',
  ...trtllmSurface,
  drafterOf: () => null,
  estimate,
  knobs,
  budget,
  lengthArgument: 'max_seq_len',
  spread: (gpus) => ({ tp_size: gpus }),
};
