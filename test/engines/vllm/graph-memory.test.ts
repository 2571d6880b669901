import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { usesFlashInfer } from '../../../src/engines/vllm/attention-backend.ts';
import type { Workload } from '../../../src/engines/engine.ts';
import { chargesGraphs, firstFullCapture, graphBytes, graphFormula } from '../../../src/engines/vllm/graph-memory.ts';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { launchOf, type Launch } from '../../../src/engines/vllm/launch.ts';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { modelOf, targetOf } from './catalogue.ts';

interface Setup {
  readonly model?: string;
  readonly version?: string;
  readonly gpu?: string;
  readonly args?: Workload['arguments'];
  readonly environment?: Workload['environment'];
}

function resolve({
  model = 'meta-llama/Llama-3.1-8B-Instruct',
  version = '0.19.0',
  gpu = 'h100:8',
  args = {},
  environment = {},
}: Setup): Launch {
  const launch = launchOf({
    engineVersion: version,
    arguments: args,
    environment,
    model: modelOf(model),
    drafter: null,
    target: targetOf(gpu),
  });
  if (!('version' in launch)) throw new Error(JSON.stringify(launch));
  return launch;
}

describe('first whole capture on Hopper', () => {
  // DEBUG lines 'Estimated FULL CUDA graph memory: … MiB first-capture' of the llm-d planner's sweep, v0.19.0 on H100.
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct', 1, 260],
    ['meta-llama/Llama-3.1-8B-Instruct', 2, 132],
    ['meta-llama/Llama-3.1-8B-Instruct', 4, 70],
    ['Qwen/Qwen2.5-7B-Instruct', 1, 228],
    ['microsoft/phi-4', 1, 328],
    ['deepseek-ai/DeepSeek-V2-Lite-Chat', 1, 522],
  ])('%s on %d: %d MiB', (model, tensor_parallel_size, mib) => {
    const bytes = firstFullCapture(resolve({ model, args: { tensor_parallel_size } }));
    expect(Math.abs(bytes / 1024 ** 2 - mib)).toBeLessThanOrEqual(8);
  });
});

describe("the profiler's estimate", () => {
  it.each<[string, boolean, Setup]>([
    ['0.17 has none', false, { version: '0.17.0', environment: { VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: '1' } }],
    ['0.19 takes it only when asked', false, { version: '0.19.0' }],
    ['0.19 when asked', true, { version: '0.19.0', environment: { VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: '1' } }],
    ['0.20 takes it', true, { version: '0.20.0' }],
    [
      '0.20 when told not to',
      false,
      { version: '0.20.0', environment: { VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS: '0' } },
    ],
    ['the second runner has none before 0.29', false, { version: '0.25.0' }],
    ['the second runner from 0.29', true, { version: '0.29.0' }],
    ['none on AMD in 0.20', false, { version: '0.20.0', gpu: 'mi300x' }],
  ])('%s: %s', (_name, charged, setup) => {
    expect(chargesGraphs(resolve(setup))).toBe(charged);
  });

  it('is nothing in eager mode', () => {
    const launch = resolve({ args: { enforce_eager: true } });
    for (const stage of stagesOf(launch)) expect(graphBytes(launch, stage).high).toBe(0);
  });
});

// 'Estimated CUDA graph memory' of an RTX 5090 with an 8-bit cache: 0.39 GiB for two sizes and one whole graph (neko-legends/
// nvidia-local-llm-profiles), 0.42 GiB for two sequences; an L40S that drafts captures 'PIECEWISE=15 (largest=96)' in 0.22 GiB.
describe("FlashInfer's workspace in the profiler's estimate", () => {
  const estimate = (setup: Setup): number => {
    const launch = resolve(setup);
    return stagesOf(launch).reduce((sum, stage) => sum + graphFormula(launch, stage), 0) / GIB;
  };
  const asked = (args: Workload['arguments'], rest: Setup = {}): Setup => ({
    model: 'Qwen/Qwen3.6-27B-FP8',
    version: '0.24.0',
    gpu: 'rtx-5090',
    ...rest,
    args: { max_model_len: 32_768, kv_cache_dtype: 'fp8', ...args },
  });

  it('comes with the first decode graph', () => {
    expect(estimate(asked({ max_num_seqs: 1, attention_backend: 'FLASHINFER' }))).toBeCloseTo(0.39, 1);
    expect(estimate(asked({ max_num_seqs: 2 }))).toBeCloseTo(0.42, 1);
    expect(estimate(asked({ max_num_seqs: 2, kv_cache_dtype: 'auto' }))).toBeLessThan(0.15);
    expect(estimate(asked({ max_num_seqs: 2, attention_backend: 'TRITON_ATTN' }))).toBeLessThan(0.15);
  });

  it('is as large as the environment says', () => {
    const environment = { VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE: String(GIB) };
    expect(estimate(asked({ max_num_seqs: 1 }, { environment }))).toBeGreaterThan(1);
  });

  it('is no part of it where drafts are verified in pieces', () => {
    const speculative = { method: 'mtp', num_speculative_tokens: 4 };
    const args = { max_num_seqs: 10, max_num_batched_tokens: 8192, speculative_config: speculative };
    const setup = asked(args, { gpu: 'l40s' });
    const { graphs } = resolve(setup);
    expect([graphs.mode, graphs.piecewiseSizes.length, graphs.largest]).toEqual(['PIECEWISE', 15, 96]);
    expect(estimate(setup)).toBeCloseTo(0.22, 1);
    expect(resolve(asked(args, { gpu: 'b200' })).graphs.mode).toBe('FULL_AND_PIECEWISE');
  });

  it('may be in it before the package was required, and where a head has no kernel', () => {
    expect(usesFlashInfer(resolve(asked({}, { version: '0.11.0', model: 'Qwen/Qwen3-8B', gpu: 'l4' })))).toBe(
      'perhaps',
    );
    expect(usesFlashInfer(resolve(asked({}, { version: '0.12.0', model: 'Qwen/Qwen3-8B', gpu: 'l4' })))).toBe('yes');
    expect(usesFlashInfer(resolve(asked({}, { model: 'google/gemma-4-31B-it' })))).toBe('perhaps');
  });
});

// vllm#5517 measures 3.81 GiB with drivers before that of CUDA 12.4 and 1.14 with it, on A10G and L4 alike.
describe('graphs on a driver before 550', () => {
  const spread = (driver: string | null): number => {
    const launch = { ...resolve({ version: '0.11.0', gpu: 'l4' }), driver };
    const [stage] = stagesOf(launch);
    if (!stage) throw new Error('no stage');
    const { value, high } = graphBytes(launch, stage);
    return high / value;
  };

  it('may take three times as much', () => {
    expect(spread('535.183.01')).toBeGreaterThan(3);
    expect(spread('550.54.15')).toBeLessThan(3);
    expect(spread(null)).toBe(spread('550.54.15'));
  });

  it.each([
    [undefined, 'fits'],
    ['535.183.01', 'tight'],
  ])('are a reason not to promise a launch that they may not leave room: driver %s', (driver, verdict) => {
    const target = targetOf('a100-80gb-sxm:8');
    const estimate = vllm.estimate({
      engineVersion: '0.11.0',
      // QwenLM/Qwen3-VL#1684: out of memory at the fourth of 35 full graphs, on a host whose driver is not stated.
      arguments: { tensor_parallel_size: 8, max_model_len: 100_000, enable_expert_parallel: true },
      environment: {},
      model: modelOf('Qwen/Qwen3-VL-235B-A22B-Instruct-FP8'),
      drafter: null,
      target: driver === undefined ? target : { ...target, driver },
    });
    expect(estimate.verdict).toBe(verdict);
  });
});
