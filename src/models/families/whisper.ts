import type { Architecture, Layer, Quantization, Tensor } from '../architecture.ts';
import { contextOf } from '../config/context.ts';
import type { Sizes } from '../encoders/tower.ts';
import { whisperFrontEnd } from '../encoders/whisper.ts';
import { size, text, texts, type Fields } from '../config/fields.ts';
import { column, constant, fusedQkv, norm, replicated, row } from '../tensors.ts';

/** Sizes of one half of the model. */
type Half = Omit<Sizes, 'patch'>;

const MOST_LAYERS = 500;

/**
 * An encoder of audio and a decoder that attends to it (vLLM model_executor/models/whisper.py). Keys have a bias too:
 * the checkpoint has none, vLLM fills in zeros.
 */
export function whisperOf(
  config: Fields,
  quantization: Quantization | null,
  dtype: Architecture['dtype'],
): Architecture | { readonly problem: string } {
  const encoder = halfOf(config, 'encoder');
  const decoder = halfOf(config, 'decoder');
  const vocabSize = size(config, 'vocab_size');
  const encoderTokens = size(config, 'max_source_positions') ?? 1500;
  if (!encoder || !decoder || vocabSize === null) {
    return { problem: 'config.json states no d_model, vocab_size, layers or heads of the encoder or the decoder.' };
  }
  const { hidden, heads, inner } = decoder;
  const context = contextOf(config, 'whisper');
  const block: Layer = { tensors: blockOf(encoder), caches: [] };
  const layer = decoderLayer(decoder, encoderTokens);
  return {
    modelType: text(config, 'model_type') ?? 'whisper',
    className: texts(config, 'architectures')[0] ?? '',
    task: 'transcription',
    dtype,
    hiddenSize: hidden,
    intermediateSize: inner,
    gatedMlp: false,
    vocabSize,
    attentionHeads: heads,
    kvHeads: heads,
    headDim: Math.floor(hidden / heads),
    layers: Array.from({ length: decoder.depth }, () => layer),
    // A plain table of torch, which every rank holds; the output embeddings are always the same table.
    embedding: [
      replicated('embedding', 'embed_tokens', vocabSize, hidden, { linear: false }),
      constant('position_embedding', 'embed_positions', context.derivedTokens, hidden),
    ],
    head: [norm('layer_norm', hidden, true)],
    tiedEmbeddings: true,
    ropes: [],
    context,
    moe: null,
    encoders: [whisperFrontEnd(config, encoder, encoderTokens)],
    encoderLayers: Array.from({ length: encoder.depth }, () => block),
    nextTokenPrediction: null,
    drafter: null,
    quantization,
    latentAttention: null,
    approximations: [],
  };
}

function halfOf(config: Fields, half: 'encoder' | 'decoder'): Half | null {
  const hidden = size(config, 'd_model');
  const heads = size(config, `${half}_attention_heads`);
  const depth = size(config, `${half}_layers`);
  if (hidden === null || heads === null || depth === null) return null;
  if (depth > MOST_LAYERS || hidden > 200_000 || heads > hidden) return null;
  return { hidden, heads, depth, inner: size(config, `${half}_ffn_dim`) ?? 4 * hidden };
}

/** Self attention and MLP, which both halves have. */
function blockOf({ hidden, heads, inner }: Half): Tensor[] {
  const headDim = Math.floor(hidden / heads);
  const sizes = { queryHeads: heads, queryDim: headDim, kvHeads: heads, keyDim: headDim, valueDim: headDim };
  return [
    fusedQkv(sizes, hidden, 'self_attn.qkv_proj', true),
    row('attention', 'self_attn.out_proj', hidden, hidden, { bias: true }),
    norm('self_attn_layer_norm', hidden, true),
    column('mlp', 'fc1', inner, hidden, { bias: true }),
    row('mlp', 'fc2', hidden, inner, { bias: true }),
    norm('final_layer_norm', hidden, true),
  ];
}

function decoderLayer(decoder: Half, encoderTokens: number): Layer {
  const { hidden, heads } = decoder;
  const headDim = Math.floor(hidden / heads);
  const kept = { kvHeads: heads, keyDim: headDim, valueDim: headDim };
  return {
    tensors: [
      ...blockOf(decoder),
      column('attention', 'encoder_attn.q_proj', hidden, hidden, { bias: true }),
      column('attention', 'encoder_attn.kv_proj', 2 * hidden, hidden, { bias: true }),
      row('attention', 'encoder_attn.out_proj', hidden, hidden, { bias: true }),
      norm('encoder_attn_layer_norm', hidden, true),
    ],
    caches: [
      { kind: 'full', ...kept },
      { kind: 'cross', ...kept, encoderTokens },
    ],
  };
}
