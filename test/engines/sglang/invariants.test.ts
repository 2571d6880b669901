import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sglang } from '../../../src/engines/sglang/index.ts';
import type { Estimate, Memory } from '../../../src/estimate.ts';
import { loadHardware } from '../../../src/hardware/gpus.ts';
import { everyTarget } from '../../../src/hardware/survey.ts';
import { BASES } from '../../../src/quantity.ts';
import { models } from '../vllm/catalogue.ts';

const targets = everyTarget(loadHardware());
const known = models.ids.filter((id) => models.find(id) !== null);

const workload = fc.record({
  engineVersion: fc.constantFrom(
    null,
    '0.4.0',
    '0.4.6.post2',
    '0.4.9',
    '0.5.2',
    '0.5.9',
    '0.5.13',
    '0.5.18',
    '9.9',
    'x',
  ),
  modelId: fc.constantFrom(...known),
  target: fc.constantFrom(...targets),
  count: fc.constantFrom(null, 1, 2, 8),
  sane: fc.record(
    {
      context_length: fc.constantFrom(1, 1024, 8192, 131_072),
      mem_fraction_static: fc.constantFrom(0.1, 0.5, 0.85, 0.95, 1),
      max_running_requests: fc.constantFrom(1, 16, 256, 4096),
      max_total_tokens: fc.constantFrom(1, 1000, 100_000_000),
      chunked_prefill_size: fc.constantFrom(-1, 512, 8192, 65_536),
      cuda_graph_max_bs: fc.constantFrom(1, 160, 100_000),
      disable_cuda_graph: fc.boolean(),
      disable_radix_cache: fc.boolean(),
      page_size: fc.constantFrom(1, 64),
      tp_size: fc.constantFrom(1, 2, 4, 8, 16),
      pp_size: fc.constantFrom(1, 2),
      dp_size: fc.constantFrom(1, 2, 8),
      ep_size: fc.constantFrom(1, 8),
      enable_dp_attention: fc.boolean(),
      moe_a2a_backend: fc.constantFrom('none', 'deepep'),
      kv_cache_dtype: fc.constantFrom('auto', 'fp8_e4m3', 'fp8_e5m2', 'nvfp4'),
      quantization: fc.constantFrom('fp8', 'awq', 'w8a8_int8'),
      speculative_algorithm: fc.constantFrom('NGRAM', 'EAGLE', 'NEXTN'),
      disaggregation_mode: fc.constantFrom('prefill', 'decode'),
      swa_full_tokens_ratio: fc.constantFrom(0, 0.1, 1),
      mamba_full_memory_ratio: fc.constantFrom(0, 0.5, 5),
      max_mamba_cache_size: fc.constantFrom(1, 1000),
      cpu_offload_gb: fc.constantFrom(0, 8),
      enable_lora: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  /** What a config may hold by mistake or malice. */
  odd: fc.dictionary(
    fc.constantFrom(
      'context_length',
      'mem_fraction_static',
      'max_running_requests',
      'tp_size',
      'page_size',
      'dtype',
      'cuda_graph_bs',
      'json_model_override_args',
      'swa_full_tokens_ratio',
      'mamba_full_memory_ratio',
      'speculative_num_steps',
      'cpu_offload_gb',
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
  const args = { ...sane, ...odd } as never;
  return sglang.estimate({
    engineVersion,
    arguments: args,
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

  it('has knobs that give values, and none that throws', () => {
    fc.assert(
      fc.property(workload, (input) => {
        const model = models.find(input.modelId);
        if (!model) throw new Error(input.modelId);
        const args = { ...input.sane, ...input.odd } as never;
        const { engineVersion, target } = input;
        const given = { engineVersion, arguments: args, environment: {}, model, drafter: null, target };
        for (const knob of sglang.knobs)
          expect(Array.isArray(knob.candidates(given, sglang.estimate(given)))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('is finite for every model of the catalogue', () => {
    const h100 = targets.find(({ gpu }) => gpu.id === 'h100-80gb-sxm');
    const peaks = known.flatMap((id) => {
      const model = models.find(id);
      if (!model || !h100) return [];
      const { memory } = sglang.estimate({
        engineVersion: '0.5.18',
        arguments: {},
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
