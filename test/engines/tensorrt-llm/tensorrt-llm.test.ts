import { describe, expect, it } from 'vitest';
import type { Setting } from '../../../src/engines/engine.ts';
import { tensorrtLlm } from '../../../src/engines/tensorrt-llm/index.ts';
import { estimateOf, leftOver, memoryOf, read, valuesOf } from '../other-engines.ts';

function settings(values: Readonly<Record<string, Setting['value']>>): Setting[] {
  const place = { file: 'options.yaml', start: 0, end: 0, line: 1 };
  return Object.entries(values).map(([key, value]) => ({ key, value, place, unresolved: null }));
}

describe('the options of trtllm-serve', () => {
  it.each([
    'trtllm-serve org/m --tp_size 4 --kv_cache_free_gpu_memory_fraction 0.8',
    'mpirun -n 4 trtllm-llmapi-launch trtllm-serve serve org/m --tensor_parallel_size 4 --free_gpu_memory_fraction=0.8',
    'python3 -m dynamo.trtllm --model-path org/m --tensor-parallel-size 4 --free-gpu-memory-fraction 0.8',
  ])('%s', (command) => {
    const parsed = read(tensorrtLlm, command);
    expect(parsed.model?.value).toBe('org/m');
    expect(valuesOf(parsed)).toEqual({ tp_size: 4, 'kv_cache_config.free_gpu_memory_fraction': 0.8 });
    expect(parsed.problems).toEqual([]);
  });

  it('leave open what stands in a file that is not read', () => {
    const { unresolved } = read(tensorrtLlm, 'trtllm-serve org/m --extra_llm_api_options /config/x.yaml');
    expect(unresolved.map(({ name, text }) => [name, text])).toEqual([['config', '/config/x.yaml']]);
    expect(tensorrtLlm.affectsMemory('config')).toBe(true);
  });

  it('let --override-engine-args have the last word', () => {
    const command = `python3 -m dynamo.trtllm --model-path m --max-batch-size 8 --override-engine-args '{"max_batch_size": 16, "kv_cache_config": {"max_tokens": 512}}'`;
    expect(valuesOf(read(tensorrtLlm, command))).toEqual({ max_batch_size: 16, 'kv_cache_config.max_tokens': 512 });
  });

  it.each(['trtllm-serve disaggregated -c x.yaml', 'trtllm-serve mm_embedding_serve m'])(
    '%s is no launch',
    (command) => {
      expect(() => read(tensorrtLlm, command)).toThrow('does not know');
    },
  );

  it('take sections of the options file apart; null turns graphs off', () => {
    const parsed = tensorrtLlm.parseSettings(
      settings({
        kv_cache_config: { dtype: 'fp8', enable_block_reuse: false },
        cuda_graph_config: null,
        moe_expert_parallel_size: 2,
      }),
      true,
    );
    expect(valuesOf(parsed)).toEqual({
      'kv_cache_config.dtype': 'fp8',
      'kv_cache_config.enable_block_reuse': false,
      cuda_graph_config: 'null',
      ep_size: 2,
    });
    expect(memoryOf(tensorrtLlm, { args: { cuda_graph_config: 'null' } }).cudaGraphBytes.value).toBe(0);
  });

  // llm_args.py CudaGraphConfig: a list of batch sizes is what is captured.
  it('capture no more graphs than the batch sizes that are listed', () => {
    const graphs = (args: Record<string, number | readonly number[]>): number =>
      memoryOf(tensorrtLlm, { args }).cudaGraphBytes.value;
    expect(graphs({ 'cuda_graph_config.batch_sizes': [1, 2] })).toBe(graphs({ 'cuda_graph_config.max_batch_size': 2 }));
  });

  it('are printed as trtllm-serve takes them', () => {
    expect(tensorrtLlm.printArgument('kv_cache_config.free_gpu_memory_fraction', 0.7)).toEqual([
      '--kv_cache_free_gpu_memory_fraction',
      '0.7',
    ]);
    expect(tensorrtLlm.printArgument('kv_cache_config.dtype', 'fp8')).toEqual([]);
  });
});

describe('the accounting', () => {
  it.each([{}, { tp_size: 2 }, { pp_size: 2 }])('adds up (%j)', (args) => {
    expect(Math.abs(leftOver(memoryOf(tensorrtLlm, { gpu: 'h100:2', args })))).toBeLessThanOrEqual(2);
  });

  // One head's keys and values per rank at eight ranks: 32 layers × (128 + 128) × 2 B.
  it('shards the cache by heads, and keeps it whole under attention data parallelism', () => {
    const each = (args: Record<string, number | boolean>): number =>
      memoryOf(tensorrtLlm, { gpu: 'h100:8', args: { max_seq_len: 1024, tp_size: 8, ...args } }).kvCacheNeededBytes
        .value / 1024;
    expect(each({})).toBe(32 * 256 * 2);
    expect(each({ enable_attention_dp: true })).toBe(8 * 32 * 256 * 2);
  });

  it('bounds the cache by max_tokens', () => {
    const { kvCacheTokens } = memoryOf(tensorrtLlm, { args: { 'kv_cache_config.max_tokens': 64_000 } });
    expect(kvCacheTokens.value).toBe(64_000);
  });

  it('names the component that could not be created', () => {
    const { verdict, message, stage } = estimateOf(tensorrtLlm, { model: 'meta-llama/Llama-3.1-70B', gpu: 'l4' });
    expect([verdict, stage]).toEqual(['fails', 'load']);
    expect(message).toMatch(
      /^Executor creation failed due to insufficient GPU memory\. .* could not be created: Model/,
    );
  });

  it('serves less than asked for where the cache holds no whole request', () => {
    const args = { 'kv_cache_config.free_gpu_memory_fraction': 0.05 };
    expect(estimateOf(tensorrtLlm, { args })).toMatchObject({ verdict: 'degraded', stage: 'serving' });
  });

  it.each([
    [{ backend: 'tensorrt' }, /built/],
    [{ 'speculative_config.decoding_type': 'Eagle3' }, /Eagle3/],
    [{ lora_config: { max_lora_rank: 8 } }, /lora_config/],
  ])('does not guess (%j)', (args, reason) => {
    const { verdict, message, memory } = estimateOf(tensorrtLlm, { args });
    expect(verdict).toBe('unknown');
    expect(message).toMatch(reason);
    expect(memory).toBeNull();
  });
});

describe('what a large share leaves for sampling', () => {
  // 2048 requests × 128,256 × 4 B = 0.98 GiB of logits, which the profile drops (NVIDIA/TensorRT-LLM#18669).
  it('is less than the logits of a full batch at 0.99, and more at the default', () => {
    const at = (share: number) =>
      estimateOf(tensorrtLlm, { args: { 'kv_cache_config.free_gpu_memory_fraction': share } });
    expect(at(0.9).verdict).toBe('fits');
    expect(at(0.99)).toMatchObject({ verdict: 'tight', stage: 'serving', quotesEngine: false });
    expect(at(0.99).message).toMatch(/logits of 0\.98 GiB$/);
  });
});

it('refuses heads that do not divide, unless attention is whole on every rank', () => {
  const asked = { model: 'Qwen/Qwen2.5-7B-Instruct', gpu: 'h100:8' };
  const whole = { tp_size: 8, enable_attention_dp: true };
  expect(estimateOf(tensorrtLlm, { ...asked, args: { tp_size: 8 } })).toMatchObject({
    verdict: 'fails',
    message: '28 attention heads do not divide over tp_size 8',
    quotesEngine: false,
  });
  expect(estimateOf(tensorrtLlm, { ...asked, args: whole }).verdict).toBe('fits');
});

it('does not guess: more ranks than GPUs may be on other nodes, and some checkpoints it does not load', () => {
  expect(estimateOf(tensorrtLlm, { gpu: 'h100:2', args: { tp_size: 4 } }).verdict).toBe('unknown');
  expect(estimateOf(tensorrtLlm, { model: 'Qwen/Qwen2.5-7B-Instruct-AWQ' }).verdict).toBe('unknown');
});
