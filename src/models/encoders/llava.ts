import { flag, size, text, type Fields } from '../config/fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import {
  CLASSIC,
  edge,
  item,
  layerNorm,
  MODERN,
  patchEmbedding,
  projector,
  sizesOf,
  tower,
  type Tower,
} from './tower.ts';

/** Tiles that LLaVA-NeXT cuts a picture into: four and the whole. */
export const LLAVA_NEXT_TILES = 5;
/** Its tokens at the largest grid (vLLM models/llava_next.py). */
const LLAVA_NEXT_TOKENS = 2928;

/** LLaVA: CLIP up to the layer whose features are used, or a Pixtral tower. */
export function llava(tiles: number): Tower {
  return (input) => {
    const { root, config, textHiddenSize } = input;
    if (text(config, 'model_type') === 'pixtral') return pixtral(input);
    const sizes = sizesOf(config);
    if (!sizes) return null;
    const patches = Math.floor((edge(config, 'image_size') ?? 336) / sizes.patch) ** 2;
    const patchValues = 3 * sizes.patch ** 2;
    const tokens = tiles === 1 ? patches : LLAVA_NEXT_TOKENS;
    return tower({
      sizes,
      style: CLASSIC,
      patchValues,
      depth: usedLayers(root, sizes.depth, -2),
      items: [item('image', tokens, (tiles * (patches + 1)) / tokens)],
      tensors: [
        patchEmbedding(sizes.hidden, patchValues, false),
        constant('vision', 'class_embedding', sizes.hidden),
        constant('vision', 'position_embedding', patches + 1, sizes.hidden),
        layerNorm('pre_layrnorm', sizes.hidden),
        ...projector(sizes.hidden, textHiddenSize, textHiddenSize, flag(root, 'multimodal_projector_bias') ?? true),
        ...(tiles === 1 ? [] : [constant('projector', 'image_newline', textHiddenSize)]),
      ],
    });
  };
}

/** Layers up to `vision_feature_layer`; vLLM loads no further ones. */
function usedLayers(root: Fields, depth: number, otherwise: number): number {
  const stated = root['vision_feature_layer'];
  const layer = typeof stated === 'number' && Number.isInteger(stated) ? stated : otherwise;
  return layer < 0 ? Math.max(1, depth + layer + 1) : Math.min(depth, layer);
}

/** Pixtral in the layout of transformers (Mistral Small 3.x, Ministral 3, Pixtral 12B). */
export const pixtral: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const merge = size(root, 'spatial_merge_size') ?? 1;
  const side = Math.ceil((edge(config, 'image_size') ?? 1024) / (sizes.patch * merge));
  const bias = flag(root, 'multimodal_projector_bias') ?? true;
  return tower({
    sizes,
    style: MODERN,
    patchValues,
    depth: usedLayers(root, sizes.depth, -1),
    items: [item('image', side * side, merge * merge)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      norm('ln_pre', sizes.hidden, false, 'vision'),
      ...(merge > 1
        ? [
            norm('projector.norm', sizes.hidden, false, 'projector'),
            replicated('projector', 'patch_merger.merging_layer', sizes.hidden, merge * merge * sizes.hidden),
          ]
        : []),
      ...projector(sizes.hidden, textHiddenSize, textHiddenSize, bias),
    ],
  });
};
