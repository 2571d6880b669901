import type { Tensor } from '../architecture.ts';
import { count, flag, list, size } from '../config/fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import {
  CLASSIC,
  edge,
  item,
  layerNorm,
  MODERN,
  patchEmbedding,
  sizesOf,
  tower,
  unknownItem,
  type Tower,
} from './tower.ts';

/** Gemma 3: SigLIP, pooled to `mm_tokens_per_image` tokens. */
export const gemma3: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patches = Math.floor((edge(config, 'image_size') ?? 896) / sizes.patch) ** 2;
  const tokens = size(root, 'mm_tokens_per_image') ?? 256;
  const patchValues = 3 * sizes.patch ** 2;
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [item('image', tokens, patches / tokens)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'position_embedding', patches, sizes.hidden),
      layerNorm('post_layernorm', sizes.hidden),
      constant('projector', 'mm_input_projection_weight', textHiddenSize, sizes.hidden),
      norm('mm_soft_emb_norm', sizes.hidden, false, 'projector'),
    ],
  });
};

/** Tokens that the profiled video of Gemma 4 makes: 32 frames of 70 tokens with their separators, as its logs state. */
const GEMMA4_VIDEO_TOKENS = 2496;
const GEMMA4_FRAME_TOKENS = 70;

/** Gemma 4: a tower with the text model's own block, 2-D position tables. */
export const gemma4: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const pooled = (size(config, 'pooling_kernel_size') ?? 3) ** 2;
  const headDim = size(config, 'head_dim') ?? Math.floor(sizes.hidden / sizes.heads);
  const tokens = size(root, 'vision_soft_tokens_per_image') ?? size(config, 'default_output_length') ?? 280;
  const positionRows = count(config, 'position_embedding_size') ?? 10_240;
  return tower({
    sizes,
    style: { ...MODERN, norms: 4, qkNorm: headDim },
    // The tower is that of transformers (vLLM model_executor/models/gemma4_mm.py).
    whole: true,
    patchValues,
    positionRows,
    items: [
      { ...item('image', tokens, pooled), chunkPatches: tokens * pooled },
      { ...item('video', GEMMA4_VIDEO_TOKENS, pooled), chunkPatches: GEMMA4_FRAME_TOKENS * pooled },
    ],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      constant('vision', 'position_embedding_table', 2 * positionRows, sizes.hidden),
      ...(flag(config, 'standardize') === true
        ? [constant('vision', 'std_bias', sizes.hidden), constant('vision', 'std_scale', sizes.hidden)]
        : []),
      replicated('projector', 'embed_vision.embedding_projection', textHiddenSize, sizes.hidden),
    ],
  });
};

/** Gemma 4 without towers: pixels and waveforms are projected as they are (vLLM model_executor/models/gemma4_unified.py). */
export const gemma4UnifiedVision: Tower = ({ config, textHiddenSize }) => {
  const hidden = size(config, 'mm_embed_dim');
  const edgePixels = size(config, 'model_patch_size');
  const positions = size(config, 'mm_posemb_size');
  if (hidden === null || edgePixels === null || positions === null) return null;
  const patchValues = 3 * edgePixels ** 2;
  return tower({
    sizes: { hidden, inner: hidden, heads: 1, depth: 0, patch: edgePixels },
    style: MODERN,
    patchValues,
    items: [item('image', size(config, 'num_soft_tokens') ?? 280, 1), item('video', GEMMA4_VIDEO_TOKENS, 1)],
    tensors: [
      layerNorm('patch_ln1', patchValues),
      patchEmbedding(hidden, patchValues, true),
      layerNorm('patch_ln2', hidden),
      constant('vision', 'pos_embedding', 2 * positions, hidden),
      layerNorm('pos_norm', hidden),
      replicated('projector', 'embed_vision.embedding_projection', textHiddenSize, hidden),
    ],
  });
};

export const gemma4UnifiedAudio: Tower = ({ config, textHiddenSize }) => {
  const hidden = size(config, 'output_proj_dims', 'audio_embed_dim');
  if (hidden === null) return null;
  return tower({
    sizes: { hidden, inner: hidden, heads: 1, depth: 0, patch: 1 },
    style: MODERN,
    role: 'audio',
    patchValues: hidden,
    items: [unknownItem('audio')],
    tensors: [replicated('projector', 'embed_audio.embedding_projection', textHiddenSize, hidden)],
  });
};

/** Longest clip of Gemma 4's processor, in tokens (transformers models/gemma4/processing_gemma4.py, `audio_seq_length`). */
const GEMMA4_AUDIO_TOKENS = 750;

/**
 * Gemma 4's conformer: two half MLPs, attention with relative positions, a depthwise convolution (transformers
 * models/gemma4/modeling_gemma4.py, whose layers vLLM runs on every rank). The bounds of clipped layers are single
 * numbers and not counted.
 */
export const gemma4Audio: Tower = ({ config, textHiddenSize }) => {
  const hidden = size(config, 'hidden_size') ?? 1024;
  const heads = size(config, 'num_attention_heads') ?? 8;
  const depth = size(config, 'num_hidden_layers') ?? 12;
  const outputs = size(config, 'output_proj_dims') ?? 1536;
  const channels = list(config, 'subsampling_conv_channels') ?? [128, 32];
  const [first, second] = [size({ value: channels[0] }, 'value'), size({ value: channels[1] }, 'value')];
  if (first === null || second === null) return null;
  const linear = (name: string, rows: number, columns = hidden): Tensor => replicated('audio', name, rows, columns);
  const norms = (...names: string[]): Tensor[] => names.map((name) => norm(name, hidden, false, 'audio'));
  const half = (name: string): Tensor[] => [
    linear(`${name}.ffw_layer_1`, 4 * hidden),
    linear(`${name}.ffw_layer_2`, hidden, 4 * hidden),
    ...norms(`${name}.pre_layer_norm`, `${name}.post_layer_norm`),
  ];
  return {
    // The profiled clip is so short that it makes one row (vLLM model_executor/models/gemma4_mm.py, `fft_length`).
    items: [{ modality: 'audio', tokens: GEMMA4_AUDIO_TOKENS, patches: 1, mostParts: 1 }],
    tensors: [
      constant('audio', 'subsample_conv_projection.layer0.conv', first, 9),
      norm('subsample_conv_projection.layer0.norm', first, false, 'audio'),
      constant('audio', 'subsample_conv_projection.layer1.conv', second, 9 * first),
      norm('subsample_conv_projection.layer1.norm', second, false, 'audio'),
      linear('subsample_conv_projection.input_proj_linear', hidden, Math.floor(first / 4) * second),
      replicated('audio', 'output_proj', outputs, hidden, { bias: true }),
      replicated('projector', 'embed_audio.embedding_projection', textHiddenSize, outputs),
    ],
    block: [
      ...half('feed_forward1'),
      ...half('feed_forward2'),
      ...['q_proj', 'k_proj', 'v_proj', 'post', 'relative_k_proj'].map((name) => linear(`self_attn.${name}`, hidden)),
      constant('audio', 'self_attn.per_dim_scale', Math.floor(hidden / heads)),
      linear('lconv1d.linear_start', 2 * hidden),
      linear('lconv1d.linear_end', hidden),
      constant('audio', 'lconv1d.depthwise_conv1d', hidden, size(config, 'conv_kernel_size') ?? 5),
      ...norms('lconv1d.pre_layer_norm', 'lconv1d.conv_norm', 'norm_pre_attn', 'norm_post_attn', 'norm_out'),
    ],
    depth,
    hiddenSize: hidden,
    intermediateSize: 4 * hidden,
    attentionHeads: heads,
    gatedMlp: false,
    // A token is four frames of mel bins.
    patchValues: 4 * 128,
    deepStackLevels: 0,
  };
};
