import { describe, expect, it } from 'vitest';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { estimateOf } from './catalogue.ts';
import { launched, type Asked } from './launches.ts';
import { LLAMA_8B, QWEN25_7B } from './models.ts';

function runner(version: string, args: NonNullable<Asked['args']> = {}, extra: Partial<Asked> = {}): string {
  return launched({ model: LLAMA_8B, version, args: { max_model_len: 4096, ...args }, ...extra }).runner;
}

const POOLING: ModelFacts = { ...LLAMA_8B, architecture: { ...LLAMA_8B.architecture, task: 'pooling' } };

describe('V0 or V1 (engine/arg_utils.py _is_v1_supported_oracle at v0.8.5, v0.9.2, v0.10.0, v0.10.2)', () => {
  it.each([
    ['0.7.3', {}, {}, 'v0'],
    ['0.8.5', {}, {}, 'v1'],
    ['0.8.5', {}, { environment: { VLLM_USE_V1: '0' } }, 'v0'],
    ['0.7.3', {}, { environment: { VLLM_USE_V1: '1' } }, 'v1'],
    // Below compute capability 8.0.
    ['0.10.1', {}, { gpu: 't4' }, 'v0'],
    ['0.10.2', {}, { gpu: 't4' }, 'v1'],
    // fp8 caches: FlashAttention 3 on Hopper only.
    ['0.9.2', { kv_cache_dtype: 'fp8' }, { gpu: 'h100' }, 'v1'],
    ['0.9.2', { kv_cache_dtype: 'fp8' }, { gpu: 'l40s' }, 'v0'],
    ['0.9.2', { kv_cache_dtype: 'fp8' }, { gpu: 'h100', environment: { VLLM_ATTENTION_BACKEND: 'FLASHINFER' } }, 'v0'],
    ['0.10.2', { kv_cache_dtype: 'fp8' }, { gpu: 'l40s' }, 'v1'],
    // States.
    ['0.10.1', {}, { model: 'Qwen/Qwen3.6-27B' }, 'v0'],
    ['0.10.2', {}, { model: 'Qwen/Qwen3.6-27B' }, 'v1'],
    // Embedding models and fp32.
    ['0.9.1', {}, { model: POOLING }, 'v0'],
    ['0.9.2', {}, { model: POOLING }, 'v1'],
    ['0.9.1', { dtype: 'float32' }, {}, 'v0'],
    ['0.9.2', { dtype: 'float32' }, {}, 'v1'],
    // Options that V1 never took over.
    ['0.8.5', { num_scheduler_steps: 8 }, {}, 'v0'],
    ['0.8.5', { num_scheduler_steps: 1 }, {}, 'v1'],
    ['0.8.5', { preemption_mode: 'swap' }, {}, 'v0'],
    ['0.8.5', { enable_prompt_adapter: true }, {}, 'v0'],
    ['0.11.0', { enable_prompt_embeds: true }, { environment: { VLLM_USE_V1: '0' } }, 'v1'],
  ])('%s %o %o: %s', (version, args, extra, expected) => {
    expect(runner(version, args, extra)).toBe(expected);
  });
});

describe('the first or the second runner (config/vllm.py use_v2_model_runner at 14 May, v0.23.0, v0.24.0, 12 July, main)', () => {
  const qwen3 = { model: 'Qwen/Qwen3-8B' };

  it.each([
    ['0.21.0', {}, qwen3, 'v1'],
    ['0.22.0', {}, qwen3, 'v2'],
    ['0.22.0', {}, {}, 'v1'],
    ['0.23.0', {}, {}, 'v2'],
    ['0.23.0', {}, { model: QWEN25_7B }, 'v1'],
    ['0.25.0', {}, { model: QWEN25_7B }, 'v2'],
    // Quantized ones and three small mixtures of experts from 0.24 on; other mixtures never.
    ['0.23.0', { quantization: 'fp8' }, {}, 'v1'],
    ['0.24.0', { quantization: 'fp8' }, {}, 'v2'],
    ['0.23.0', {}, { model: 'deepseek-ai/DeepSeek-V2-Lite' }, 'v1'],
    ['0.24.0', {}, { model: 'deepseek-ai/DeepSeek-V2-Lite' }, 'v2'],
    ['0.28.0', {}, { model: 'Qwen/Qwen3-30B-A3B' }, 'v1'],
    ['0.28.0', {}, { model: 'Qwen/Qwen3.6-27B' }, 'v1'],
    ['0.28.0', {}, { model: POOLING }, 'v1'],
    // The environment decides.
    ['0.28.0', {}, { environment: { VLLM_USE_V2_MODEL_RUNNER: '0' } }, 'v1'],
    ['0.28.0', {}, { model: 'Qwen/Qwen3-30B-A3B', environment: { VLLM_USE_V2_MODEL_RUNNER: '1' } }, 'v2'],
    // Options that it does not support.
    ['0.28.0', { enable_dbo: true }, {}, 'v1'],
    ['0.28.0', { enable_prompt_embeds: true }, {}, 'v1'],
    ['0.28.0', { kv_sharing_fast_prefill: true }, {}, 'v1'],
    ['0.28.0', { logits_processors: ['a:B'] }, {}, 'v1'],
    ['0.28.0', { tensor_parallel_size: 2, compilation_config: { pass_config: { enable_sp: true } } }, {}, 'v1'],
    ['0.26.0', { logprobs_mode: 'raw_logits' }, {}, 'v1'],
    ['0.28.0', { logprobs_mode: 'raw_logits' }, {}, 'v2'],
    ['0.28.0', { speculative_config: { method: 'ngram', num_speculative_tokens: 3 } }, {}, 'v1'],
  ])('%s %o %o: %s', (version, args, extra, expected) => {
    expect(runner(version, args, extra)).toBe(expected);
  });
});

describe('the second runner from 0.29 on (#53183)', () => {
  it.each([
    ['experts', 'Qwen/Qwen3-30B-A3B-Instruct-2507-FP8'],
    ['states', 'Qwen/Qwen3.8-27B-FP8'],
  ])('takes models with %s', (_, model) => {
    const at = (version: string): string => launched({ model, version, gpu: 'h100' }).runner;
    expect([at('0.28.0'), at('0.29.0')]).toEqual(['v1', 'v2']);
  });

  it('samples with top-k and top-p while it warms up, which its profile does not', () => {
    // Four L4 with 768 sequences run out of memory in flashinfer_sample, with 256 they start.
    const args = {
      tensor_parallel_size: 2,
      data_parallel_size: 2,
      enable_expert_parallel: true,
      gpu_memory_utilization: 0.88,
      max_model_len: 8192,
      attention_backend: 'TRITON_ATTN',
    };
    const at = (seqs: number): string => {
      const model = 'Qwen/Qwen3-30B-A3B-Instruct-2507-FP8';
      return estimateOf({ model, version: '0.29.0', gpu: 'l4:4', args: { ...args, max_num_seqs: seqs } }).verdict;
    };
    expect([at(256), at(768)]).toEqual(['fits', 'tight']);
  });
});
