import type { Tensor } from '../architecture.ts';
import { flag, section, size, type Fields } from '../config/fields.ts';
import { minicpmVersion } from '../families/minicpmv.ts';
import { column, constant, norm, replicated, row } from '../tensors.ts';
import {
  CLASSIC,
  edge,
  item,
  layerNorm,
  patchEmbedding,
  projector,
  sizesOf,
  tower,
  unknownItem,
  type Sizes,
  type Tower,
  type TowerInput,
  type TowerParts,
} from './tower.ts';

/** What a vision_config leaves out because it is its class's default in transformers. */
const SIGLIP = {
  hidden_size: 768,
  intermediate_size: 3072,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  patch_size: 16,
  image_size: 224,
};
const IDEFICS3 = { ...SIGLIP, hidden_size: 1152, num_attention_heads: 16, patch_size: 32 };

interface Siglip {
  readonly sizes: Sizes;
  readonly patches: number;
  readonly patchValues: number;
  readonly tensors: readonly Tensor[];
}

/** SigLIP without its head: patches with a bias, a place for each, a norm at the end (vLLM model_executor/models/siglip.py). */
function siglip(config: Fields, defaults: Fields): Siglip | null {
  const fields = { ...defaults, ...config };
  const sizes = sizesOf(fields);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const patches = size(config, 'num_patches') ?? Math.floor((edge(fields, 'image_size') ?? 224) / sizes.patch) ** 2;
  return {
    sizes,
    patches,
    patchValues,
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'position_embedding', patches, sizes.hidden),
      layerNorm('post_layernorm', sizes.hidden),
    ],
  };
}

/** A tower of SigLIP with what stands behind it. */
function onSiglip(
  defaults: Fields,
  behind: (made: Siglip, input: TowerInput) => Pick<TowerParts, 'items' | 'tensors' | 'depth'> | null,
): Tower {
  return (input) => {
    const made = siglip(input.config, defaults);
    const rest = made && behind(made, input);
    if (!made || !rest) return null;
    const { sizes, patchValues, tensors } = made;
    return tower({ ...rest, sizes, style: CLASSIC, patchValues, tensors: [...tensors, ...rest.tensors] });
  };
}

/** Idefics 3 and SmolVLM: tiles whose patches are joined by `scale_factor²` (models/idefics3.py). */
export const idefics3: Tower = onSiglip(IDEFICS3, ({ sizes, patches }, { root, config, textHiddenSize }) => {
  const joined = (size(root, 'scale_factor') ?? 2) ** 2;
  const whole = size(section(config, 'size') ?? {}, 'longest_edge');
  const tile = size(section(config, 'max_image_size') ?? {}, 'longest_edge');
  const tiles = whole !== null && tile !== null ? Math.ceil(whole / tile) ** 2 + 1 : null;
  return {
    items: [tiles === null ? unknownItem('image') : item('image', tiles * Math.floor(patches / joined), joined)],
    tensors: [replicated('projector', 'connector.proj', textHiddenSize, joined * sizes.hidden)],
  };
});

/** PaliGemma: one linear layer behind the tower (models/paligemma.py). */
export const paligemma: Tower = onSiglip(SIGLIP, ({ sizes, patches }, { root, config, textHiddenSize }) => {
  const out = size(root, 'projection_dim') ?? size(config, 'projection_dim') ?? textHiddenSize;
  return {
    items: [item('image', patches, 1)],
    tensors: [replicated('projector', 'multi_modal_projector.linear', out, sizes.hidden, { bias: true })],
  };
});

/** LLaVA-OneVision: two linear layers and an embedding for the end of a line of patches (models/llava_onevision.py). */
export const llavaOneVision: Tower = onSiglip(SIGLIP, ({ sizes }, { root, textHiddenSize }) => ({
  items: [unknownItem('image'), unknownItem('video')],
  tensors: [
    ...projector(sizes.hidden, textHiddenSize, textHiddenSize, flag(root, 'multimodal_projector_bias') ?? true),
    constant('projector', 'image_newline', textHiddenSize),
  ],
}));

/** Aya Vision and Command A Vision: patches joined by `downsample_factor²`, a gated projector, in Aya behind a norm. */
export function cohereVision(normed: boolean): Tower {
  return onSiglip(SIGLIP, ({ sizes }, { root, textHiddenSize }) => {
    const wide = (size(root, 'downsample_factor') ?? 2) ** 2 * sizes.hidden;
    const inner = size(root, 'alignment_intermediate_size') ?? textHiddenSize;
    return {
      items: [unknownItem('image')],
      tensors: [
        ...(normed ? [norm('multi_modal_projector.layernorm', wide, true, 'projector')] : []),
        column('projector', 'multi_modal_projector.linear_1', inner, wide, { bias: true }),
        row('projector', 'multi_modal_projector.linear_2', textHiddenSize, Math.floor(inner / 2), { bias: true }),
      ],
    };
  });
}

/** LFM2-VL: SigLIP 2 with places for `num_patches`, patches joined, a projector of its own width (models/lfm2_vl.py). */
export const lfm2Vision: Tower = onSiglip({ ...SIGLIP, num_patches: 256 }, ({ sizes }, { root, textHiddenSize }) => {
  const wide = (size(root, 'downsample_factor') ?? 2) ** 2 * sizes.hidden;
  const inner = size(root, 'projector_hidden_size') ?? textHiddenSize;
  const bias = flag(root, 'projector_bias') ?? true;
  return {
    items: [unknownItem('image')],
    tensors: [
      ...(flag(root, 'projector_use_layernorm') === false
        ? []
        : [norm('multi_modal_projector.layer_norm', wide, true, 'projector')]),
      replicated('projector', 'multi_modal_projector.linear_1', inner, wide, { bias }),
      replicated('projector', 'multi_modal_projector.linear_2', textHiddenSize, inner, { bias }),
    ],
  };
});

/** PaddleOCR-VL: the pooling head and the packed positions of its checkpoint are not loaded (models/paddleocr_vl.py). */
export const paddleOcr: Tower = onSiglip(
  { ...SIGLIP, image_size: 384, patch_size: 14 },
  ({ sizes }, { textHiddenSize }) => {
    const wide = 4 * sizes.hidden;
    return {
      items: [unknownItem('image')],
      tensors: [
        norm('mlp_AR.pre_norm', sizes.hidden, true, 'projector'),
        replicated('projector', 'mlp_AR.linear_1', wide, wide, { bias: true, linear: false }),
        replicated('projector', 'mlp_AR.linear_2', textHiddenSize, wide, { bias: true, linear: false }),
      ],
    };
  },
);

/** MiniCPM-V from 2.5 on: queries that read the patches through one attention (models/minicpmv.py, Resampler2_5). */
export const minicpmVision: Tower = onSiglip(
  { ...SIGLIP, image_size: 980, patch_size: 14 },
  ({ sizes }, { root, textHiddenSize: width }) => {
    const queries = size(root, 'query_num');
    if (queries === null || minicpmVersion(root) < 2.5) return null;
    const own = (name: string, rows: number, columns: number, bias = false): Tensor =>
      replicated('projector', `resampler.${name}`, rows, columns, { bias, linear: false });
    return {
      depth: sizes.depth - Number(flag(root, 'drop_vision_last_layer') === true),
      items: [unknownItem('image'), unknownItem('video')],
      tensors: [
        own('query', queries, width),
        replicated('projector', 'resampler.kv_proj', width, sizes.hidden),
        own('attn.in_proj', 3 * width, width, true),
        own('attn.out_proj', width, width, true),
        ...['ln_q', 'ln_kv', 'ln_post'].map((name) => norm(`resampler.${name}`, width, true, 'projector')),
        own('proj', width, width),
      ],
    };
  },
);
