import type { Cache, Tensor } from '../architecture.ts';
import type { BlockIndex } from '../families/minimax-m3.ts';
import { column, constant, fusedQkv, norm, replicated, row } from '../tensors.ts';

/** Which tokens a layer attends to. */
export type Reach =
  | { readonly kind: 'full' }
  | { readonly kind: 'sliding'; readonly windowTokens: number }
  | { readonly kind: 'chunked'; readonly chunkTokens: number }
  /** Encoder-only: nothing is kept. */
  | { readonly kind: 'none' };

/** Grouped-query attention of one layer; multi-head and multi-query are its ends. */
interface GroupedAttention {
  readonly hiddenSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  readonly qkvBias: boolean;
  readonly outBias: boolean;
  /** `head`: one weight of the head's size for q and k each; `full`: one per channel; `layer`: LayerNorm with a bias. */
  readonly qkNorm: 'none' | 'head' | 'full';
  /** An output gate: `full` doubles the query projection, `head` is one number per head. */
  readonly gate: 'none' | 'full' | 'head';
  /** Values are the keys: no value projection is stored, though both are cached. */
  readonly valuesAreKeys: boolean;
  /** One learned sink per head. */
  readonly sinks: boolean;
  readonly reach: Reach;
  /** An index that chooses blocks: queries of as many heads as there are key-value heads, one key. */
  readonly index: BlockIndex | null;
}

/** The tensors of grouped-query attention as vLLM fuses them (model_executor/layers/linear.py, QKVParallelLinear). */
export function groupedAttention(spec: GroupedAttention): { tensors: Tensor[]; caches: Cache[] } {
  const { hiddenSize, heads, kvHeads, keyDim, valueDim } = spec;
  const queryDim = spec.gate === 'full' ? 2 * keyDim : keyDim;
  const values = (spec.valuesAreKeys ? 0 : valueDim) + (spec.index?.dim ?? 0);
  const sizes = { queryHeads: heads, queryDim, kvHeads, keyDim, valueDim: values };
  const tensors = [
    fusedQkv(sizes, hiddenSize, 'self_attn.qkv_proj', spec.qkvBias),
    row('attention', 'self_attn.o_proj', hiddenSize, heads * valueDim, { bias: spec.outBias }),
  ];
  if (spec.qkNorm !== 'none') {
    const full = spec.qkNorm === 'full';
    tensors.push(norm('self_attn.q_norm', full ? heads * keyDim : keyDim));
    tensors.push(norm('self_attn.k_norm', full ? kvHeads * keyDim : keyDim));
  }
  if (spec.gate === 'head') tensors.push(column('attention', 'self_attn.g_proj', heads, hiddenSize));
  if (spec.sinks) tensors.push(constant('attention', 'self_attn.sinks', heads));
  const caches = cacheOf(spec.reach, kvHeads, keyDim, valueDim);
  if (spec.index) {
    const { dim } = spec.index;
    tensors.push(replicated('attention', 'self_attn.index_k_proj', dim, hiddenSize));
    tensors.push(norm('self_attn.index_q_norm', dim), norm('self_attn.index_k_norm', dim));
    caches.push({ kind: 'sparse_index', indexDim: dim, scaled: false });
  }
  return { tensors, caches };
}

/** What a layer of grouped-query attention keeps. */
function cacheOf(reach: Reach, kvHeads: number, keyDim: number, valueDim: number): Cache[] {
  if (reach.kind === 'none') return [];
  return [{ ...reach, kvHeads, keyDim, valueDim }];
}

/** Multi-head latent attention (DeepSeek V2 and on). */
interface LatentAttention {
  readonly hiddenSize: number;
  readonly heads: number;
  readonly queryRank: number | null;
  readonly kvRank: number;
  readonly nopeDim: number;
  readonly ropeDim: number;
  readonly valueDim: number;
  readonly bias: boolean;
  /** An output gate as wide as the values (Kimi K3). */
  readonly outputGate: boolean;
  /** The sparse indexer of DeepSeek V3.2. */
  readonly index: { readonly heads: number; readonly dim: number } | null;
}

/** Down-projections are the same on every rank; up-projections are divided by heads (vLLM model_executor/models/deepseek_v2.py). */
export function latentAttention(spec: LatentAttention): { tensors: Tensor[]; caches: Cache[] } {
  const { hiddenSize, heads, queryRank, kvRank, nopeDim, ropeDim, valueDim, bias } = spec;
  const queryRows = heads * (nopeDim + ropeDim);
  const tensors: Tensor[] = [];
  if (queryRank === null) tensors.push(column('attention', 'self_attn.q_proj', queryRows, hiddenSize));
  else {
    tensors.push(replicated('attention', 'self_attn.q_a_proj', queryRank, hiddenSize, { bias }));
    tensors.push(norm('self_attn.q_a_layernorm', queryRank));
    tensors.push(column('attention', 'self_attn.q_b_proj', queryRows, queryRank));
  }
  tensors.push(replicated('attention', 'self_attn.kv_a_proj_with_mqa', kvRank + ropeDim, hiddenSize, { bias }));
  tensors.push(norm('self_attn.kv_a_layernorm', kvRank));
  tensors.push(column('attention', 'self_attn.kv_b_proj', heads * (nopeDim + valueDim), kvRank));
  tensors.push(row('attention', 'self_attn.o_proj', hiddenSize, heads * valueDim, { bias }));
  if (spec.outputGate) tensors.push(column('attention', 'self_attn.g_proj', heads * valueDim, hiddenSize));
  const caches: Cache[] = [{ kind: 'latent', latentDim: kvRank, ropeDim, sparse: spec.index !== null }];
  if (spec.index) {
    const { heads: indexHeads, dim } = spec.index;
    const name = 'self_attn.indexer';
    tensors.push(replicated('attention', `${name}.wq_b`, indexHeads * dim, queryRank ?? hiddenSize));
    tensors.push(replicated('attention', `${name}.wk`, dim, hiddenSize));
    tensors.push(norm(`${name}.k_norm`, dim, true));
    tensors.push(replicated('attention', `${name}.weights_proj`, indexHeads, hiddenSize, { linear: false }));
    caches.push({ kind: 'sparse_index', indexDim: dim, scaled: true });
  }
  return { tensors, caches };
}
