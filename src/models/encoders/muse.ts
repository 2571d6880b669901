import { size } from '../config/fields.ts';
import { constant, replicated } from '../tensors.ts';
import { CLASSIC, layerNorm, patchEmbedding, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/** Muse Glimmer: a ViT on 3-D patches and three projections without bias (transformers models/muse_glimmer). */
export const muse: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const merge = size(config, 'merge_size') ?? 2;
  const patchValues = 3 * (size(config, 'patch_temporal') ?? 2) * sizes.patch ** 2;
  const positions = (size(config, 'pos_emb_height') ?? 32) * (size(config, 'pos_emb_width') ?? 32);
  const wide = size(root, 'out_hidden_size') ?? merge * merge * sizes.hidden;
  const inner = size(root, 'projector_hidden_size') ?? 4096;
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [unknownItem('image'), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      constant('vision', 'position_embedding_table', positions, sizes.hidden),
      layerNorm('ln_pre', sizes.hidden),
      layerNorm('ln_post', sizes.hidden),
      replicated('projector', 'vision_adapter.fc1', inner, wide),
      replicated('projector', 'vision_adapter.fc2', inner, inner),
      replicated('projector', 'vision_projection', textHiddenSize, inner),
    ],
  });
};
