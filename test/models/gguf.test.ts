import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture } from '../../src/models/architecture.ts';
import { architectureOf } from '../../src/models/config.ts';
import { parseGguf } from '../../src/models/gguf.ts';
import { configOfGguf } from '../../src/models/gguf-config.ts';
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
  ])('%s has the layers and tables of its config.json', (id, name) => {
    const row = modelData.models.find(({ ids }) => ids.includes(id));
    const config = modelData.configs[row?.config ?? -1] as Record<string, unknown>;
    const tied = config['tie_word_embeddings'] === true;
    const tensors: Record<string, MadeGgufTensor> = {
      'token_embd.weight': [Q4_K, 256, 4],
      ...(tied ? {} : { 'output.weight': [Q4_K, 256, 4] }),
    };
    const own = made(configOfGguf([headerOf(ggufHeader(metadataOf(name, config), tensors))]));
    const whole = architectureOf(config);
    if ('problem' in whole) throw new Error(whole.problem);
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

  it('is a problem for a family that is not known, and for a header without weights', () => {
    expect(
      configOfGguf([headerOf(ggufHeader({ 'general.architecture': 'constructor' }, { a: [F32, 2, 2] }))]),
    ).toHaveProperty('problem');
    expect(configOfGguf([headerOf(ggufHeader({ 'general.architecture': 'llama' }, {}))])).toHaveProperty('problem');
    expect(configOfGguf([])).toHaveProperty('problem');
  });
});
