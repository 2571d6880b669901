import type { ArgumentValue } from '../../deployment.ts';
import type { Estimate } from '../../estimate.ts';
import type { BudgetArgument, Knob, Workload } from '../engine.ts';
import { knobsOf } from '../launch-knobs.ts';
import { launchOf, type Launch } from './launch.ts';

const knob = knobsOf<Launch>(launchOf);

/** The share of what is left after the weights; more of it leaves less for everything else. */
export const budget: BudgetArgument = {
  argument: 'cache_max_entry_count',
  step: 0.05,
  least: 0.1,
  most: 0.95,
  applies: () => true,
};

/** LMDeploy's levers, the one that costs the user least first. */
export const knobs: readonly Knob[] = [
  knob('cache_max_entry_count', 'reserve', 'fewer tokens are cached, or less stays free for activations', shares),
  knob('max_prefill_token_num', 'batch', 'long prompts are read in more steps', ({ maxPrefillTokens }) =>
    [4_096, 2_048, 1_024].filter((tokens) => tokens < maxPrefillTokens),
  ),
  knob('max_batch_size', 'concurrency', 'fewer requests run at once', ({ maxBatchSize }) =>
    [256, 128, 64, 32].filter((requests) => requests < maxBatchSize),
  ),
  knob('session_len', 'context', 'shorter context', lengths),
  knob('quant_policy', 'cache_precision', 'keys and values lose precision', ({ element }) =>
    element.bits === 16 ? [8, 4] : element.bits === 8 ? [4] : [],
  ),
  knob('tp', 'gpus', 'each replica takes more GPUs', ({ cut }, { target }) =>
    [2, 4, 8].filter(
      (ranks) =>
        ranks > cut.tensor && ranks <= (target.count ?? cut.tensor) && cut.architecture.attentionHeads % ranks === 0,
    ),
  ),
];

/** Down when the rest does not fit beside the cache, up when the cache is too small. */
function shares({ cacheShare }: Launch, _workload: Workload, { memory }: Estimate): readonly ArgumentValue[] {
  if (memory === null) return [];
  const down = memory.freeBytes.low < 0;
  const values = down ? [0.7, 0.6, 0.5, 0.4, 0.3, 0.2] : [0.85, 0.9, 0.95];
  return values.filter((value) => (down ? value < cacheShare : value > cacheShare));
}

function lengths({ sessionTokens }: Launch, _workload: Workload, { memory }: Estimate): readonly ArgumentValue[] {
  if (memory === null) return [];
  const longest = Math.floor(memory.kvCacheTokens.low / 1024) * 1024;
  return [longest, 32_768, 16_384, 8_192, 4_096, 2_048].filter(
    (tokens) => tokens >= 1024 && tokens < sessionTokens && tokens <= longest,
  );
}
