import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { precisionOf } from '../../src/engines/quantized-weight.ts';
import { allocationsFor, type Storage } from '../../src/engines/stored-tensors.ts';
import { specsOf } from '../../src/engines/vllm/cache-specs.ts';
import { USUAL_STORAGE } from '../../src/engines/vllm/compressed-specs.ts';
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);
const row = modelData.models.find(({ ids }) => ids.includes('MiniMaxAI/MiniMax-M3'));
const textConfig = modelData.configs[row?.config ?? -1] as Readonly<Record<string, unknown>>;

/** The whole model as its repository has it, with the tower's sizes of transformers' MiniMaxM3VLVisionConfig. */
const whole = {
  architectures: ['MiniMaxM3SparseForConditionalGeneration'],
  model_type: 'minimax_m3_vl',
  projector_hidden_size: 6144,
  text_config: textConfig,
  vision_config: {
    hidden_size: 1280,
    intermediate_size: 5120,
    num_hidden_layers: 32,
    num_attention_heads: 16,
    patch_size: 14,
    img_token_compression_config: { spatial_merge_size: 2, temporal_patch_size: 2 },
  },
};

function made(config: unknown): Architecture {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

describe('MiniMax M3', () => {
  // Megatron-Bridge's verification of the export of MiniMaxAI/MiniMax-M3 at revision 50942730 counts every tensor of the
  // checkpoint: 427,040,140,160 values in 854,172,958,720 bytes.
  it('has the values of its checkpoint to the last one, tower and all', () => {
    expect(parametersOf(made(whole)).total).toBe(427_040_140_160);
  });

  it('has the bytes of its checkpoint: two each, and two more for routers and the patch embedding', () => {
    const architecture = made(whole);
    const routers = architecture.layers
      .flatMap(({ tensors }) => tensors)
      .filter(({ dtype }) => dtype === 'float32')
      .reduce((sum, { rows, columns }) => sum + rows * columns, 0);
    const patches = 1280 * 3 * 2 * 14 * 14;
    expect(2 * parametersOf(architecture).total + 2 * (routers + patches)).toBe(854_172_958_720);
  });

  it('keeps keys and values of 4 heads, and from the fourth layer on an index key of 128 values in 16 bits', () => {
    const { layers } = made(textConfig);
    const full = { kind: 'full', kvHeads: 4, keyDim: 128, valueDim: 128 };
    const index = { kind: 'sparse_index', indexDim: 128, scaled: false };
    expect(layers.map(({ caches }) => caches)).toEqual([
      ...Array.from({ length: 3 }, () => [full]),
      ...Array.from({ length: 57 }, () => [full, index]),
    ]);
    const context = {
      tensorParallelSize: 8,
      elementBytes: 2,
      kvDtype: 'fp8',
      convElementBytes: null,
      stateElementBytes: null,
      speculativeTokens: 0,
      latentBlockTokens: 16,
      skipSliding: false,
      packedSparse: false,
      compressed: USUAL_STORAGE,
    };
    // vLLM models/minimax_m3/common/indexer.py: one bf16 vector on every rank, blocks of 128, whatever the cache's dtype.
    const specs = layers[59]?.caches.flatMap((cache) => specsOf(cache, context)) ?? [];
    expect(specs.map(({ tokenBytes, blockTokens }) => [tokenBytes, blockTokens])).toEqual([
      [256, 16],
      [256, 128],
    ]);
  });

  it('reads the form that transformers writes the same', () => {
    const { sparse_attention_config: _, ...rest } = textConfig;
    const types = Array.from({ length: 60 }, (__, index) => (index < 3 ? 'full_attention' : 'minimax_m3_sparse'));
    const flat = { ...rest, layer_types: types, index_n_heads: 4, index_head_dim: 128 };
    expect(parametersOf(made(flat)).total).toBe(parametersOf(made(textConfig)).total);
  });

  it('stores experts in four bits and the other linear layers in MXFP8 where ModelOpt says so', () => {
    const architecture = models.find('nvidia/MiniMax-M3-NVFP4')?.architecture;
    const layer = architecture?.layers[10];
    if (!architecture?.quantization || !layer) throw new Error('not computed');
    const storage: Storage = {
      parallelism: { tensor: 1, pipeline: 1, data: 1, expert: 1, redundantExperts: 0, decodeContext: 1 },
      elementBytes: 2,
      precision: precisionOf(architecture.quantization),
      padding: (share) => share,
      cutting: 'exact',
    };
    const bytesPerElement = (name: string): number => {
      const tensor = layer.tensors.find((one) => one.name === name);
      if (!tensor) throw new Error(`no ${name}`);
      const bytes = allocationsFor([tensor], storage, 'layers.10.').reduce((sum, one) => sum + one, 0);
      return bytes / (tensor.stack * tensor.rows * tensor.columns);
    };
    expect(bytesPerElement('block_sparse_moe.experts.w13')).toBe(0.5 + 1 / 16);
    expect(bytesPerElement('block_sparse_moe.shared_experts.gate_up_proj')).toBe(1 + 1 / 32);
    expect(bytesPerElement('self_attn.qkv_proj')).toBe(1 + 1 / 32);
    expect(bytesPerElement('self_attn.index_k_proj')).toBe(1 + 1 / 32);
    expect(bytesPerElement('block_sparse_moe.gate')).toBe(4);
  });

  it.each([
    ['an index of other heads than the cache', { sparse_num_index_heads: 8 }, 'index head'],
    ['an index that keeps values', { sparse_disable_index_value: Array.from({ length: 60 }, () => 0) }, 'keeps values'],
    ['layers that are not told of', { sparse_attention_freq: [0, 1] }, 'sparse_attention_freq'],
  ])('is refused with %s', (_, change, named) => {
    const sparse = { ...(textConfig['sparse_attention_config'] as object), ...change };
    const refused = architectureOf({ ...textConfig, sparse_attention_config: sparse });
    expect('problem' in refused ? refused.problem : '').toContain(named);
  });
});
