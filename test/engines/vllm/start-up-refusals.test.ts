import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import {
  autoFitRefusal,
  freeMemoryRefusal,
  lengthRefusal,
  noCacheRefusal,
  samplerOutOfMemory,
  stateBlocksRefusal,
  type TooLong,
} from '../../../src/engines/vllm/start-up-refusals.ts';
import { parseVersion } from '../../../src/engines/vllm/versions.ts';
import { estimateOf } from './catalogue.ts';

/**
 * Every expected text is the format string of vLLM's source at the tag named (`main`: 7cfb97e3379, August 2026), with the
 * numbers of the test put in as Python prints them.
 */
const DOCS = ' See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details.';

describe('free memory at start-up', () => {
  const text = (version: string, utilization = 0.9) =>
    freeMemoryRefusal(60.13 * GIB, 79.2 * GIB, utilization, 71.28 * GIB, parseVersion(version));

  it('v0.9.1 v1/worker/gpu_worker.py names no device', () => {
    expect(text('0.9.1')).toBe(
      'Free memory on device (60.13/79.2 GiB) on startup is less than desired GPU memory utilization (0.9, 71.28 GiB). ' +
        'Decrease GPU memory utilization or reduce GPU memory used by other processes.',
    );
  });

  it('v0.14.0 and v0.20.0 v1/worker/utils.py request_memory name it', () => {
    expect(text('0.14.0')).toContain('Free memory on device cuda:0 (60.13/79.2 GiB) on startup is less than desired');
    expect(text('0.20.0', 1)).toContain('(1.0, 71.28 GiB)');
  });
});

describe('no memory for the cache (v1/core/kv_cache_utils.py; V0 worker/worker.py)', () => {
  const advice =
    'No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing the engine';

  it.each([
    // v0.6.6, v0.8.5, v0.12.0; v0.13.0, v0.20.0; v0.23.0, main.
    ['0.6.6', `${advice}.`],
    ['0.8.5', `${advice}.`],
    ['0.12.0', `${advice}.`],
    ['0.13.0', `${advice}.${DOCS}`],
    ['0.20.0', `${advice}.${DOCS}`],
    [
      '0.23.0',
      `${advice} (this flag also controls CPU memory reservation on the CPU backend, despite its name).${DOCS}`,
    ],
  ])('%s', (version, text) => {
    expect(noCacheRefusal(parseVersion(version))).toBe(text);
  });
});

describe('one request does not fit', () => {
  const facts = (version: string, extra: Partial<TooLong> = {}): TooLong => ({
    version: parseVersion(version),
    runner: 'v1',
    maxModelLen: 131_072,
    neededBytes: 16 * GIB,
    availableBytes: 4.27 * GIB,
    longestTokens: 34_992,
    ...extra,
  });
  const needs =
    'max seq len (131072), (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (4.27 GiB).';
  const rounds = needs.replace('16.00', '16.0');
  const advice = 'Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.';
  const estimate = 'Based on the available memory, the estimated maximum model length is 34992.';

  it.each([
    // v0.8.3: no estimate. v0.8.5: the literal that holds the number is not joined, so it is lost. v0.9.1 … v0.12.0.
    ['0.8.3', `To serve at least one request with the models's ${needs} ${advice}`],
    ['0.8.5', `To serve at least one request with the models's ${needs} Based on the available memory,  ${advice}`],
    ['0.9.1', `To serve at least one request with the models's ${needs} ${estimate} ${advice}`],
    ['0.12.0', `To serve at least one request with the models's ${needs} ${estimate} ${advice}`],
    ['0.13.0', `To serve at least one request with the models's ${needs} ${estimate} ${advice}${DOCS}`],
    // From 0.14.0 on format_gib drops zeros.
    ['0.14.0', `To serve at least one request with the models's ${rounds} ${estimate} ${advice}${DOCS}`],
    ['0.20.0', `To serve at least one request with the models's ${rounds} ${estimate} ${advice}${DOCS}`],
    [
      '0.23.0',
      `To serve at least one request with the model's ${rounds} ${estimate} Try increasing ` +
        '`gpu_memory_utilization` (which also controls CPU memory on the CPU backend) or decreasing `max_model_len` ' +
        `when initializing the engine.${DOCS}`,
    ],
  ])('%s', (version, text) => {
    expect(lengthRefusal(facts(version))).toBe(text);
  });

  it('says nothing of a length when none fits', () => {
    expect(lengthRefusal(facts('0.9.1', { longestTokens: 0 }))).toContain('(4.27 GiB).  Try increasing');
    expect(lengthRefusal(facts('0.20.0', { longestTokens: 0 }))).toContain('(4.27 GiB). Try increasing');
  });

  it.each(['0.6.6', '0.8.5'])('V0 %s counts tokens (worker/worker.py raise_if_cache_size_invalid)', (version) => {
    expect(lengthRefusal(facts(version, { runner: 'v0' }))).toBe(
      "The model's max seq len (131072) is larger than the maximum number of tokens that can be stored in KV cache " +
        `(34992). ${advice}`,
    );
  });

  it('a length that is looked for fails in words of its own (v0.14.0 _auto_fit_max_model_len)', () => {
    expect(autoFitRefusal()).toBe(
      'Cannot auto-fit max_model_len: not enough GPU memory available to serve even a single token. Try increasing ' +
        '`gpu_memory_utilization`.',
    );
  });
});

describe('later steps', () => {
  it('v0.20.0 config/compilation.py: fewer state blocks than sequences', () => {
    expect(stateBlocksRefusal(1024, 408)).toBe(
      'max_num_seqs (1024) exceeds available Mamba cache blocks (408). Each decode sequence requires one Mamba cache ' +
        'block, so CUDA graph capture cannot proceed. Please lower max_num_seqs to at most 408 or increase ' +
        'gpu_memory_utilization.',
    );
  });

  it('v0.9.1, v0.20.0 v1/worker/gpu_model_runner.py: warming up the sampler', () => {
    expect(samplerOutOfMemory(1024)).toBe(
      'CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try lowering ' +
        '`max_num_seqs` or `gpu_memory_utilization` when initializing the engine.',
    );
  });
});

describe('which refusal comes first', () => {
  const gpu = 'l4';
  const model = 'meta-llama/Llama-3.1-8B-Instruct';

  it.each([
    [{ gpu_memory_utilization: 1 }, 'free_memory', 'Free memory on device cuda:0'],
    [{ gpu_memory_utilization: 0.6 }, 'kv_cache', 'No available memory for the cache blocks.'],
    [{}, 'kv_cache', 'To serve at least one request'],
    [{ gpu_memory_utilization: 0.6, max_model_len: 'auto' }, 'kv_cache', 'Cannot auto-fit max_model_len'],
  ])('%o', (args, stage, start) => {
    const estimate = estimateOf({ model, gpu, version: '0.19.0', args });
    expect(estimate).toMatchObject({ verdict: 'fails', stage, quotesEngine: true });
    expect(estimate.message?.startsWith(start)).toBe(true);
  });

  it('what PyTorch would say of weights that do not fit is not made up', () => {
    const estimate = estimateOf({ model: 'meta-llama/Llama-3.3-70B-Instruct', gpu: 'h100', version: '0.19.0' });
    expect(estimate).toMatchObject({ verdict: 'fails', stage: 'load', quotesEngine: false });
    // 70.55 billion parameters of 2 bytes are 131.4 GiB; an H100 shows 79.2 GiB and a context takes about half of one.
    const missing = /^Out of memory while the weights load: (\d+\.\d\d) GiB more than the GPU has\.$/;
    expect(Number(missing.exec(estimate.message ?? '')?.[1])).toBeCloseTo(131.4 + 0.5 - 79.2, 0);
  });

  it('fewer blocks than sequences are refused from 0.20 on, with whole graphs only', () => {
    const stage = (version: string, extra = {}) =>
      estimateOf({
        model: 'Qwen/Qwen3.6-27B',
        version,
        gpu: 'h100',
        args: { max_model_len: 8192, max_num_seqs: 1024, language_model_only: true, ...extra },
      }).stage;
    expect(stage('0.20.0')).toBe('graph_capture');
    expect(stage('0.19.0')).not.toBe('graph_capture');
    expect(stage('0.20.0', { enforce_eager: true })).not.toBe('graph_capture');
  });
});
