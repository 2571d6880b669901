import { count, flag, size } from '../fields.ts';
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

/** Gemma 4: a tower with the text model's own block, 2-D position tables. */
export const gemma4: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const pooled = (size(config, 'pooling_kernel_size') ?? 3) ** 2;
  const headDim = size(config, 'head_dim') ?? Math.floor(sizes.hidden / sizes.heads);
  const tokens = size(root, 'vision_soft_tokens_per_image') ?? size(config, 'default_output_length') ?? 280;
  return tower({
    sizes,
    style: { ...MODERN, norms: 4, qkNorm: headDim },
    // The tower is that of transformers (vLLM model_executor/models/gemma4_mm.py).
    whole: true,
    patchValues,
    items: [item('image', tokens, pooled), item('video', GEMMA4_VIDEO_TOKENS, pooled)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      constant(
        'vision',
        'position_embedding_table',
        2 * (count(config, 'position_embedding_size') ?? 10_240),
        sizes.hidden,
      ),
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
