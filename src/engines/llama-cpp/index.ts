import type { ArgumentValue } from '../../deployment.ts';
import type { Engine } from '../engine.ts';
import { firstWritten } from '../written-sizes.ts';
import { estimate } from './estimate.ts';
import { knobs, layersOnGpu } from './knobs.ts';
import { resolve } from './model.ts';
import { drafts } from './settings.ts';
import { readStartUpLog } from './start-up-log.ts';
import { llamaCppSurface } from './surface.ts';

/** llama.cpp's server: its argument surface, its memory accounting by build, and the levers that change it. */
export const llamaCpp: Engine = {
  id: 'llamacpp',
  title: 'llama.cpp',
  ...llamaCppSurface,
  drafterOf,
  resolve,
  readStartUpLog,
  estimate,
  knobs,
  budget: layersOnGpu,
  drafts: (args) => (drafts(args) ? firstWritten(args, 'spec_draft_n_max', 'draft_max') : null),
  // Layers go to every GPU that it sees; the word only says so.
  spread: () => ({ split_mode: 'layer' }),
};

function drafterOf(args: Readonly<Record<string, ArgumentValue>>): string | null {
  for (const name of ['hf_repo_draft', 'model_draft']) {
    const value = args[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}
