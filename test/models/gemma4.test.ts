import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { elementsOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);

/** A Gemma 4 with every feature at once, small. */
const everything = {
  model_type: 'gemma4_text',
  architectures: ['Gemma4ForCausalLM'],
  attention_k_eq_v: true,
  enable_moe_block: true,
  global_head_dim: 64,
  head_dim: 32,
  hidden_size: 128,
  hidden_size_per_layer_input: 16,
  intermediate_size: 256,
  layer_types: ['sliding_attention', 'full_attention', 'sliding_attention', 'full_attention'],
  max_position_embeddings: 4096,
  moe_intermediate_size: 48,
  num_attention_heads: 4,
  num_experts: 8,
  num_global_key_value_heads: 1,
  num_hidden_layers: 4,
  num_key_value_heads: 2,
  num_kv_shared_layers: 2,
  rope_parameters: {
    full_attention: { partial_rotary_factor: 0.25, rope_type: 'proportional' },
    sliding_attention: { rope_type: 'default' },
  },
  sliding_window: 512,
  tie_word_embeddings: true,
  top_k_experts: 2,
  use_double_wide_mlp: true,
  vocab_size: 1000,
  vocab_size_per_layer_input: 1000,
};

function made(config: unknown) {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

describe('Gemma 4', () => {
  const architecture = made(everything);
  const rowsOf = (index: number, name: string): number | undefined =>
    architecture.layers[index]?.tensors.find((tensor) => tensor.name === name)?.rows;

  it('has wider heads on full layers, fewer of them for keys, and no cache where another one is read', () => {
    expect(architecture.layers.map(({ caches }) => caches)).toEqual([
      [{ kind: 'sliding', windowTokens: 512, kvHeads: 2, keyDim: 32, valueDim: 32 }],
      [{ kind: 'full', kvHeads: 1, keyDim: 64, valueDim: 64 }],
      [],
      [],
    ]);
    // vLLM's fused projection holds values even where the checkpoint lets the keys stand for them.
    expect(rowsOf(0, 'self_attn.qkv_proj')).toBe(4 * 32 + 2 * 2 * 32);
    expect(rowsOf(1, 'self_attn.qkv_proj')).toBe(4 * 64 + 2 * 1 * 64);
  });

  it('widens the MLP of layers that read another cache, beside the experts', () => {
    expect([0, 1, 2, 3].map((index) => rowsOf(index, 'mlp.gate_up_proj'))).toEqual([512, 512, 1024, 1024]);
    expect(rowsOf(0, 'moe.experts.w13')).toBe(96);
    expect(rowsOf(0, 'mlp.experts.w13')).toBeUndefined();
  });

  it('keeps a table of inputs per layer and two ropes, the full one over the whole head', () => {
    expect(architecture.embedding.map(({ name, columns }) => [name, columns])).toContainEqual([
      'embed_tokens_per_layer',
      4 * 16,
    ]);
    expect(architecture.ropes.map(({ rotaryDim }) => rotaryDim)).toEqual([64, 32]);
  });

  it('12B: its text part has 11,907,350,576 parameters (a text-only fine-tune of it, counted in its safetensors)', () => {
    const facts = models.find('google/gemma-4-12B-it');
    const tensors = [
      ...(facts?.architecture.embedding ?? []),
      ...(facts?.architecture.head ?? []),
      ...(facts?.architecture.layers ?? []).flatMap((layer) => layer.tensors),
    ];
    // Values of the eight full layers: one head of 512 over 3,840, not in the checkpoint.
    const copies = 8 * 512 * 3840;
    const counted = tensors.reduce((sum, tensor) => sum + elementsOf(tensor), 0) - copies;
    expect(Math.abs(counted / 11_907_350_576 - 1)).toBeLessThan(1e-6);
  });

  it('E2B: its audio tower is a conformer, counted by hand, of which every rank holds the whole', () => {
    const audio = models
      .find('google/gemma-4-E2B-it')
      ?.architecture.encoders.find(({ items }) => items.some(({ modality }) => modality === 'audio'));
    const count = (tensors: Parameters<typeof elementsOf>[0][]): number =>
      tensors.reduce((sum, tensor) => sum + elementsOf(tensor), 0);
    // transformers models/gemma4/modeling_gemma4.py: two half MLPs, five projections, a convolution of five taps.
    const block = 2 * (8 * 1024 ** 2 + 2 * 1024) + 5 * 1024 ** 2 + 128 + 3 * 1024 ** 2 + 5 * 1024 + 5 * 1024;
    const front = 128 * 9 + 128 + 32 * 128 * 9 + 32 + 1024 * 1024 + (1536 * 1024 + 1536) + 1536 * 1536;
    expect([audio?.depth, count([...(audio?.block ?? [])]), count([...(audio?.tensors ?? [])])]).toEqual([
      12,
      block,
      front,
    ]);
    expect([...(audio?.block ?? []), ...(audio?.tensors ?? [])].every(({ shard }) => shard.kind === 'replicated')).toBe(
      true,
    );
  });
});
