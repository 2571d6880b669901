import { flag, section, size } from '../config/fields.ts';
import { CLASSIC, layerNorm, patchEmbedding, projector, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/**
 * MiniMax M3: CLIP's blocks on 3-D patches, every patch projected to the model's width and four of them merged (vLLM
 * models/minimax_m3/common/vision_tower.py). How large an image may be is the processor's, which no config states.
 */
export const minimaxM3: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const compression = section(config, 'img_token_compression_config') ?? config;
  const merge = size(compression, 'spatial_merge_size') ?? 2;
  const patchValues = 3 * (size(compression, 'temporal_patch_size') ?? 2) * sizes.patch ** 2;
  const inner = size(root, 'projector_hidden_size') ?? textHiddenSize;
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [unknownItem('image'), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      layerNorm('pre_layrnorm', sizes.hidden),
      ...projector(sizes.hidden, inner, textHiddenSize, flag(config, 'multimodal_projector_bias') ?? true),
      ...projector(
        merge * merge * textHiddenSize,
        inner,
        textHiddenSize,
        flag(config, 'patch_merge_bias') ?? true,
        'patch_merge_mlp',
      ),
    ],
  });
};
