import type { Architecture, Layer, ModelFacts, Tensor } from '../../../src/models/architecture.ts';

/** Sizes of a decoder with SwiGLU MLPs, as its config.json states them. */
export interface DenseSizes {
  readonly id: string;
  readonly className: string;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly vocabulary: number;
  readonly positions: number;
  readonly tied?: boolean;
  readonly qkvBias?: boolean;
  readonly qkNorm?: boolean;
}

function tensor(part: Pick<Tensor, 'role' | 'name' | 'rows' | 'columns' | 'shard'> & Partial<Tensor>): Tensor {
  return { stack: 1, linear: part.columns > 1, biasRows: 0, dtype: null, ...part };
}

/** A dense model written by hand, so that the engine is tested without the config readers. */
export function dense(sizes: DenseSizes): ModelFacts {
  const { hidden, intermediate, heads, kvHeads, headDim } = sizes;
  const rows = (heads + 2 * kvHeads) * headDim;
  const norm = (name: string, width: number): Tensor =>
    tensor({ role: 'norm', name, rows: width, columns: 1, shard: { kind: 'replicated' } });
  const layer: Layer = {
    tensors: [
      tensor({
        role: 'attention',
        name: 'self_attn.qkv_proj',
        rows,
        columns: hidden,
        shard: { kind: 'qkv', queryHeads: heads, queryDim: headDim, kvHeads, keyDim: headDim, valueDim: headDim },
        biasRows: sizes.qkvBias ? rows : 0,
      }),
      tensor({
        role: 'attention',
        name: 'self_attn.o_proj',
        rows: hidden,
        columns: heads * headDim,
        shard: { kind: 'row' },
      }),
      ...(sizes.qkNorm ? [norm('self_attn.q_norm', headDim), norm('self_attn.k_norm', headDim)] : []),
      tensor({
        role: 'mlp',
        name: 'mlp.gate_up_proj',
        rows: 2 * intermediate,
        columns: hidden,
        shard: { kind: 'column' },
      }),
      tensor({ role: 'mlp', name: 'mlp.down_proj', rows: hidden, columns: intermediate, shard: { kind: 'row' } }),
      norm('input_layernorm', hidden),
      norm('post_attention_layernorm', hidden),
    ],
    caches: [{ kind: 'full', kvHeads, keyDim: headDim, valueDim: headDim }],
  };
  const vocabulary = (role: 'embedding' | 'lm_head', name: string): Tensor =>
    tensor({ role, name, rows: sizes.vocabulary, columns: hidden, shard: { kind: 'vocabulary' }, linear: false });
  const architecture: Architecture = {
    modelType: 'llama',
    className: sizes.className,
    task: 'generate',
    dtype: 'bfloat16',
    hiddenSize: hidden,
    intermediateSize: intermediate,
    gatedMlp: true,
    vocabSize: sizes.vocabulary,
    attentionHeads: heads,
    kvHeads,
    headDim,
    layers: Array.from({ length: sizes.layers }, () => layer),
    embedding: [vocabulary('embedding', 'embed_tokens')],
    head: [norm('norm', hidden), ...(sizes.tied ? [] : [vocabulary('lm_head', 'lm_head')])],
    tiedEmbeddings: sizes.tied ?? false,
    ropes: [{ rotaryDim: headDim, tableTokens: sizes.positions, dtype: null }],
    context: {
      derivedTokens: sizes.positions,
      key: 'max_position_embeddings',
      originalTokens: null,
      modelMaxLength: null,
    },
    moe: null,
    encoders: [],
    encoderLayers: [],
    nextTokenPrediction: null,
    drafter: null,
    quantization: null,
    latentAttention: null,
    approximations: [],
  };
  return { id: sizes.id, architecture, source: 'written by hand from config.json', checkpointBytes: null };
}

export const LLAMA_8B = dense({
  id: 'meta-llama/Llama-3.1-8B-Instruct',
  className: 'LlamaForCausalLM',
  hidden: 4096,
  intermediate: 14_336,
  layers: 32,
  heads: 32,
  kvHeads: 8,
  headDim: 128,
  vocabulary: 128_256,
  positions: 131_072,
});

export const QWEN25_7B = dense({
  id: 'Qwen/Qwen2.5-7B-Instruct',
  className: 'Qwen2ForCausalLM',
  hidden: 3584,
  intermediate: 18_944,
  layers: 28,
  heads: 28,
  kvHeads: 4,
  headDim: 128,
  vocabulary: 152_064,
  positions: 32_768,
  qkvBias: true,
});
