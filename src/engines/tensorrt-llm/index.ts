import type { Engine } from '../engine.ts';
import { firstWritten } from '../written-sizes.ts';
import { estimate } from './estimate.ts';
import { budget, knobs } from './knobs.ts';
import { readStartUpLog } from './start-up-log.ts';
import { trtllmSurface } from './surface.ts';

/** TensorRT-LLM's PyTorch backend: its argument surface, how it sizes its cache, and the levers that change it. */
export const tensorrtLlm: Engine = {
  id: 'tensorrt-llm',
  title: 'TensorRT-LLM',
  ...trtllmSurface,
  drafterOf: () => null,
  readStartUpLog,
  learns: { parts: ['weightsBytes'], drafterInWeights: false },
  estimate,
  knobs,
  budget,
  lengthArgument: 'max_seq_len',
  drafts: (args) =>
    firstWritten(args, 'speculative_config.max_draft_len', 'speculative_config.num_nextn_predict_layers'),
  stagesArgument: 'pp_size',
  expertRanks: (args) => firstWritten(args, 'ep_size'),
  spread: (gpus) => ({ tp_size: gpus }),
};
