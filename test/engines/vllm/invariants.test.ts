import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
import type { Estimate, Memory } from '../../../src/estimate.ts';
import { BASES } from '../../../src/quantity.ts';
import { everyTarget } from '../../../src/hardware/survey.ts';
import { loadHardware } from '../../../src/hardware/gpus.ts';
import { models } from './catalogue.ts';

const targets = everyTarget(loadHardware());

const workload = fc.record({
  engineVersion: fc.constantFrom(
    null,
    '0.6.6',
    '0.8.5',
    '0.9.2',
    '0.11.0',
    '0.16.0',
    '0.19.0',
    '0.20.2',
    '0.25.1',
    '0.28.0',
    '0.31.0',
    '99.0.0',
    'nightly',
    '',
  ),
  modelId: fc.constantFrom(...models.ids.filter((id) => models.find(id) !== null)),
  target: fc.constantFrom(...targets),
  count: fc.constantFrom(null, 1, 2, 8),
  sane: fc.record(
    {
      max_model_len: fc.constantFrom(1, 1024, 8192, 131072, 'auto', -1),
      gpu_memory_utilization: fc.constantFrom(0.1, 0.5, 0.9, 0.95, 1),
      max_num_seqs: fc.constantFrom(1, 16, 256, 1024),
      max_num_batched_tokens: fc.constantFrom(512, 2048, 8192, 65536),
      tensor_parallel_size: fc.constantFrom(1, 2, 4, 8),
      pipeline_parallel_size: fc.constantFrom(1, 2),
      kv_cache_dtype: fc.constantFrom('auto', 'fp8', 'nvfp4', 'int4_per_token_head'),
      quantization: fc.constantFrom('fp8', 'awq', 'bitsandbytes'),
      enforce_eager: fc.boolean(),
      enable_lora: fc.boolean(),
      enable_expert_parallel: fc.boolean(),
      speculative_config: fc.constantFrom(
        { method: 'ngram', num_speculative_tokens: 4 },
        { method: 'mtp', num_speculative_tokens: 1 },
      ),
      kv_cache_memory_bytes: fc.constantFrom(1e9, 4e9),
      num_gpu_blocks_override: fc.constantFrom(1, 1000),
    },
    { requiredKeys: [] },
  ),
  /** What a config may hold by mistake or malice. */
  odd: fc.dictionary(
    fc.constantFrom(
      'max_model_len',
      'gpu_memory_utilization',
      'max_num_seqs',
      'tensor_parallel_size',
      'block_size',
      'dtype',
      'compilation_config',
      'speculative_config',
      'cpu_offload_gb',
      'limit_mm_per_prompt',
    ),
    fc.oneof(
      fc.string(),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant([]),
      fc.constant({ a: 1 }),
    ),
    { maxKeys: 2 },
  ),
});

function estimate({
  engineVersion,
  modelId,
  target,
  count,
  sane,
  odd,
}: typeof workload extends fc.Arbitrary<infer T> ? T : never): Estimate {
  const model = models.find(modelId);
  if (!model) throw new Error(modelId);
  return vllm.estimate({
    engineVersion,
    arguments: { ...sane, ...odd } as never,
    environment: {},
    model,
    drafter: null,
    target: { ...target, count },
  });
}

function parts(memory: Memory): number {
  return (
    memory.weightsBytes.value +
    memory.drafterBytes.value +
    Math.max(0, memory.kvCacheBytes.value) +
    memory.activationBytes.value +
    memory.cudaGraphBytes.value +
    memory.nonTorchBytes.value +
    memory.outsideBudgetBytes.value +
    memory.freeBytes.value -
    memory.releasedBytes.value
  );
}

describe('every estimate, whatever the arguments', () => {
  it('has parts that add up to the total, intervals that enclose their values, and no NaN', () => {
    fc.assert(
      fc.property(workload, (input) => {
        const { memory, verdict, message, stage } = estimate(input);
        if (verdict === 'fits') expect([stage, message]).toEqual([null, null]);
        else expect(message).toBeTruthy();
        if (memory === null) return;
        expect(parts(memory)).toBe(memory.totalBytes.value);
        expect(memory.peakBytes.value + memory.freeBytes.value).toBe(memory.totalBytes.value);
        for (const [name, { value, low, high, basis }] of Object.entries(memory)) {
          for (const number of [value, low, high]) expect(Number.isFinite(number), name).toBe(true);
          expect(low, name).toBeLessThanOrEqual(value);
          expect(value, name).toBeLessThanOrEqual(high);
          expect(BASES).toContain(basis);
          if (name.endsWith('Bytes'))
            for (const number of [value, low, high]) expect(Number.isInteger(number), name).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is the same for the same input', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(workload, (input) => {
        expect(estimate(input)).toEqual(estimate(input));
      }),
      { numRuns: 50 },
    );
  });

  it('is finite for every model of the catalogue', () => {
    const h100 = targets.find(({ gpu }) => gpu.id === 'h100-80gb-sxm');
    const peaks = models.ids.flatMap((id) => {
      const model = models.find(id);
      if (!model || !h100) return [];
      const { memory } = vllm.estimate({
        engineVersion: '0.19.0',
        arguments: { tensor_parallel_size: 1 },
        environment: {},
        model,
        drafter: null,
        target: h100,
      });
      return memory ? [{ id, peak: memory.peakBytes.value }] : [];
    });
    expect(peaks.length).toBeGreaterThan(400);
    expect(peaks.filter(({ peak }) => !Number.isFinite(peak) || peak <= 0)).toEqual([]);
  });
});
