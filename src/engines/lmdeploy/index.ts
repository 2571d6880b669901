import type { Engine } from '../engine.ts';
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
  spread: (gpus) => ({ tp: gpus }),
};
