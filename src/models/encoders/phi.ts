import { count, text, valueOf } from '../config/fields.ts';
import { constant, replicated } from '../tensors.ts';
import { CLASSIC, item, layerNorm, patchEmbedding, tower, type Tower } from './tower.ts';

/** The one tower that vLLM knows for it: CLIP ViT-L/14 at 336 pixels (vLLM model_executor/models/phi3v.py). */
const CLIP = { hidden: 1024, inner: 4096, heads: 16, depth: 24, patch: 14 };
const PATCHES = (336 / CLIP.patch) ** 2;

/**
 * Crops of a picture, which only the processor's config states: 16 for Phi-3, 4 for Phi-3.5. The tower's rows per
 * token are nearly the same; the larger item is taken.
 */
const CROPS = 16;

/** The picture with most tokens is one crop wide: 12 × 12 tokens a crop and one for the end of each line. */
const TOKENS = (CROPS + 1) * 144 + 1 + (CROPS + 1) * 12;

/** Phi-3 Vision: CLIP up to the layer whose features are used, four patches joined, two linear layers on every rank. */
export const phi3v: Tower = ({ config, textHiddenSize }) => {
  if (text(config, 'name') !== 'clip_vision_model' || (count(config, 'image_dim_out') ?? CLIP.hidden) !== CLIP.hidden)
    return null;
  const stated = valueOf(config, 'layer_idx');
  const layer = typeof stated === 'number' && Number.isInteger(stated) ? stated : -2;
  const patchValues = 3 * CLIP.patch ** 2;
  const joined = 4 * CLIP.hidden;
  return tower({
    sizes: CLIP,
    style: CLASSIC,
    patchValues,
    depth: Math.max(1, Math.min(CLIP.depth, layer < 0 ? CLIP.depth + layer + 1 : layer + 1)),
    items: [item('image', TOKENS, ((CROPS + 1) * (PATCHES + 1)) / TOKENS)],
    tensors: [
      patchEmbedding(CLIP.hidden, patchValues, false),
      constant('vision', 'class_embedding', CLIP.hidden),
      constant('vision', 'position_embedding', PATCHES + 1, CLIP.hidden),
      layerNorm('pre_layrnorm', CLIP.hidden),
      constant('projector', 'glb_GN', joined),
      constant('projector', 'sub_GN', joined),
      replicated('projector', 'img_projection.0', textHiddenSize, joined, { bias: true }),
      replicated('projector', 'img_projection.2', textHiddenSize, textHiddenSize, { bias: true }),
    ],
  });
};
