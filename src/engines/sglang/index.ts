import type { Engine } from '../engine.ts';
import { estimate } from './estimate.ts';
import { budget, knobs } from './knobs.ts';
import { drafterOf } from './speculation.ts';
import { readStartUpLog } from './start-up-log.ts';
import { sglangSurface } from './surface.ts';

/** SGLang: its argument surface, its memory accounting by version, and the levers that change it. */
export const sglang: Engine = {
  id: 'sglang',
  title: 'SGLang',
  ...sglangSurface,
  drafterOf,
  readStartUpLog,
  estimate,
  knobs,
  budget,
  lengthArgument: 'context_length',
  allocatorVariables: ['PYTORCH_CUDA_ALLOC_CONF', 'PYTORCH_ALLOC_CONF'],
  spread: (gpus) => ({ tp_size: gpus }),
};
