import type { Engine } from '../engine.ts';
import { vllm } from '../vllm/index.ts';
import { estimate } from './estimate.ts';
import { resolve } from './model-names.ts';
import { nimSurface } from './surface.ts';

/** NVIDIA NIM's containers for language models: vLLM behind variables and images of their own. */
export const nim: Engine = {
  id: 'nim',
  title: 'NVIDIA NIM',
  ...nimSurface,
  drafterOf: vllm.drafterOf,
  resolve,
  estimate,
  knobs: vllm.knobs,
  ...(vllm.budget && { budget: vllm.budget }),
  lengthArgument: 'max_model_len',
  ...(vllm.stagesArgument !== undefined && { stagesArgument: vllm.stagesArgument }),
  ...(vllm.expertRanks && { expertRanks: vllm.expertRanks }),
  spread: vllm.spread,
};
