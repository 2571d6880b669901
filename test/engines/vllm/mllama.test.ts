import { describe, expect, it } from 'vitest';
import { estimateOf, inGib, memoryOf } from './catalogue.ts';

/** vllm#12126: Llama 3.2 11B Vision on an H100 with 0.6.6 or the builds after it, 65,536 tokens, 128 requests, eager. */
const LOGGED = {
  model: 'meta-llama/Llama-3.2-11B-Vision',
  gpu: 'h100',
  visibleGib: 79.22,
  version: '0.6.6',
  args: { max_model_len: 65_536, max_num_seqs: 128, enforce_eager: true },
};

describe('Llama 3.2 Vision on the first engine, as its log states', () => {
  const memory = memoryOf(LOGGED);

  it('takes 19.86 GiB of weights', () => {
    expect(Math.abs(inGib(memory.weightsBytes.value) / 19.86 - 1)).toBeLessThan(0.003);
  });

  it('gives every layer blocks, those that attend to the picture too: 6,001 in 14.65 GiB', () => {
    const blocks = memory.kvCacheTokens.value / 16;
    expect(Math.abs(blocks / (memory.kvCacheBytes.value / (14.65 * 2 ** 30)) / 6001 - 1)).toBeLessThan(0.001);
  });

  it('profiles a picture for each of 128 requests: a peak of 36.63 GiB', () => {
    expect(Math.abs(inGib(memory.activationBytes.value) / 36.63 - 1)).toBeLessThan(0.1);
  });
});

describe('Llama 3.2 Vision on releases without the first engine', () => {
  it('is refused in the words of their registry (model_executor/models/registry.py at v0.11.0)', () => {
    const { verdict, message } = estimateOf({ ...LOGGED, version: '0.11.0' });
    expect(verdict).toBe('fails');
    expect(message).toBe(
      'Model architecture MllamaForConditionalGeneration was supported in vLLM until v0.10.2, and is not supported ' +
        'anymore. Please use an older version of vLLM if you want to use this model architecture.',
    );
  });
});
