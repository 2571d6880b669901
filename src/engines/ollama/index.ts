import type { Engine } from '../engine.ts';
import { ollamaSurface } from './surface.ts';

/** Ollama: how it is started and told what to load, its defaults, and its own layout of a model over GPU and CPU. */
export const ollama: Engine = {
  id: 'ollama',
  title: 'Ollama',
  ...ollamaSurface,
  drafterOf: () => null,
  estimate: () => ({
    verdict: 'unknown',
    stage: null,
    message: 'Ollama is not modelled yet.',
    quotesEngine: false,
    memory: null,
    working: {},
    effective: {},
    gpusNeeded: 1,
    notes: [],
  }),
  knobs: [],
  spread: () => null,
};
