import { ratio, size } from '../config/fields.ts';
import { column, constant } from '../tensors.ts';
import { CLASSIC, edge, item, layerNorm, patchEmbedding, projector, sizesOf, tower, type Tower } from './tower.ts';

/** Tiles of the largest picture of Llama 4: 16 and the whole. */
const LLAMA4_TILES = 17;

export const llama4: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patches = Math.floor((edge(config, 'image_size') ?? 336) / sizes.patch) ** 2;
  const patchValues = 3 * sizes.patch ** 2;
  const shuffle = ratio(config, 'pixel_shuffle_ratio') ?? 0.5;
  const inner = size(config, 'projector_input_dim') ?? 4096;
  const out = size(config, 'projector_output_dim') ?? 4096;
  const tokens = LLAMA4_TILES * Math.floor(patches * shuffle * shuffle);
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [item('image', tokens, (LLAMA4_TILES * (patches + 1)) / tokens)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      constant('vision', 'class_embedding', sizes.hidden),
      constant('vision', 'positional_embedding_vlm', patches + 1, sizes.hidden),
      layerNorm('layernorm_pre', sizes.hidden),
      layerNorm('layernorm_post', sizes.hidden),
      ...projector(Math.round(sizes.hidden / shuffle ** 2), inner, out, false, 'vision_adapter.mlp'),
      column('projector', 'multi_modal_projector.linear_1', textHiddenSize, size(config, 'vision_output_dim') ?? out),
    ],
  });
};
