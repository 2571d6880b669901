import type { Engine } from '../engine.ts';
import { firstWritten } from '../written-sizes.ts';
import { estimate } from './estimate.ts';
import { knobs } from './knobs.ts';
import { readStartUpLog } from './start-up-log.ts';
import { tgiSurface } from './surface.ts';

/** Text Generation Inference: its argument surface, its warm-up's accounting, and the levers that change it. */
export const tgi: Engine = {
  id: 'tgi',
  title: 'Text Generation Inference',
  ...tgiSurface,
  drafterOf: () => null,
  readStartUpLog,
  learns: { parts: ['weightsBytes'], drafterInWeights: false },
  estimate,
  knobs,
  lengthArgument: 'max_total_tokens',
  drafts: (args) => firstWritten(args, 'speculate'),
  spread: (gpus) => ({ num_shard: gpus }),
};
