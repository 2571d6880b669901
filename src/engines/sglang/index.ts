import type { Engine } from '../engine.ts';
import { estimate } from './estimate.ts';
import { sglangSurface } from './surface.ts';

/** SGLang: its argument surface, its memory accounting by version, and the levers that change it. */
export const sglang: Engine = {
  id: 'sglang',
  title: 'SGLang',
  ...sglangSurface,
  drafterOf: () => null,
  estimate,
  knobs: [],
  spread: (gpus) => ({ tp_size: gpus }),
};
