import { flag, ratio, size, text } from '../config/fields.ts';
import { constant, norm } from '../tensors.ts';
import { CLASSIC, edge, item, patchEmbedding, projector, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/** InternVL and Intern-S1: InternViT on tiles of 448² pixels, `downsample_ratio²` of the patches become tokens. */
export const internvl: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patches = Math.floor((edge(config, 'image_size') ?? 448) / sizes.patch) ** 2;
  const patchValues = 3 * sizes.patch ** 2;
  const shuffle = ratio(root, 'downsample_ratio') ?? 0.5;
  const tiles = (size(root, 'max_dynamic_patch') ?? 12) + 1;
  const tokens = tiles * Math.floor(patches * shuffle * shuffle);
  const wide = Math.round(sizes.hidden / shuffle ** 2);
  const normBias = text(config, 'norm_type') !== 'rms_norm';
  const qkNorm = flag(config, 'qk_normalization', 'use_qk_norm') === true ? sizes.hidden : 0;
  return tower({
    sizes,
    style: { ...CLASSIC, normBias, qkvBias: flag(config, 'qkv_bias', 'attention_bias') ?? true, scales: true, qkNorm },
    patchValues,
    items: [item('image', tokens, (tiles * (patches + 1)) / tokens), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'class_embedding', sizes.hidden),
      constant('vision', 'position_embedding', patches + 1, sizes.hidden),
      norm('mlp1.0', wide, true, 'projector'),
      ...projector(wide, textHiddenSize, textHiddenSize, true, 'mlp1'),
    ],
  });
};
