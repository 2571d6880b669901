import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture } from '../../src/models/architecture.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parseGguf } from '../../src/models/gguf/header.ts';
import { configOfGguf } from '../../src/models/gguf/config.ts';
import { ggufWeights } from '../../src/models/gguf/weights.ts';
import { architectureOfUsed, usedFields } from '../../src/models/config/used-fields.ts';
import { ggufHeader, type MadeGgufTensor, u64 } from '../hub/gguf-file.ts';

const Q4_K = 12;
const Q6_K = 14;
const F32 = 0;

function headerOf(bytes: Buffer) {
  const parsed = parseGguf(bytes);
  if (!('metadata' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed;
}

function made(value: ReturnType<typeof configOfGguf>): Architecture {
  if ('problem' in value) throw new Error(value.problem);
  const architecture = architectureOf(value.config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

describe('a GGUF header', () => {
  it('gives values, tensors and their bytes', () => {
    const bytes = ggufHeader(
      { 'general.architecture': 'llama', on: true, 'a.count': 7, ratio: 0.5, sides: [1, 2], words: ['a', 'b', 'c'] },
      { 'token_embd.weight': [Q6_K, 256, 10], 'blk.0.attn_norm.weight': [F32, 256] },
    );
    const { metadata, tensors } = headerOf(bytes);
    expect(Object.fromEntries(metadata)).toEqual({
      'general.architecture': 'llama',
      on: true,
      'a.count': 7,
      ratio: 0.5,
      sides: [1, 2],
      words: { length: 3 },
    });
    // Q6_K: 210 bytes for 256 weights (ggml-common.h, block_q6_K).
    expect(tensors).toEqual([
      { name: 'token_embd.weight', type: 'Q6_K', dimensions: 2, elements: 2560, bytes: 2100 },
      { name: 'blk.0.attn_norm.weight', type: 'F32', dimensions: 1, elements: 256, bytes: 1024 },
    ]);
  });

  it('asks for more wherever it is cut, and never throws', () => {
    const bytes = ggufHeader({ 'general.architecture': 'llama', words: ['a', 'b'] }, { a: [Q4_K, 256, 2] });
    for (let end = 0; end < bytes.length; end++) expect(parseGguf(bytes.subarray(0, end))).toEqual({ more: true });
    expect(parseGguf(Buffer.concat([bytes, Buffer.alloc(100)]))).toHaveProperty('metadata');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 1, maxLength: 12 }), (at, noise) => {
        const broken = Buffer.from(bytes);
        broken.set(noise.subarray(0, broken.length - at), at);
        expect(parseGguf(broken)).toBeTypeOf('object');
      }),
    );
  });

  const from = (...parts: Buffer[]): Buffer => Buffer.concat([Buffer.from('GGUF\u0003\0\0\0'), ...parts]);
  it.each([
    ['another format', Buffer.alloc(64)],
    ['version 9', Buffer.from('GGUF\u0009\0\0\0'.padEnd(64, '\0'))],
    ['tensors without end', from(u64(2n ** 62n), u64(0))],
    ['fields without end', from(u64(0), u64(1_000_000))],
    ['a name without end', from(u64(0), u64(1), u64(2n ** 60n))],
    ['a value of another kind', from(u64(0), u64(1), u64(0), Buffer.from([99, 0, 0, 0]))],
    ['a list of lists', from(u64(0), u64(1), u64(0), Buffer.from([9, 0, 0, 0, 9, 0, 0, 0]), u64(1))],
    ['a tensor of another type', ggufHeader({}, { a: [77, 4] })],
    ['a tensor of nine dimensions', ggufHeader({}, { a: [F32, 1, 1, 1, 1, 1, 1, 1, 1, 1] })],
    ['a tensor larger than any', ggufHeader({}, { a: [F32, 4_000_000_000, 4_000_000_000] })],
  ])('that holds %s is refused', (_, bytes) => {
    expect(parseGguf(bytes)).toHaveProperty('problem');
  });
});

/** config.json's fields under GGUF's names, as llama.cpp's convert_hf_to_gguf.py writes them. */
function metadataOf(name: string, config: Record<string, unknown>) {
  const entries = {
    context_length: config['max_position_embeddings'],
    embedding_length: config['hidden_size'],
    block_count: config['num_hidden_layers'],
    feed_forward_length: config['intermediate_size'],
    'attention.head_count': config['num_attention_heads'],
    'attention.head_count_kv': config['num_key_value_heads'],
    'attention.key_length': config['head_dim'],
    expert_count: config['num_experts'],
    expert_used_count: config['num_experts_per_tok'],
    expert_feed_forward_length: config['moe_intermediate_size'],
    'attention.sliding_window': config['sliding_window'],
    'attention.kv_lora_rank': config['kv_lora_rank'],
    'attention.q_lora_rank': config['q_lora_rank'],
    'rope.dimension_count': config['qk_rope_head_dim'],
    'attention.key_length_mla': Number(config['qk_nope_head_dim']) + Number(config['qk_rope_head_dim']) || undefined,
    'attention.value_length_mla': config['v_head_dim'],
    expert_shared_count: config['n_shared_experts'],
    leading_dense_block_count: config['first_k_dense_replace'],
    'ssm.group_count': config['linear_num_key_heads'],
    'ssm.time_step_rank': config['linear_num_value_heads'],
    'ssm.state_size': config['linear_key_head_dim'],
    'ssm.inner_size': Number(config['linear_num_value_heads']) * Number(config['linear_value_head_dim']) || undefined,
    'ssm.conv_kernel': config['linear_conv_kernel_dim'],
    full_attention_interval: config['full_attention_interval'],
    // gpt-oss and DeepSeek count their experts under names of their own, and gpt-oss has their width as its only one.
    ...(typeof config['num_local_experts'] === 'number'
      ? { expert_count: config['num_local_experts'], expert_feed_forward_length: config['intermediate_size'] }
      : {}),
    ...(typeof config['n_routed_experts'] === 'number' ? { expert_count: config['n_routed_experts'] } : {}),
    ...(typeof config['shared_expert_intermediate_size'] === 'number'
      ? { expert_shared_feed_forward_length: config['shared_expert_intermediate_size'] }
      : {}),
  };
  const stated = Object.entries(entries).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  const words = Array.from({ length: Number(config['vocab_size']) }, () => '');
  return {
    'general.architecture': name,
    ...Object.fromEntries(stated.map(([key, value]) => [`${name}.${key}`, value])),
    'tokenizer.ggml.tokens': words,
  };
}

describe('a model from its GGUF header', () => {
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct', 'llama'],
    ['Qwen/Qwen2.5-7B-Instruct', 'qwen2'],
    ['Qwen/Qwen3-0.6B', 'qwen3'],
    ['Qwen/Qwen3-30B-A3B', 'qwen3moe'],
    ['google/gemma-2-9b-it', 'gemma2'],
    ['google/gemma-3-1b-it', 'gemma3'],
    ['openai/gpt-oss-20b', 'gpt-oss'],
    ['microsoft/Phi-3-mini-4k-instruct', 'phi3'],
    ['zai-org/GLM-4-9B-0414', 'glm4'],
    ['ibm-granite/granite-3.3-8b-instruct', 'granite'],
    ['allenai/OLMo-2-1124-7B-Instruct', 'olmo2'],
    ['CohereLabs/c4ai-command-r-v01', 'command-r'],
    ['Qwen/Qwen3-Next-80B-A3B-Instruct', 'qwen3next'],
    ['deepseek-ai/DeepSeek-V2-Lite', 'deepseek2'],
  ])('%s has the layers and tables of its config.json', (id, name) => {
    const row = modelData.models.find(({ ids }) => ids.includes(id));
    const config = modelData.configs[row?.config ?? -1] as Record<string, unknown>;
    const whole = architectureOf(config);
    if ('problem' in whole) throw new Error(whole.problem);
    const tied = whole.tiedEmbeddings;
    const biased = whole.layers[0]?.tensors.some(({ name: one, biasRows }) => one.endsWith('qkv_proj') && biasRows > 0);
    const tensors: Record<string, MadeGgufTensor> = {
      'token_embd.weight': [Q4_K, 256, 4],
      ...(tied ? {} : { 'output.weight': [Q4_K, 256, 4] }),
      ...(biased ? { 'blk.0.attn_q.bias': [F32, 256] } : {}),
    };
    const own = made(configOfGguf([headerOf(ggufHeader(metadataOf(name, config), tensors))]));
    for (const part of ['layers', 'embedding', 'head', 'vocabSize', 'context', 'moe', 'tiedEmbeddings'] as const)
      expect(own[part], part).toEqual(whole[part]);
    expect(own.approximations).toEqual([]);
  });

  it('stores every matrix at the average of all', () => {
    const tensors: Record<string, MadeGgufTensor> = {
      'token_embd.weight': [Q6_K, 256, 4],
      'blk.0.ffn_down.weight': [Q4_K, 256, 4],
      'blk.0.ffn_gate_inp.weight': [F32, 256, 4],
      'blk.0.attn_norm.weight': [F32, 256],
    };
    const metadata = {
      'general.architecture': 'llama',
      'llama.embedding_length': 256,
      'llama.block_count': 1,
      'llama.attention.head_count': 4,
      'llama.vocab_size': 4,
    };
    // 210 and 144 bytes for 256 weights each.
    expect(made(configOfGguf([headerOf(ggufHeader(metadata, tensors))])).quantization).toMatchObject({
      method: 'gguf',
      weightBits: ((210 + 144) * 8) / 512,
      quantizesHead: true,
    });
  });

  it('keeps the bytes of every tensor, in the facts file too', () => {
    const tensors: Record<string, MadeGgufTensor> = {
      'token_embd.weight': [Q6_K, 256, 4],
      'output.weight': [Q6_K, 256, 4],
      'blk.0.ffn_down.weight': [Q4_K, 256, 4],
      'blk.1.ffn_down.weight': [Q6_K, 256, 4],
      'blk.1.attn_norm.weight': [F32, 256],
    };
    const metadata = {
      'general.architecture': 'llama',
      'llama.embedding_length': 256,
      'llama.block_count': 2,
      'llama.attention.head_count': 4,
      'llama.vocab_size': 4,
    };
    const config = configOfGguf([headerOf(ggufHeader(metadata, tensors))]);
    if ('problem' in config) throw new Error(config.problem);
    const { config: cut, leftOut } = usedFields(config.config);
    const again = architectureOfUsed({ config: JSON.parse(JSON.stringify(cut)) as typeof cut, leftOut });
    if ('problem' in again) throw new Error(again.problem);
    // 210 bytes for 256 weights in Q6_K, 144 in Q4_K, 1,024 in F32.
    expect(
      ggufWeights(again)?.map(({ name, layer, place, bytes, low, high }) => [name, layer, place, bytes, low, high]),
    ).toEqual([
      ['token_embd.weight', null, 'input', 840, 840, 840],
      ['output.weight', null, 'output', 840, 840, 840],
      ['blk.0.ffn_down.weight', 0, 'layer', 576, 576, 576],
      ['blk.1.ffn_down.weight', 1, 'layer', 840, 840, 840],
      ['blk.1.attn_norm.weight', 1, 'layer', 1024, 1024, 1024],
    ]);
  });

  it('is a problem for a family that is not known, and for a header without weights', () => {
    expect(
      configOfGguf([headerOf(ggufHeader({ 'general.architecture': 'constructor' }, { a: [F32, 2, 2] }))]),
    ).toHaveProperty('problem');
    expect(configOfGguf([headerOf(ggufHeader({ 'general.architecture': 'llama' }, {}))])).toHaveProperty('problem');
    expect(configOfGguf([])).toHaveProperty('problem');
  });
});
