import { describe, expect, it } from 'vitest';
import type { Workload } from '../../../src/engines/engine.ts';
import { chargesGraphs, firstFullCapture, graphBytes } from '../../../src/engines/vllm/graph-memory.ts';
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
