import type { ArgumentValue } from '../../deployment.ts';
import type { Estimate } from '../../estimate.ts';
import type { BudgetArgument, Knob, Workload } from '../engine.ts';
import { knobsOf } from '../launch-knobs.ts';
import { launchOf, type Launch } from './launch.ts';

const knob = knobsOf<Launch>(launchOf);

/** The share of what is left after a full batch; more of it leaves less for what comes later. */
export const budget: BudgetArgument = {
  argument: 'kv_cache_config.free_gpu_memory_fraction',
  step: 0.05,
  least: 0.05,
  most: 0.98,
  applies: (args) => args['kv_cache_config.max_tokens'] === undefined,
};

/** TensorRT-LLM's levers, the one that costs the user least first. */
export const knobs: readonly Knob[] = [
  knob(
    'kv_cache_config.free_gpu_memory_fraction',
    'reserve',
    'less stays free for long prompts and sampling',
    (launch) => [0.9, 0.95].filter((share) => share > launch.freeShare),
  ),
  knob('max_batch_size', 'concurrency', 'fewer requests run at once', ({ maxBatchSize }) =>
    [512, 256, 128, 64, 32].filter((requests) => requests < maxBatchSize),
  ),
  knob('max_num_tokens', 'batch', 'long prompts are read in more steps, or not at all without chunks', batches),
  knob('max_seq_len', 'context', 'shorter context', lengths),
  knob('kv_cache_config.dtype', 'cache_precision', 'keys and values lose precision', ({ element, gpu }) =>
    element.bits === 16 && gpu.fp8 ? ['fp8'] : [],
  ),
  knob('tp_size', 'gpus', 'each replica takes more GPUs', ({ cut }, { target }) =>
    [2, 4, 8].filter(
      (ranks) =>
        ranks > cut.tensor &&
        ranks * cut.pipeline <= (target.count ?? cut.tensor) &&
        cut.architecture.attentionHeads % ranks === 0,
    ),
  ),
];

function batches({ maxNumTokens, maxBatchSize }: Launch): readonly ArgumentValue[] {
  return [8_192, 4_096, 2_048].filter((tokens) => tokens < maxNumTokens && tokens >= maxBatchSize);
}

function lengths({ maxSeqLen }: Launch, _workload: Workload, { memory }: Estimate): readonly ArgumentValue[] {
  if (memory === null) return [];
  const longest = Math.floor(memory.kvCacheTokens.low / 1024) * 1024;
  const values = [longest, 65_536, 32_768, 16_384, 8_192, 4_096, 2_048];
  return [...new Set(values)].filter((tokens) => tokens >= 1024 && tokens < maxSeqLen && tokens <= longest).slice(0, 4);
}
