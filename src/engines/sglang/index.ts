import type { Engine } from '../engine.ts';
import { firstWritten, sizeIn } from '../written-sizes.ts';
import { estimate } from './estimate.ts';
import { budget, knobs } from './knobs.ts';
import { LAST_RELEASES } from './removed-options.ts';
import { drafterOf } from './speculation.ts';
import { readStartUpLog } from './start-up-log.ts';
import { sglangSurface } from './surface.ts';

/** SGLang: its argument surface, its memory accounting by version, and the levers that change it. */
export const sglang: Engine = {
  id: 'sglang',
  title: 'SGLang',
  ...sglangSurface,
  drafterOf,
  readStartUpLog,
  learns: { parts: ['weightsBytes'], drafterInWeights: false },
  estimate,
  knobs,
  budget,
  lengthArgument: 'context_length',
  allocatorVariables: ['PYTORCH_CUDA_ALLOC_CONF', 'PYTORCH_ALLOC_CONF'],
  releasesOf(argument) {
    const last = LAST_RELEASES.get(argument.replaceAll('-', '_'));
    return last === undefined ? null : { since: null, last };
  },
  drafts(args) {
    if (typeof args['speculative_algorithm'] !== 'string') return null;
    const tokens = firstWritten(args, 'speculative_num_draft_tokens', 'speculative_dflash_block_size');
    const steps = firstWritten(args, 'speculative_num_steps');
    // One path: what is drafted is as long as the steps (srt/server_args.py takes steps + 1 tokens then).
    if (steps !== null && (tokens === null || (sizeIn(args, 'speculative_eagle_topk') ?? 1) === 1)) return steps;
    // The token that was sampled last is verified with the drafted ones and counted among them.
    return tokens && { ...tokens, value: tokens.value - 1 };
  },
  stagesArgument: 'pp_size',
  // Copies of experts make the number of them another one.
  expertRanks: (args) => (sizeIn(args, 'ep_num_redundant_experts') === null ? firstWritten(args, 'ep_size') : null),
  spread: (gpus) => ({ tp_size: gpus }),
};
