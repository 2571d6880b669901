import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { heldAgainst } from '../../src/models/checkpoint.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { headerLength, parseSafetensors, sumElements } from '../../src/models/safetensors.ts';
import { headerOf, safetensorsFile } from '../hub/safetensors-file.ts';

const TENSORS = {
  'model.embed_tokens.weight': { dtype: 'BF16', shape: [100, 8], bytes: 1600 },
  'model.norm.weight': { dtype: 'F32', shape: [8], bytes: 32 },
  'model.scale': { dtype: 'F8_E4M3', shape: [], bytes: 1 },
  'model.packed': { dtype: 'F4', shape: [3], bytes: 2 },
};

describe('a safetensors header', () => {
  it('gives the elements of each dtype, and the bytes', () => {
    const file = safetensorsFile(TENSORS);
    const length = headerLength(file);
    expect(length).toBe(headerOf(TENSORS).length);
    const json = file.subarray(8, 8 + Number(length)).toString();
    expect(parseSafetensors(json, file.length - 8 - Number(length))).toEqual({
      elements: { BF16: 800, F32: 8, F8_E4M3: 1, F4: 3 },
      bytes: 1635,
    });
    expect(sumElements([{ BF16: 1, F32: 2 }, { BF16: 3 }])).toEqual({ BF16: 4, F32: 2 });
  });

  const one = (tensor: object): string => JSON.stringify({ a: tensor });
  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['an unknown dtype', one({ dtype: 'F7', shape: [1], data_offsets: [0, 1] })],
    ['a dtype of every object', one({ dtype: 'constructor', shape: [1], data_offsets: [0, 1] })],
    ['a shape that is too small', one({ dtype: 'U8', shape: [1], data_offsets: [0, 2] })],
    ['a negative side', one({ dtype: 'U8', shape: [-1, -2], data_offsets: [0, 2] })],
    ['an overflow', one({ dtype: 'U8', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 2] })],
    ['a gap', one({ dtype: 'U8', shape: [2], data_offsets: [3, 5] })],
    ['offsets that are none', one({ dtype: 'U8', shape: [2], data_offsets: ['0', 2] })],
    ['no offsets', one({ dtype: 'U8', shape: [2] })],
    ['text', one([])],
    [
      'an overlap',
      JSON.stringify({
        a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] },
        b: { dtype: 'U8', shape: [4], data_offsets: [2, 6] },
      }),
    ],
  ])('that holds %s is refused', (_, json) => {
    expect(parseSafetensors(json, null)).toHaveProperty('problem');
  });

  it('that does not agree with the length of the file is refused', () => {
    expect(parseSafetensors(headerOf(TENSORS), 1636)).toHaveProperty('problem');
  });

  it.each([
    [[]],
    [[1, 2, 3]],
    [[0, 0, 0, 0, 0, 0, 0, 0]],
    [[255, 255, 255, 255, 255, 255, 255, 255]],
    [[0, 0, 0, 0, 1, 0, 0, 0]],
  ])('whose length is %j is none', (bytes) => {
    expect(headerLength(Uint8Array.from(bytes))).toHaveProperty('problem');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ maxLength: 16 }), (json, bytes) => {
        expect(parseSafetensors(json, null)).toBeTypeOf('object');
        expect(headerLength(bytes)).toBeDefined();
      }),
    );
  });
});

describe('a checkpoint against its config.json', () => {
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    vocab_size: 1000,
  };
  /** Embeddings and head; two layers of q, k, v, o, of gate, up, down and of two norms; the last norm. */
  const linear = 2 * (4 * 64 * 64 + 3 * 64 * 128);
  const parameters = 2 * 64_000 + linear + 2 * 2 * 64 + 64;
  const made = (over: object = {}): Architecture => {
    const architecture = architectureOf({ ...config, ...over });
    if ('problem' in architecture) throw new Error(architecture.problem);
    return architecture;
  };

  it('agrees, also with a copy of the head where the embeddings are tied', () => {
    expect(heldAgainst(made(), { BF16: parameters })).toBeNull();
    expect(heldAgainst(made({ tie_word_embeddings: true }), { BF16: parameters })).toBeNull();
    expect(heldAgainst(made({ tie_word_embeddings: true }), { BF16: parameters - 64_000 })).toBeNull();
    expect(heldAgainst(made(), { F32: parameters, I64: 77 })).toBeNull();
  });

  it('is told where a known family is off, and refused where an unknown one is', () => {
    const more = { BF16: Math.round(parameters * 1.05) };
    expect(heldAgainst(made(), more)).toEqual({ note: expect.stringContaining('5.0 % more'), refuses: false });
    expect(heldAgainst(made({ model_type: 'never_heard_of' }), more)).toMatchObject({ refuses: true });
    expect(heldAgainst(made({ model_type: 'never_heard_of' }), { BF16: Math.round(parameters * 0.95) })).toMatchObject({
      refuses: false,
    });
  });

  it('agrees with the counts that the Hub states, but for buffers, poolers and heads that are left out', () => {
    const catalogue = makeModelCatalogue(modelData);
    const stated = readFileSync(new URL('parameters.jsonl', import.meta.url), 'utf8')
      .trim()
      .split('\n');
    const held = stated.flatMap((line) => {
      const row = JSON.parse(line) as { id: string; stated: number };
      const facts = catalogue.find(row.id);
      return facts && facts.architecture.drafter === null
        ? [{ id: row.id, against: heldAgainst(facts.architecture, { BF16: row.stated }) }]
        : [];
    });
    const off = held.filter(({ against }) => against !== null);
    expect(held.length).toBeGreaterThan(500);
    expect(off.length).toBeLessThan(held.length * 0.03);
    expect(off.map(({ id }) => id)).toContain('openai-community/gpt2');
    expect(off.filter(({ against }) => against?.refuses)).toEqual([]);
  });

  it('counts what is packed for as many as it holds', () => {
    const awq = made({ quantization_config: { quant_method: 'awq', bits: 4, group_size: 32, zero_point: true } });
    const plain = parameters - linear;
    // Eight weights in 32 bits; a 16-bit scale and a 4-bit zero point for every 32.
    const packed = { I32: linear / 8 + linear / 32 / 8, F16: plain + linear / 32 };
    expect(heldAgainst(awq, packed)).toBeNull();
    expect(heldAgainst(awq, { ...packed, I32: packed.I32 * 1.5 })).toMatchObject({ refuses: false });
  });
});
