import type { Engine } from '../engine.ts';
import { llamaCppSurface } from './surface.ts';

/** llama.cpp's server: its argument surface, its memory accounting by build, and the levers that change it. */
export const llamaCpp: Engine = {
  id: 'llamacpp',
  title: 'llama.cpp',
  ...llamaCppSurface,
  drafterOf: () => null,
  estimate: () => ({
    verdict: 'unknown',
    stage: null,
    message: 'llama.cpp is not modelled yet.',
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
