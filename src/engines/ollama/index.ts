import type { Engine } from '../engine.ts';
import { estimate } from './estimate.ts';
import { knobs } from './knobs.ts';
import { resolve } from './model.ts';
import { ollamaSurface } from './surface.ts';

/** Ollama: how it is started and told what to load, its defaults, and its own layout of a model over GPU and CPU. */
export const ollama: Engine = {
  id: 'ollama',
  title: 'Ollama',
  ...ollamaSurface,
  drafterOf: () => null,
  resolve,
  estimate,
  knobs,
  spread: () => ({ sched_spread: true }),
};
