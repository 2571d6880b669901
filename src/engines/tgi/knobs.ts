import type { ArgumentValue } from '../../deployment.ts';
import type { Estimate } from '../../estimate.ts';
import type { Knob, Workload } from '../engine.ts';
import { knobsOf } from '../launch-knobs.ts';
import { launchOf, type Launch } from './launch.ts';
import { LOADABLE } from './quantization.ts';

const knob = knobsOf<Launch>(launchOf);

/** TGI's levers, the one that costs the user least first. */
export const knobs: readonly Knob[] = [
  knob('cuda_memory_fraction', 'reserve', 'less memory stays free beside TGI', ({ memoryFraction }) =>
    memoryFraction < 1 ? [1] : [],
  ),
  knob('max_batch_prefill_tokens', 'batch', 'long prompts are read in more steps', prefills),
  knob('max_total_tokens', 'context', 'shorter requests', totals),
  knob('kv_cache_dtype', 'cache_precision', 'keys and values lose precision', ({ element, gpu }) =>
    element.bits === 16 && gpu.fp8 ? ['fp8_e4m3fn'] : [],
  ),
  knob('quantize', 'weight_precision', 'the weights lose precision', ({ cut, gpu }) =>
    cut.quantization === null ? LOADABLE.filter((method) => method !== 'fp8' || gpu.fp8) : [],
  ),
  knob('num_shard', 'gpus', 'each replica takes more GPUs', ({ cut }, { target }) =>
    [2, 4, 8].filter(
      (shards) =>
        shards > cut.tensor && shards <= (target.count ?? cut.tensor) && cut.architecture.attentionHeads % shards === 0,
    ),
  ),
];

/** Before 3.0 no prompt was longer than a prefill. */
function prefills({ prefillTokens, major, totalTokens }: Launch): readonly ArgumentValue[] {
  const least = major < 3 ? (totalTokens ?? 4_096) : 512;
  return [8_192, 4_096, 2_048, 1_024, 512].filter((tokens) => tokens < prefillTokens && tokens >= least);
}

function totals({ totalTokens }: Launch, _workload: Workload, { memory }: Estimate): readonly ArgumentValue[] {
  if (totalTokens === null || memory === null) return [];
  const longest = Math.floor(memory.kvCacheTokens.low / 256) * 256;
  return [longest, 16_384, 8_192, 4_096, 2_048].filter((tokens) => tokens >= 256 && tokens < totalTokens);
}
