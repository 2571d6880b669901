import { describe, expect, it } from 'vitest';
import { estimateOf, inGib, memoryOf } from './catalogue.ts';
import { architectureOf } from '../../../src/models/config/config.ts';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { targetOf } from './catalogue.ts';

/**
 * What other calculators get wrong. Each figure on the right follows from the model's own config or from vLLM's code, and
 * stands in vLLM's issues or in the published comparisons of calculators.
 */
describe('mistakes that other calculators make', () => {
  it('DeepSeek-V3 keeps a latent of 576 per layer, which tensor parallelism does not divide', () => {
    const { kvCacheNeededBytes } = memoryOf({
      model: 'deepseek-ai/DeepSeek-V3',
      args: { tensor_parallel_size: 8, max_model_len: 32768 },
    });
    expect(kvCacheNeededBytes.value / 32768).toBe(70_272);
    expect(inGib(kvCacheNeededBytes.value)).toBeCloseTo(2.145, 3);
  });

  it('a 70B model in NVFP4 weighs about 38.6 GiB, not 1.9 and not 0', () => {
    const config = {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 8192,
      intermediate_size: 28672,
      num_hidden_layers: 80,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      vocab_size: 128256,
      max_position_embeddings: 131072,
      torch_dtype: 'bfloat16',
      tie_word_embeddings: false,
      quantization_config: { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore: ['lm_head'] },
    };
    const architecture = architectureOf(config);
    if ('problem' in architecture) throw new Error(architecture.problem);
    const model = { id: 'llama-70b-nvfp4', architecture, source: 'config', checkpointBytes: null };
    const { memory } = vllm.estimate({
      engineVersion: '0.19.0',
      arguments: { max_model_len: 8192 },
      environment: {},
      model,
      drafter: null,
      target: targetOf('b200'),
    });
    // 68.45e9 linear parameters at 0.5625 B, embeddings and head at 2 B: 35.86 + 3.91 GB.
    expect(inGib(memory?.weightsBytes.value ?? 0)).toBeGreaterThan(38.6 * 0.98);
    expect(inGib(memory?.weightsBytes.value ?? 0)).toBeLessThan(38.6 * 1.04);
  });

  it('a hybrid of 15 full-attention layers in 60 keeps 3.75 GiB for 131,072 tokens, plus the state of its linear layers', () => {
    const config = {
      architectures: ['Qwen3NextForCausalLM'],
      model_type: 'qwen3_next',
      hidden_size: 2048,
      num_hidden_layers: 60,
      full_attention_interval: 4,
      num_attention_heads: 16,
      num_key_value_heads: 2,
      head_dim: 256,
      linear_conv_kernel_dim: 4,
      linear_key_head_dim: 128,
      linear_num_key_heads: 16,
      linear_num_value_heads: 32,
      linear_value_head_dim: 128,
      intermediate_size: 5120,
      moe_intermediate_size: 512,
      num_experts: 512,
      num_experts_per_tok: 10,
      shared_expert_intermediate_size: 512,
      decoder_sparse_step: 1,
      vocab_size: 151936,
      max_position_embeddings: 262144,
      torch_dtype: 'bfloat16',
      tie_word_embeddings: false,
    };
    const architecture = architectureOf(config);
    if ('problem' in architecture) throw new Error(architecture.problem);
    const full = architecture.layers.filter((layer) => layer.caches.some(({ kind }) => kind === 'full')).length;
    expect(full).toBe(15);
    const model = { id: 'hybrid', architecture, source: 'config', checkpointBytes: null };
    const needed = (length: number): number =>
      vllm.estimate({
        engineVersion: '0.19.0',
        arguments: { max_model_len: length, tensor_parallel_size: 2 },
        environment: {},
        model,
        drafter: null,
        target: targetOf('h200:8'),
      }).memory?.kvCacheNeededBytes.value ?? 0;
    // Per rank of two: one KV head of 256, keys and values, bf16: 1,024 B per token and layer.
    const perToken = (needed(131_072) - needed(65_536)) / 65_536;
    expect(Math.abs(perToken / (15 * 1024) - 1)).toBeLessThan(0.02);
    expect((perToken * 2 * 131_072) / 2 ** 30).toBeGreaterThan(3.7);
    expect((perToken * 2 * 131_072) / 2 ** 30).toBeLessThan(3.85);
  });

  it('gpt-oss-120b needs about 4.79 GiB for one request of 131,072 tokens: its sliding layers hold a window and the tokens in flight', () => {
    const { kvCacheNeededBytes } = memoryOf({
      model: 'openai/gpt-oss-120b',
      gpu: 'h100',
      args: { max_model_len: 131072 },
    });
    expect(inGib(kvCacheNeededBytes.value)).toBeGreaterThan(4.5);
    expect(inGib(kvCacheNeededBytes.value)).toBeCloseTo(4.79, 1);
  });

  it('Qwen3-0.6B has heads of 128, not of hidden size / heads: 4.375 GiB at 40,960 tokens', () => {
    const { kvCacheNeededBytes } = memoryOf({ model: 'Qwen/Qwen3-0.6B', gpu: 'l4', args: { max_model_len: 40960 } });
    expect(inGib(kvCacheNeededBytes.value)).toBe(4.375);
  });

  it('an L4 shows 21.96 to 22.17 GiB, not 24 and not the 22.49 of nvidia-smi', () => {
    const { totalBytes } = memoryOf({ model: 'Qwen/Qwen3-0.6B', gpu: 'l4' });
    expect(inGib(totalBytes.low)).toBeCloseTo(21.96, 2);
    expect(inGib(totalBytes.high)).toBeCloseTo(22.17, 2);
  });

  it('KV heads are replicated, not divided, when there are fewer than ranks', () => {
    const needed = (tensor: number): number =>
      memoryOf({ model: 'Qwen/Qwen2.5-7B-Instruct', args: { max_model_len: 8192, tensor_parallel_size: tensor } })
        .kvCacheNeededBytes.value;
    // Four KV heads of 128, keys and values, bf16, 28 layers.
    expect(needed(1) / 8192).toBe(28 * 4 * 256 * 2);
    expect(needed(4) / 8192).toBe(28 * 256 * 2);
    // 28 query heads do not divide by 8: the engine refuses before any of this.
    expect(estimateOf({ model: 'Qwen/Qwen2.5-7B-Instruct', args: { tensor_parallel_size: 8 } })).toMatchObject({
      verdict: 'fails',
      stage: 'arguments',
    });
    const two = (tensor: number): number =>
      memoryOf({
        model: 'Qwen/Qwen2.5-1.5B-Instruct',
        gpu: 'h100:8',
        args: { max_model_len: 8192, tensor_parallel_size: tensor },
      }).kvCacheNeededBytes.value;
    expect(two(4)).toBe(two(2));
  });

  it('the activation peak on an H100 at the default max_num_seqs is 14 B × vocabulary × sequences since 0.17, and 38 B before', () => {
    const peak = (version: string): number =>
      memoryOf({ model: 'Qwen/Qwen3-14B', gpu: 'h100', version, args: { max_model_len: 8192 } }).activationBytes.value;
    const logits = 1024 * 151_936;
    // Beside the logits: hidden states, the sampler's rows and its buffers, 0.2 GB together.
    expect(peak('0.18.0') / logits).toBeGreaterThan(14);
    expect(peak('0.18.0') / logits).toBeLessThan(16);
    expect(peak('0.16.0') / logits).toBeGreaterThan(38);
    expect(peak('0.16.0') / logits).toBeLessThan(40);
  });

  it('an RTX 4090 holds 41,408 tokens of Llama-3.1-8B: others say 14,000 to 54,000', () => {
    // Published comparison: vLLM 0.19.0, bf16, 256 sequences, 2,048 batched tokens, utilization 0.9.
    const { kvCacheTokens } = memoryOf({
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      gpu: 'rtx-4090',
      args: { max_num_seqs: 256, max_num_batched_tokens: 2048, gpu_memory_utilization: 0.9, max_model_len: 8192 },
    });
    expect(Math.abs(kvCacheTokens.value / 41_408 - 1)).toBeLessThan(0.04);
    expect(kvCacheTokens.low).toBeLessThanOrEqual(41_408);
    expect(kvCacheTokens.high).toBeGreaterThanOrEqual(41_408);
  });
});
