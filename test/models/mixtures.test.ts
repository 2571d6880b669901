import { describe, expect, it } from 'vitest';
import type { Architecture } from '../../src/models/architecture.ts';
import { architectureOf } from '../../src/models/config/config.ts';

function made(config: unknown): Architecture {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

function shapesOf({ layers }: Architecture, index: number): (readonly [string, number, number, number])[] {
  return (layers[index]?.tensors ?? []).map(({ name, stack, rows, columns }) => [name, stack, rows, columns]);
}

describe('DBRX (vLLM model_executor/models/dbrx.py)', () => {
  const dbrx = {
    architectures: ['DbrxForCausalLM'],
    attn_config: { clip_qkv: 8, kv_n_heads: 2 },
    d_model: 64,
    ffn_config: { ffn_hidden_size: 96, moe_num_experts: 4, moe_top_k: 2 },
    max_seq_len: 512,
    model_type: 'dbrx',
    n_heads: 8,
    n_layers: 3,
    vocab_size: 1000,
  };

  it('states heads and experts in sections of their own', () => {
    const architecture = made(dbrx);
    expect(architecture.layers[0]?.caches).toEqual([{ kind: 'full', kvHeads: 2, keyDim: 8, valueDim: 8 }]);
    expect(shapesOf(architecture, 0)).toEqual(
      expect.arrayContaining([
        ['self_attn.qkv_proj', 1, (8 + 2 * 2) * 8, 64],
        ['mlp.experts.w13', 4, 2 * 96, 64],
        ['mlp.experts.w2', 4, 64, 96],
      ]),
    );
    expect(architecture.moe).toMatchObject({ experts: 4, expertsPerToken: 2, intermediateSize: 96 });
  });

  it('has the defaults of its class for what a section leaves out (transformers models/dbrx/configuration_dbrx.py)', () => {
    const { kvHeads, moe } = made({ ...dbrx, attn_config: {}, ffn_config: {} });
    expect([kvHeads, moe?.experts, moe?.expertsPerToken, moe?.intermediateSize]).toEqual([1, 4, 1, 3584]);
  });
});

describe('Arctic (vLLM model_executor/models/arctic.py)', () => {
  const arctic = {
    architectures: ['ArcticForCausalLM'],
    hidden_size: 64,
    intermediate_size: 96,
    model_type: 'arctic',
    moe_layer_frequency: 2,
    num_attention_heads: 8,
    num_experts_per_tok: 2,
    num_hidden_layers: 2,
    num_key_value_heads: 2,
    num_local_experts: 4,
    use_residual: true,
    vocab_size: 1000,
  };
  const beside = [
    ['residual_mlp.gate_up_proj', 1, 128, 64],
    ['residual_mlp.down_proj', 1, 64, 64],
    ['residual_layernorm', 1, 64, 1],
  ];

  it('has an MLP as wide as the model and a norm beside the experts, in layers that have some', () => {
    expect(shapesOf(made(arctic), 1)).toEqual(expect.arrayContaining(beside));
    expect(shapesOf(made(arctic), 1)).toContainEqual(['mlp.experts.w13', 4, 192, 64]);
    const first = shapesOf(made(arctic), 0).map(([name]) => name);
    expect(first).toContain('mlp.gate_up_proj');
    expect(first.filter((name) => name.startsWith('residual'))).toEqual([]);
  });

  it('has none where the config does not ask for it', () => {
    const names = shapesOf(made({ ...arctic, use_residual: false }), 1).map(([name]) => name);
    expect(names.filter((name) => name.startsWith('residual'))).toEqual([]);
  });
});
