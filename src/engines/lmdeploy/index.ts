import type { Engine } from '../engine.ts';
import { firstWritten } from '../written-sizes.ts';
import { estimate } from './estimate.ts';
import { budget, knobs } from './knobs.ts';
import { lmdeploySurface } from './surface.ts';

/** LMDeploy: its argument surface, the accounting of both its engines, and the levers that change it. */
export const lmdeploy: Engine = {
  id: 'lmdeploy',
  title: 'LMDeploy',
  ...lmdeploySurface,
  drafterOf: () => null,
  estimate,
  knobs,
  budget,
  lengthArgument: 'session_len',
  drafts: (args) =>
    args['speculative_algorithm'] === undefined ? null : firstWritten(args, 'speculative_num_draft_tokens'),
  expertRanks: (args) => firstWritten(args, 'ep'),
  spread: (gpus) => ({ tp: gpus }),
};
