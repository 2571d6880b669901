import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import type { ArgumentValue } from '../../../src/deployment.ts';
import { kvCapacity } from '../../../src/engines/vllm/kv-cache.ts';
import { launchOf, type Launch } from '../../../src/engines/vllm/launch.ts';
import { kvRules } from '../../../src/engines/vllm/cache-layers.ts';
import { partsOf, type StageParts } from '../../../src/engines/vllm/parts.ts';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { modelOf, targetOf } from './catalogue.ts';

interface Asked {
  readonly model: string;
  readonly drafter?: string;
  readonly version: string;
  readonly gpu: string;
  readonly args: Readonly<Record<string, ArgumentValue>>;
}

function partsFor({ model, drafter, version, gpu, args }: Asked): { launch: Launch; parts: StageParts } {
  const workload = {
    engineVersion: version,
    arguments: args,
    environment: {},
    model: modelOf(model),
    drafter: drafter ? modelOf(drafter) : null,
    target: targetOf(gpu),
  };
  const launch = launchOf(workload);
  if (!('version' in launch)) throw new Error(JSON.stringify(launch));
  const last = stagesOf(launch).at(-1);
  if (!last) throw new Error('no stage');
  return { launch, parts: partsOf(launch, last, workload.target, kvRules(launch)) };
}

/** Tokens that the memory of a log holds, by how this launch lays its cache out. */
function tokensIn(gibibytes: number, asked: Asked): number {
  const { launch, parts } = partsFor(asked);
  if (!parts.layout) throw new Error('no cache');
  const blocks = Math.floor((gibibytes * GIB) / parts.layout.blockBytes);
  return kvCapacity(parts.layout, blocks, launch.context.tokens, kvRules(launch)).tokens;
}

/** Figures that a log states, by the name of its row. */
function measured(id: string, figure: string): number {
  const text = readFileSync(new URL('../../accuracy/calibration.jsonl', import.meta.url), 'utf8');
  const line = text.split('\n').find((row) => row.includes(`"id": "${id}"`));
  const row = JSON.parse(line ?? '{}') as { readonly measured?: Readonly<Record<string, number>> };
  const value = row.measured?.[figure];
  if (value === undefined) throw new Error(`${id} states no ${figure}`);
  return value;
}

const drafting = (method: string, tokens: number, more: Readonly<Record<string, ArgumentValue>> = {}) => ({
  speculative_config: { method, num_speculative_tokens: tokens, ...more },
});

describe('the KV cache of a drafter', () => {
  it.each(['nothink', 'retry1', 'retry2'])(
    'is a group of its own where its heads differ (jethac-aeon-qwen36-dflash-%s)',
    (run) => {
      const id = `jethac-aeon-qwen36-dflash-${run}`;
      const tokens = tokensIn(measured(id, 'available_kv_cache_gib'), {
        model: 'nvidia/Qwen3.6-35B-A3B-NVFP4',
        drafter: 'z-lab/Qwen3.6-35B-A3B-DFlash',
        // A build of the main branch before 0.20.1.
        version: '0.20.0',
        gpu: 'gb10-128gb',
        args: {
          max_model_len: 262_144,
          max_num_batched_tokens: 65_536,
          max_num_seqs: 128,
          enable_prefix_caching: true,
          ...drafting('dflash', 15, { model: '/models/drafter' }),
        },
      });
      expect(tokens).toBe(measured(id, 'kv_cache_tokens'));
    },
  );

  it('joins the full-attention layers in a model with states (a100-qwen3.8-27b-awq-mtp3)', () => {
    // Qwen3.8-27B has the layers of Qwen3.5-27B; 17 with keys, blocks of 800 tokens: conv state of 3 + 3 columns.
    const id = 'a100-qwen3.8-27b-awq-mtp3';
    const tokens = tokensIn(measured(id, 'available_kv_cache_gib'), {
      model: 'QuantTrio/Qwen3.5-27B-AWQ',
      version: '0.28.0',
      gpu: 'a100-80gb',
      args: { max_model_len: 33_000, max_num_seqs: 16, ...drafting('mtp', 3) },
    });
    expect(tokens).toBe(measured(id, 'kv_cache_tokens'));
  });

  it('follows the dtype of the cache (qwen3.6-35b-a3b-prismaquant-mtp3-arm-u080)', () => {
    const id = 'qwen3.6-35b-a3b-prismaquant-mtp3-arm-u080';
    const tokens = tokensIn(measured(id, 'available_kv_cache_gib'), {
      model: 'nvidia/Qwen3.6-35B-A3B-NVFP4',
      version: '0.20.2',
      gpu: 'gb10-128gb',
      args: {
        max_model_len: 262_144,
        kv_cache_dtype: 'fp8',
        enable_prefix_caching: true,
        max_num_batched_tokens: 32_768,
        max_num_seqs: 10,
        ...drafting('mtp', 3),
      },
    });
    expect(tokens).toBe(measured(id, 'kv_cache_tokens'));
  });

  it.each([
    ['a100-gemma4-26b-a4b-awq-mtp3', 'google/gemma-4-26B-A4B-it'],
    ['a100-gemma4-31b-w4a16-mtp3', 'google/gemma-4-31B-it'],
  ])('is the target’s for an assistant of Gemma 4 (%s)', (id, model) => {
    const drafter = `${model}-assistant`;
    const tokens = tokensIn(measured(id, 'available_kv_cache_gib'), {
      model,
      drafter,
      version: '0.28.0',
      gpu: 'a100-80gb',
      args: {
        max_model_len: 33_000,
        limit_mm_per_prompt: { image: 0, video: 0, audio: 0 },
        // As the row says: vLLM takes the assistant for MTP, whatever it is called.
        ...drafting('draft_model', 3, { model: drafter }),
      },
    });
    // The log rounds the memory to 0.01 GiB of about 50.
    expect(Math.abs(tokens / measured(id, 'kv_cache_tokens') - 1)).toBeLessThan(0.0002);
  });

  it('can have a dtype of its own', () => {
    const asked = { model: 'meta-llama/Llama-3.1-8B-Instruct', version: '0.27.0', gpu: 'h100-80gb' };
    const drafter = 'RedHatAI/Llama-3.1-8B-Instruct-speculator.eagle3';
    const config = { model: drafter };
    const block = (args: Asked['args']): number =>
      partsFor({ ...asked, drafter, args }).parts.layout?.blockBytes ?? Number.NaN;
    // 8 heads × (128 + 128) per layer, 32 + 1 layers, 16 tokens: 2 bytes everywhere, or 1 for the drafter alone.
    expect(block(drafting('eagle3', 3, config))).toBe(16 * 33 * 8 * 256 * 2);
    expect(block(drafting('eagle3', 3, { ...config, kv_cache_dtype: 'fp8' }))).toBe(16 * (32 * 2 + 1) * 8 * 256);
  });

  it('is the pool of hidden states where those are kept', () => {
    const config = { draft_model_config: { hf_config: { eagle_aux_hidden_state_layer_ids: [2, 16, 29] } } };
    const { parts } = partsFor({
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      version: '0.19.0',
      gpu: 'h100-80gb',
      args: { tensor_parallel_size: 2, ...drafting('extract_hidden_states', 1, config) },
    });
    // Half of the 8 heads on each GPU; three states of 4,096 elements, whole on both.
    expect(parts.layout?.blockBytes).toBe(16 * (32 * 4 * 256 + 3 * 4096) * 2);
  });
});

describe('the weights of a drafter', () => {
  it('are those that the MTP layer adds to the same checkpoint (a100-qwen3.8-27b-awq-mtp3)', () => {
    const { parts } = partsFor({
      model: 'QuantTrio/Qwen3.5-27B-AWQ',
      version: '0.28.0',
      gpu: 'a100-80gb',
      args: { max_model_len: 33_000, max_num_seqs: 16, ...drafting('mtp', 3) },
    });
    // The row's note: 19.24 GiB without speculation; two figures of two decimals.
    const added = measured('a100-qwen3.8-27b-awq-mtp3', 'model_loading_gib') - 19.24;
    expect(Math.abs(parts.drafter.value / GIB - added)).toBeLessThan(0.01);
  });

  it('make up what a log loads for a hybrid of experts (vllm24881-qwen3next-tp4-h100class)', () => {
    const { parts } = partsFor({
      model: 'Qwen/Qwen3-Next-80B-A3B-Instruct',
      version: '0.10.2',
      gpu: 'h100-80gb:4',
      args: { tensor_parallel_size: 4, max_model_len: 12_288, ...drafting('qwen3_next_mtp', 2) },
    });
    const loaded = (parts.weights.value + parts.drafter.value) / GIB;
    expect(Math.abs(loaded - measured('vllm24881-qwen3next-tp4-h100class', 'weights_gib'))).toBeLessThan(0.01);
  });

  it('hold a head per MTP layer until 0.16', () => {
    const drafted = (version: string): number =>
      partsFor({
        model: 'deepseek-ai/DeepSeek-V3',
        version,
        gpu: 'h200:8',
        args: { tensor_parallel_size: 8, ...drafting('mtp', 1) },
      }).parts.drafter.value;
    // 129,280 tokens (a multiple of 8 × 64) × 7,168 × 2 bytes, cut in eight.
    const head = (129_280 / 8) * 7168 * 2;
    expect(Math.abs(drafted('0.15.1') - drafted('0.16.0') - head)).toBeLessThan(2 ** 20);
  });

  it('are those of the checkpoint without what the target has (EAGLE-3)', () => {
    const { parts } = partsFor({
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      drafter: 'RedHatAI/Llama-3.1-8B-Instruct-speculator.eagle3',
      version: '0.19.0',
      gpu: 'h100-80gb',
      args: drafting('eagle3', 3, { model: 'RedHatAI/Llama-3.1-8B-Instruct-speculator.eagle3' }),
    });
    // 950,186,496 numbers are stated for the repository; 128,256 × 4,096 of them repeat the target's embeddings, 128,256
    // are a mask of the vocabulary that vLLM does not load, and 32,000 are token ids of 8 bytes instead of 2.
    const bytes = (950_186_496 - 128_256 * 4096 - 128_256) * 2 + 32_000 * 6;
    expect(Math.abs(parts.drafter.value / bytes - 1)).toBeLessThan(0.005);
  });

  it('keep a copy of the embeddings on the last stage of a pipeline', () => {
    const drafted = (pipeline: number): number =>
      partsFor({
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        drafter: 'yuhuili/EAGLE-LLaMA3.1-Instruct-8B',
        version: '0.19.0',
        gpu: 'h100-80gb:2',
        args: {
          pipeline_parallel_size: pipeline,
          ...drafting('eagle', 3, { model: 'yuhuili/EAGLE-LLaMA3.1-Instruct-8B' }),
        },
      }).parts.drafter.value;
    expect(drafted(2) - drafted(1)).toBe(128_256 * 4096 * 2);
  });

  it('take the fused keys and values of DFlash twice', () => {
    const { parts } = partsFor({
      model: 'Qwen/Qwen3-8B',
      drafter: 'z-lab/Qwen3-8B-DFlash-b16',
      version: '0.20.0',
      gpu: 'h100-80gb',
      args: { max_num_seqs: 64, ...drafting('dflash', 15, { model: 'z-lab/Qwen3-8B-DFlash-b16' }) },
    });
    // 1,048,626,432 parameters are stated; five layers of 8 × (128 + 128) rows over 4,096 columns come once more.
    const bytes = (1_048_626_432 + 5 * 8 * 256 * 4096) * 2;
    expect(Math.abs(parts.drafter.value / bytes - 1)).toBeLessThan(0.005);
  });

  it('are cut like the target on V1, whatever draft_tensor_parallel_size says', () => {
    const drafter = 'yuhuili/EAGLE-LLaMA3.1-Instruct-8B';
    const drafted = (more: Readonly<Record<string, ArgumentValue>>): number =>
      partsFor({
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        drafter,
        version: '0.19.0',
        gpu: 'h100-80gb:4',
        args: { tensor_parallel_size: 4, ...drafting('eagle', 3, { model: drafter, ...more }) },
      }).parts.drafter.value;
    expect(drafted({ draft_tensor_parallel_size: 1 })).toBe(drafted({}));
  });
});

describe('V0', () => {
  it('drafts n-grams without memory of its own (vllm-15394-opt125m-ngram-v0)', () => {
    const { launch, parts } = partsFor({
      model: 'facebook/opt-125m',
      version: '0.8.1',
      gpu: 'h200',
      args: { speculative_model: '[ngram]', num_speculative_tokens: 10 },
    });
    expect(launch.runner).toBe('v0');
    expect(parts.drafter.value).toBe(0);
    const gibibytes = measured('vllm-15394-opt125m-ngram-v0', 'available_kv_cache_gib');
    const blocks = measured('vllm-15394-opt125m-ngram-v0', 'num_gpu_blocks');
    // The log rounds to 0.01 GiB, which is nine blocks.
    expect(Math.abs((gibibytes * GIB) / (parts.layout?.blockBytes ?? 1) - blocks)).toBeLessThan(10);
  });

  it('shares its pool between target and draft model, and leaves the draft model’s weights out of the budget', () => {
    const { parts } = partsFor({
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      drafter: 'meta-llama/Llama-3.2-1B-Instruct',
      version: '0.8.5',
      gpu: 'h100-80gb',
      args: { speculative_model: 'meta-llama/Llama-3.2-1B-Instruct', num_speculative_tokens: 5 },
    });
    // Equal numbers of blocks for both: 32 layers of 8 heads of 128, 16 layers of 8 heads of 64, 16 tokens of 2 bytes.
    expect(parts.layout?.blockBytes).toBe(16 * 2 * 2 * (32 * 8 * 128 + 16 * 8 * 64));
    expect(parts.drafter.value).toBe(0);
    // 1,235,814,400 parameters (the model card), outside.
    expect(parts.late.value).toBeGreaterThan(1_235_814_400 * 2);
  });
});
