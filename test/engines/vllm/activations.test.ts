import { describe, expect, it } from 'vitest';
import { estimateOf, inGib, memoryOf, type Launch } from './catalogue.ts';

/** A launch, what the log prints as activation peak (GiB), and by how much the log's own rounding and the fit may differ. */
type Logged = readonly [name: string, launch: Launch, gib: number, within?: number];

const H100 = { gpu: 'h100', visibleGib: 79.19, version: '0.19.0' };

/** DEBUG logs of the llm-d planner's sweep on H100 (v0.19.0, 1,024 sequences, 8,192 tokens) and of vLLM 0.11 and 0.8.5. */
const LOGS: readonly Logged[] = [
  ['Triton sampler', { ...H100, model: 'meta-llama/Llama-3.1-8B-Instruct' }, 1.89],
  [
    'every rank gathers all logits',
    { ...H100, gpu: 'h100:2', model: 'meta-llama/Llama-3.1-8B-Instruct', args: { tensor_parallel_size: 2 } },
    1.89,
  ],
  ['sort before 0.17', { ...H100, version: '0.16.0', model: 'Qwen/Qwen3-14B' }, 5.64],
  ['Triton from 0.17', { ...H100, version: '0.18.0', model: 'Qwen/Qwen3-14B' }, 2.23],
  ['the MLP beats a small vocabulary', { ...H100, model: 'codellama/CodeLlama-7b-hf' }, 0.77],
  [
    'experts on two ranks',
    { ...H100, gpu: 'h100:2', model: 'mistralai/Mixtral-8x7B-Instruct-v0.1', args: { tensor_parallel_size: 2 } },
    1.21,
  ],
  ['experts and sampler', { ...H100, model: 'Qwen/Qwen3-30B-A3B' }, 2.68],
  ['kernels with a workspace of their own', { ...H100, model: 'openai/gpt-oss-20b' }, 2.87],
  ['latent attention', { ...H100, model: 'deepseek-ai/DeepSeek-V2-Lite-Chat' }, 1.93],
  ['images that fill the batch', { ...H100, model: 'google/gemma-3-12b-it' }, 3.94],
  [
    'few sequences: the forward pass',
    {
      ...H100,
      version: '0.10.2',
      model: 'Qwen/Qwen2.5-3B-Instruct',
      args: { max_num_seqs: 1, max_num_batched_tokens: 2048 },
    },
    0.17,
    0.02,
  ],
  [
    'few sequences, more tokens',
    { ...H100, version: '0.10.2', model: 'Qwen/Qwen3-4B', args: { max_num_seqs: 4, max_num_batched_tokens: 8192 } },
    0.59,
    0.03,
  ],
];

describe('activation peak', () => {
  it.each(LOGS.map((logged) => [logged[0], logged] as const))('%s', (_name, [, launch, gib, within = 0.015]) => {
    expect(Math.abs(inGib(memoryOf(launch).activationBytes.value) - gib)).toBeLessThanOrEqual(within);
  });

  it('holds what the log printed between its low and high end', () => {
    for (const logged of LOGS) {
      const [name, launch, gib, within = 0.015] = logged;
      const { low, high } = memoryOf(launch).activationBytes;
      expect(inGib(low) - within, name).toBeLessThanOrEqual(gib);
      expect(inGib(high) + within, name).toBeGreaterThanOrEqual(gib);
    }
  });

  it('does not know before 0.11.1 whether FlashInfer is installed: the interval spans both samplers', () => {
    const { activationBytes } = memoryOf({ model: 'Qwen/Qwen2-7B-Instruct', gpu: 'a100-80gb-sxm', version: '0.10.1' });
    // 256 sequences × 152,064 logits, at 10 bytes with FlashInfer and 38 without.
    const logits = 256 * 152_064;
    expect(activationBytes.low).toBeLessThan(13 * logits);
    expect(activationBytes.value).toBeGreaterThan(38 * logits);
  });

  it.each([
    ['0.19.0', 30],
    ['0.16.0', 50],
    ['0.12.0', 46],
    ['0.11.0', 42],
  ])('%s verifies drafts with %d bytes per logit', (version, bytes) => {
    const { activationBytes } = memoryOf({
      model: 'Qwen/Qwen3-14B',
      ...H100,
      version,
      args: { speculative_config: { method: 'ngram', num_speculative_tokens: 4 } },
    });
    const logits = 1024 * 151_936;
    expect(activationBytes.value / logits).toBeGreaterThan(bytes);
    expect(activationBytes.value / logits).toBeLessThan(bytes + 2);
  });

  // vLLM v1/worker/gpu/sample/sampler.py: #47711 returns the logits as they are when no request changes them.
  it('keeps an fp32 copy of the logits in the second runner until 0.28', () => {
    const activation = (version: string): number => {
      const args = { enforce_eager: true, max_num_batched_tokens: 1024 };
      return memoryOf({ ...H100, version, model: 'Qwen/Qwen3-14B', args }).activationBytes.value;
    };
    const logits = 1024 * 151_936;
    expect(activation('0.27.0') / logits).toBeGreaterThan(6);
    expect(activation('0.28.0') / logits).toBeLessThan(3);
  });

  // A Kaggle notebook of 0.23.0 on an RTX PRO 6000: a KV cache of 28.41 GiB beside 58.99 of weights.
  it("hands Gemma 4's tower images and frames in chunks", () => {
    const launch = {
      model: 'google/gemma-4-31B-it',
      gpu: 'rtx-pro-6000-blackwell',
      version: '0.23.0',
      args: {
        max_model_len: 32_768,
        gpu_memory_utilization: 0.94,
        limit_mm_per_prompt: { image: 4 },
        max_num_seqs: 20,
        max_num_batched_tokens: 8192,
      },
    };
    const { kvCacheBytes } = memoryOf(launch);
    expect(inGib(kvCacheBytes.low)).toBeLessThan(28.41);
    expect(inGib(kvCacheBytes.high)).toBeGreaterThan(28.41);
    const few = { ...launch.args, max_num_seqs: 4, max_num_batched_tokens: 2496 };
    const passes = ['0.21.0', '0.23.0'].map(
      (version) => memoryOf({ ...launch, version, args: few }).activationBytes.value,
    );
    expect(passes[0]).toBeLessThan(passes[1] ?? 0);
  });

  describe('torch.compile timing kernels on a copy of the embedding table', () => {
    const L4 = { gpu: 'l4', visibleGib: 22.03, version: '0.28.0' };
    const compiled = {
      model: 'google/gemma-4-31B-it',
      ...L4,
      args: { max_num_seqs: 1, limit_mm_per_prompt: { image: 0, video: 0, audio: 0 } },
    };

    const logs: readonly Logged[] = [
      // llm-d planner's sweep, fp32: 128,256 × 4,096 × 4 B and two batches of 8,192.
      [
        'fp32 tables are the larger',
        { ...H100, model: 'meta-llama/Meta-Llama-3-8B-Instruct', args: { dtype: 'float32', max_model_len: 8192 } },
        2.21,
      ],
      // github.com/cadamcat/dual-radeon-vllm, campaign-2026-08-30: 'about 2.8' compiled, 0.31 with enforce_eager on the same card.
      ['a small batch behind 262,144 rows', compiled, 2.7, 0.1],
      ['none in eager mode', { ...compiled, args: { ...compiled.args, enforce_eager: true } }, 0.31, 0.03],
    ];

    it.each(logs.map((logged) => [logged[0], logged] as const))('%s', (_name, [, launch, gib, within = 0.015]) => {
      expect(Math.abs(inGib(memoryOf(launch).activationBytes.value) - gib)).toBeLessThanOrEqual(within);
    });

    it('none where embeddings are looked up outside of what is compiled, as for images', () => {
      const images = memoryOf({ ...compiled, gpu: 'h100', visibleGib: 79.18, args: { max_num_seqs: 1 } });
      expect(inGib(images.activationBytes.high)).toBeLessThan(2);
    });

    it.each([
      ['a release before the benchmark', '0.11.0', {}],
      ['the benchmark switched off', '0.28.0', { inductor_compile_config: { benchmark_combo_kernel: false } }],
    ])('%s takes none', (_name, version, compilation_config) => {
      const { activationBytes } = memoryOf({ ...compiled, version, args: { ...compiled.args, compilation_config } });
      expect(inGib(activationBytes.value)).toBeLessThan(1);
    });
  });
});

// gpustack/gpustack#1800: vLLM 0.8.4 with V0 on an RTX 3090 refuses 8,192 tokens, as the cache holds 2,400.
it('profiles a prompt with one item of every modality in V0, however long it is', () => {
  const launch = {
    model: 'Qwen/Qwen2.5-VL-7B-Instruct',
    version: '0.8.4',
    gpu: 'rtx-3090',
    args: { max_model_len: 8192 },
    environment: { VLLM_USE_V1: '0' },
  };
  const { verdict, memory } = estimateOf(launch);
  expect(verdict).not.toBe('fits');
  expect(memory?.kvCacheTokens.low).toBeLessThanOrEqual(2_400);
  expect(memory?.kvCacheTokens.high).toBeGreaterThanOrEqual(2_400);
});

// A log of 0.11.0 on four RTX 3090: an encoder cache of 153,600 tokens, profiled with one video.
it('lays the output of a video of Qwen3-VL out to the whole encoder budget in 0.11 and 0.12', () => {
  const activation = (version: string): number =>
    inGib(
      memoryOf({
        model: 'Qwen/Qwen3-VL-30B-A3B-Instruct',
        version,
        gpu: 'rtx-3090:4',
        args: { tensor_parallel_size: 4, max_model_len: 32_768 },
      }).activationBytes.value,
    );
  // 153,600 tokens of 2,048, and as many of each of three levels, in 16 bits are 2.34 GiB; a batch is 0.3.
  expect(activation('0.11.0') - activation('0.13.0')).toBeGreaterThan(1.9);
  expect(activation('0.12.0')).toBeCloseTo(activation('0.11.0'), 2);
});
