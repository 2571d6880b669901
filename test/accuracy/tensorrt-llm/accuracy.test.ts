import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { tensorrtLlm } from '../../../src/engines/tensorrt-llm/index.ts';
import { type Completed, estimateOf, rowsOf } from '../advisory-rows.ts';

/** Rows with a figure of the cache: what the row leaves out, from its source. */
const EVALUATED: Readonly<Record<string, Completed>> = {
  'trt-6294-llama31-8b-fp8': {
    model: 'nvidia/Llama-3.1-8B-Instruct-FP8',
    gpu: 'h100',
    version: '0.20.0',
    args: {
      max_seq_len: 157,
      max_batch_size: 4_096,
      max_num_tokens: 23_552,
      'cuda_graph_config.max_batch_size': 4_096,
      'kv_cache_config.free_gpu_memory_fraction': 0.8,
      'kv_cache_config.dtype': 'fp8',
    },
  },
  // Any card will do: the row states the memory that CUDA sees.
  'trt-smollm2-135m-12gb': {
    model: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    gpu: 'rtx-4070',
    visibleGib: 11.9,
    args: { max_seq_len: 2_048 },
  },
};

/** Rows that cannot be compared, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'trt-224-llama2-7b-a10': 'an engine built beforehand',
  'trt-67-llama7b-a40': 'an engine built beforehand, with a contiguous cache',
  'trt-698-llama2-13b': 'an engine built beforehand',
  'trt-nemotron-engine-4096': 'neither card nor share is stated',
  'trt-multimodal-docs': 'the model is not stated',
};

const rows = [...rowsOf('tensorrt-llm', 'calibration'), ...rowsOf('tensorrt-llm', 'validation')];

describe('TensorRT-LLM’s cache on public logs', () => {
  it.each(Object.entries(EVALUATED))(
    '%s: the interval holds the logged cache, and the middle is near it',
    (id, completed) => {
      const logged = (rows.find((one) => one.id === id)?.measured['kv_cache_gib'] ?? 0) * GIB;
      const { memory, verdict } = estimateOf(tensorrtLlm, completed);
      expect(logged).toBeGreaterThan(0);
      expect(verdict, 'each of them started').not.toBe('fails');
      expect(memory?.kvCacheBytes.low).toBeLessThanOrEqual(logged);
      expect(memory?.kvCacheBytes.high).toBeGreaterThanOrEqual(logged);
      expect(Math.abs((memory?.kvCacheBytes.value ?? 0) / logged - 1)).toBeLessThan(0.03);
    },
  );

  it('evaluates every row or says why not', () => {
    const named = [...Object.keys(EVALUATED), ...Object.keys(LEFT_OUT)];
    expect(rows.map(({ id }) => id).sort()).toEqual(named.sort());
  });

  it('keeps no model on both sides', () => {
    const families = new Set(rowsOf('tensorrt-llm', 'calibration').map(({ family }) => family));
    expect(rowsOf('tensorrt-llm', 'validation').filter(({ family }) => families.has(family))).toEqual([]);
  });
});

describe('the share of what is left', () => {
  // The documentation's own example: 77.02 GiB of 85.57 GiB that are free (row trt-multimodal-docs).
  it('is of what is free, not of the card', () => {
    const row = rows.find(({ id }) => id === 'trt-multimodal-docs');
    expect((row?.measured['available_gib'] ?? 0) * 0.9).toBeCloseTo(row?.measured['kv_cache_gib'] ?? 0, 1);
    const { memory } = estimateOf(tensorrtLlm, { model: 'meta-llama/Llama-3.1-8B-Instruct', gpu: 'h100' });
    const { totalBytes, weightsBytes, activationBytes, cudaGraphBytes, nonTorchBytes, budgetBytes } = memory ?? never();
    const taken = weightsBytes.value + activationBytes.value + cudaGraphBytes.value + nonTorchBytes.value;
    expect(budgetBytes.value).toBeCloseTo(0.9 * (totalBytes.value - taken), -1);
  });

  // 32 layers × 8 KV heads × (128 + 128) × 2 B = 128 KiB (row trt-nemotron-engine-4096: 1.56 GiB for 12,800 tokens).
  it('costs 128 KiB a token for eight heads of 128 in 32 layers', () => {
    const row = rows.find(({ id }) => id === 'trt-nemotron-engine-4096');
    const logged = ((row?.measured['kv_cache_gib'] ?? 0) * GIB) / (row?.measured['kv_cache_tokens'] ?? 1);
    const { memory } = estimateOf(tensorrtLlm, {
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      gpu: 'h100',
      args: { max_seq_len: 1_000 },
    });
    const each = (memory?.kvCacheNeededBytes.value ?? 0) / 1_000;
    expect(each).toBe(128 * 1024);
    expect(Math.abs(logged / each - 1)).toBeLessThan(0.01);
  });
});

function never(): never {
  throw new Error('no memory');
}
