import type { NextTokenPrediction, Tensor } from '../architecture.ts';
import { count, list, section, size, type Fields } from '../config/fields.ts';
import type { LayerMaker } from '../layers/next-token-prediction.ts';
import { norm, replicated } from '../tensors.ts';

/** An index that chooses blocks of the cache for attention with grouped queries (MiniMax M3). */
export interface BlockIndex {
  readonly heads: number;
  readonly dim: number;
}

/** Whether the family keeps a router in 32 bits and calls its mixtures `block_sparse_moe`. */
export function isMinimaxM3(modelType: string): boolean {
  return modelType.startsWith('minimax_m3');
}

/** The index of layer `index`, or null where it attends to everything; as the checkpoint writes it and as transformers does. */
export function blockIndexOf(fields: Fields, index: number): BlockIndex | null {
  const sparse = section(fields, 'sparse_attention_config');
  if (!sparse) {
    if (list(fields, 'layer_types')?.[index] !== 'minimax_m3_sparse') return null;
    return { heads: size(fields, 'index_n_heads') ?? 4, dim: size(fields, 'index_head_dim') ?? 128 };
  }
  if (list(sparse, 'sparse_attention_freq')?.[index] !== 1) return null;
  return { heads: size(sparse, 'sparse_num_index_heads') ?? 0, dim: size(sparse, 'sparse_index_dim') ?? 0 };
}

/** Why a config with such an index cannot be computed, or null. */
export function blockIndexProblem(fields: Fields, kvHeads: number, layerCount: number): string | null {
  const sparse = section(fields, 'sparse_attention_config');
  if (!sparse) return null;
  const frequencies = list(sparse, 'sparse_attention_freq') ?? [];
  if (frequencies.length < layerCount) return 'sparse_attention_config states no sparse_attention_freq of every layer.';
  const valued = list(sparse, 'sparse_disable_index_value')?.some(
    (disabled, index) => disabled === 0 && frequencies[index] === 1,
  );
  if (valued === true) return 'Headroom cannot compute an index that keeps values (sparse_disable_index_value) yet.';
  // The index is cut with the key-value heads (vLLM models/minimax_m3/nvidia/model.py MiniMaxM3SparseAttention).
  const paired = count(sparse, 'sparse_num_index_heads') === kvHeads && size(sparse, 'sparse_index_dim') !== null;
  return paired ? null : 'sparse_attention_config states no index head for every key-value head.';
}

/** Names of the checkpoint, and the router in 32 bits (MiniMaxM3MoE, GateLinear). */
export function namedMixture(tensors: readonly Tensor[]): Tensor[] {
  return tensors.map((tensor) => ({
    ...tensor,
    name: tensor.name.replace(/^mlp\./, 'block_sparse_moe.'),
    dtype: tensor.role === 'router' ? 'float32' : tensor.dtype,
  }));
}

const MOST_MODULES = 16;

/** Modules that predict further tokens: each the last layer once more, behind a projection (models/minimax_m3/nvidia/mtp.py). */
export function minimaxPrediction(fields: Fields, maker: LayerMaker): NextTokenPrediction | null {
  const modules = size(fields, 'num_mtp_modules');
  if (modules === null || modules > MOST_MODULES) return null;
  const { hiddenSize, layerCount } = maker;
  const { tensors, caches } = maker.attention(layerCount - 1);
  const layer = { tensors: [...tensors, ...maker.feedForward(layerCount - 1), ...maker.norms()], caches };
  return {
    layers: Array.from({ length: modules }, () => layer),
    tokens: modules,
    tensors: [
      replicated('mlp', 'eh_proj', hiddenSize, 2 * hiddenSize),
      ...['enorm', 'hnorm', 'final_layernorm'].map((name) => norm(name, hiddenSize)),
    ],
    path: 'mtp.layers.',
    firstIndex: 0,
    ownHeads: false,
  };
}
