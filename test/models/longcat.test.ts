import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const small = {
  architectures: ['LongcatFlashForCausalLM'],
  model_type: 'longcat_flash',
  hidden_size: 64,
  num_layers: 3,
  num_attention_heads: 4,
  kv_lora_rank: 16,
  q_lora_rank: 24,
  qk_nope_head_dim: 8,
  qk_rope_head_dim: 4,
  v_head_dim: 8,
  ffn_hidden_size: 96,
  expert_ffn_hidden_size: 32,
  n_routed_experts: 6,
  zero_expert_num: 2,
  moe_topk: 2,
  vocab_size: 1000,
};

function made(config: unknown): Architecture {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

function tensorsOf(config: unknown): ReadonlyMap<string, readonly unknown[]> {
  const tensors = made(config).layers[0]?.tensors ?? [];
  return new Map(tensors.map(({ name, stack, rows, columns, dtype }) => [name, [stack, rows, columns, dtype]]));
}

/** Expected shapes follow vLLM model_executor/models/longcat_flash.py. */
describe('LongCat-Flash', () => {
  it('attends twice in each layer and keeps a latent for each', () => {
    const { layers } = made(small);
    const latent = { kind: 'latent', latentDim: 16, ropeDim: 4, sparse: false };
    expect(layers.map(({ caches }) => caches)).toEqual(Array.from({ length: 3 }, () => [latent, latent]));
    const tensors = tensorsOf(small);
    for (const half of [0, 1]) {
      expect(tensors.get(`self_attn.${half}.q_b_proj`)).toEqual([1, 4 * (8 + 4), 24, null]);
      expect(tensors.get(`self_attn.${half}.o_proj`)).toEqual([1, 64, 4 * 8, null]);
      expect(tensors.get(`mlps.${half}.gate_up_proj`)).toEqual([1, 2 * 96, 64, null]);
      expect(tensors.get(`mlps.${half}.down_proj`)).toEqual([1, 64, 96, null]);
    }
  });

  it('has one mixture per layer, whose 32-bit router also chooses experts that are not stored', () => {
    const tensors = tensorsOf(small);
    expect(tensors.get('mlp.experts.w13')).toEqual([6, 2 * 32, 64, null]);
    expect(tensors.get('mlp.router.classifier')).toEqual([1, 6 + 2, 64, 'float32']);
    expect(tensors.get('mlp.router.e_score_correction_bias')).toEqual([1, 6 + 2, 1, 'float32']);
    const narrow = tensorsOf({ ...small, router_dtype: 'bfloat16' });
    expect(narrow.get('mlp.router.classifier')?.[3]).toBeNull();
  });

  it('has what is stated for LongCat-Flash-Chat to the last parameter, with the drafting layer and its embedding', () => {
    // llmfit data/hf_models.json, from the safetensors of the model: drafting (longcat_flash_mtp.py) has an embedding.
    const stated = 561_862_880_256;
    const architecture = makeModelCatalogue(modelData).find('meituan-longcat/LongCat-Flash-Chat')?.architecture;
    if (!architecture) throw new Error('not in the catalogue');
    const { total, nextTokenPrediction } = parametersOf(architecture);
    expect(total + nextTokenPrediction + architecture.vocabSize * architecture.hiddenSize).toBe(stated);
  });

  it.each([
    ['no kv_lora_rank', { kv_lora_rank: undefined }, 'kv_lora_rank'],
    ['experts that differ by layer', { n_routed_experts: undefined, num_experts: [6, 6, 6] }, 'n_routed_experts'],
    ['modules left out of quantization', { disable_quant_module: ['mlps'] }, 'disable_quant_module'],
  ])('is refused with %s', (_, change, named) => {
    const refused = architectureOf({ ...small, ...change });
    expect('problem' in refused ? refused.problem : '').toContain(named);
  });
});
