import type { ContextLimit, Layer, NextTokenPrediction, Rope, Tensor } from '../architecture.ts';
import { count, list, size, type Fields } from '../config/fields.ts';
import type { LayerMaker } from '../layers/next-token-prediction.ts';
import { column, constant, norm, replicated, row } from '../tensors.ts';

/** Whether caches are compressed along the tokens, as DeepSeek V4 does: by what the config states, whatever it is called. */
export function compressesTokens(fields: Fields): boolean {
  return list(fields, 'compress_ratios') !== null && size(fields, 'o_lora_rank') !== null;
}

/** Why a config of the family cannot be computed, or null. */
export function compressionProblem(fields: Fields, layerCount: number): string | null {
  const missing = [
    'q_lora_rank',
    'head_dim',
    'o_groups',
    'sliding_window',
    'hc_mult',
    'index_head_dim',
    'index_n_heads',
  ];
  const unsaid = missing.find((key) => size(fields, key) === null);
  if (unsaid !== undefined) return `config.json states no ${unsaid}.`;
  const ratios = (list(fields, 'compress_ratios') ?? []).slice(0, layerCount);
  const known = ratios.length === layerCount && ratios.every((ratio) => [0, 1, 4, 128].includes(Number(ratio)));
  return known ? null : 'config.json states compress_ratios that no engine knows.';
}

const MOST_PREDICTING_LAYERS = 16;

interface Sizes {
  readonly hiddenSize: number;
  readonly heads: number;
}

/** What one layer needs beside attention, experts and norms: mixers of its residual streams, kept in 32 bits. */
function streamTensors(fields: Fields, hiddenSize: number): Tensor[] {
  const streams = size(fields, 'hc_mult') ?? 1;
  const mixed = (2 + streams) * streams;
  return ['attn', 'ffn'].flatMap((half) => [
    inFull(constant('other', `hc_${half}_fn`, mixed, streams * hiddenSize)),
    inFull(constant('other', `hc_${half}_base`, mixed)),
    inFull(constant('other', `hc_${half}_scale`, 3)),
  ]);
}

/** What brings the residual streams together behind the last layer. */
export function streamHead(fields: Fields, hiddenSize: number): Tensor[] {
  const streams = size(fields, 'hc_mult') ?? 1;
  return [
    inFull(constant('other', 'hc_head_fn', streams, streams * hiddenSize)),
    inFull(constant('other', 'hc_head_base', streams)),
    inFull(constant('other', 'hc_head_scale', 1)),
  ];
}

function inFull(tensor: Tensor): Tensor {
  return { ...tensor, dtype: 'float32' };
}

/**
 * Attention of one layer: queries and the only key-value head are projected down together, outputs come up in groups;
 * most layers keep one entry per `compress_ratio` tokens beside their window, those of ratio 4 with an index to choose by
 * (vLLM models/deepseek_v4/attention.py and compressor.py).
 * @param index layers beyond those of the model compress nothing.
 */
export function compressedAttention(fields: Fields, index: number, { hiddenSize, heads }: Sizes): Layer {
  const queryRank = size(fields, 'q_lora_rank') ?? 0;
  const outputRank = size(fields, 'o_lora_rank') ?? 0;
  const headDim = size(fields, 'head_dim') ?? 0;
  const groups = size(fields, 'o_groups') ?? 1;
  const indexDim = size(fields, 'index_head_dim') ?? 0;
  const ratio = count({ ratio: list(fields, 'compress_ratios')?.[index] }, 'ratio') ?? 0;
  const compresses = ratio > 1 && index < (size(fields, 'num_hidden_layers') ?? 0);
  const chooses = compresses && ratio === 4;
  const tensors = [
    inFull(constant('attention', 'attn.attn_sink', heads)),
    replicated('attention', 'attn.fused_wqa_wkv', queryRank + headDim, hiddenSize),
    norm('attn.q_norm', queryRank),
    column('attention', 'attn.wq_b', heads * headDim, queryRank),
    norm('attn.kv_norm', headDim),
    column('attention', 'attn.wo_a', groups * outputRank, Math.floor((heads * headDim) / groups)),
    row('attention', 'attn.wo_b', hiddenSize, groups * outputRank),
  ];
  if (compresses) tensors.push(...compressor('attn.compressor', ratio, headDim, hiddenSize));
  if (chooses) {
    const indexHeads = size(fields, 'index_n_heads') ?? 0;
    tensors.push(
      replicated('attention', 'attn.indexer.wq_b', indexHeads * indexDim, queryRank),
      replicated('attention', 'attn.indexer.weights_proj', indexHeads, hiddenSize, { linear: false }),
      ...compressor('attn.indexer.compressor', ratio, indexDim, hiddenSize),
    );
  }
  return {
    tensors,
    caches: [
      {
        kind: 'compressed',
        compressRatio: compresses ? ratio : 0,
        windowTokens: size(fields, 'sliding_window') ?? 0,
        headDim,
        ropeDim: size(fields, 'qk_rope_head_dim') ?? 64,
        indexDim: chooses ? indexDim : 0,
      },
    ],
  };
}

/** Keys and weights of a compressed entry, learned positions within it, and a norm; ratio 4 overlaps with the entry before. */
function compressor(name: string, ratio: number, dim: number, hiddenSize: number): Tensor[] {
  const width = ratio === 4 ? 2 * dim : dim;
  return [
    inFull(constant('attention', `${name}.ape`, ratio, width)),
    replicated('attention', `${name}.fused_wkv_wgate`, 2 * width, hiddenSize, { linear: false }),
    norm(`${name}.norm`, dim),
  ];
}

/**
 * The experts under the family's names. Its first layers route by the token itself, through a table, and have no
 * correction of scores (vLLM models/deepseek_v4/nvidia/model.py DeepseekV4MoE).
 */
export function hashedExperts(
  fields: Fields,
  index: number,
  experts: readonly Tensor[],
  { hiddenSize, vocabSize }: { readonly hiddenSize: number; readonly vocabSize: number },
): Tensor[] {
  const named = experts.map((tensor) => ({ ...tensor, name: tensor.name.replace(/^mlp\./, 'ffn.') }));
  const streams = streamTensors(fields, hiddenSize);
  if (index >= (count(fields, 'num_hash_layers') ?? 0)) return [...named, ...streams];
  const choices = size(fields, 'num_experts_per_tok') ?? 1;
  const table: Tensor = { ...constant('router', 'ffn.gate.tid2eid', vocabSize, choices), dtype: 'int32' };
  return [...named.filter(({ name }) => !name.endsWith('e_score_correction_bias')), table, ...streams];
}

/** One more layer without compression behind two projections; embeddings and head are the model's (nvidia/mtp.py). */
export function compressedPrediction(fields: Fields, maker: LayerMaker): NextTokenPrediction | null {
  const stated = size(fields, 'num_nextn_predict_layers');
  if (stated === null || stated > MOST_PREDICTING_LAYERS) return null;
  const { hiddenSize, layerCount } = maker;
  const attention = maker.attention(layerCount);
  const tensors = [...attention.tensors, ...maker.feedForward(layerCount), ...maker.norms()];
  const layer: Layer = { tensors, caches: attention.caches };
  return {
    layers: Array.from({ length: stated }, () => layer),
    tokens: stated,
    tensors: [
      replicated('mlp', 'e_proj', hiddenSize, hiddenSize),
      replicated('mlp', 'h_proj', hiddenSize, hiddenSize),
      ...['enorm', 'hnorm', 'norm'].map((name) => norm(name, hiddenSize)),
      ...streamHead(fields, hiddenSize),
    ],
    path: 'layers.',
    firstIndex: layerCount,
    ownHeads: true,
  };
}

/**
 * One table of 32-bit cosines and sines per base: layers that compress have one of their own (common/rope.py,
 * layers/rotary_embedding/deepseek_scaling_rope.py DeepseekV4ScalingRotaryEmbedding).
 */
export function compressedRopes(fields: Fields, layerCount: number, context: ContextLimit): Rope[] {
  const ratios = (list(fields, 'compress_ratios') ?? []).slice(0, layerCount);
  const bases = new Set(ratios.map((ratio) => Number(ratio) > 1));
  const rotaryDim = size(fields, 'qk_rope_head_dim') ?? 64;
  return [...bases].map(() => ({ rotaryDim, tableTokens: context.derivedTokens, dtype: 'float32' }));
}
