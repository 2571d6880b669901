import { flag, list, size } from '../fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import { CLASSIC, layerNorm, patchEmbedding, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/** MoonViT (Kimi-VL, Kimi K2.5): learned 2-D positions, merged 2 × 2 before the projector. */
export const moonvit: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const merge = size({ value: list(config, 'merge_kernel_size')?.[0] }, 'value') ?? 2;
  const wide = merge * merge * sizes.hidden;
  const positions = (size(config, 'init_pos_emb_height') ?? 64) * (size(config, 'init_pos_emb_width') ?? 64);
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [unknownItem('image'), ...(flag(config, 'use_unified_vision_chunk') === true ? [unknownItem('video')] : [])],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'pos_emb', positions, sizes.hidden),
      layerNorm('final_layernorm', sizes.hidden),
      norm('projector.pre_norm', sizes.hidden, true, 'projector'),
      replicated('projector', 'projector.linear_1', wide, wide, { bias: true }),
      replicated('projector', 'projector.linear_2', textHiddenSize, wide, { bias: true }),
    ],
  });
};
