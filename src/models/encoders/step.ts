import { flag, ratio, size } from '../config/fields.ts';
import { column, constant, replicated } from '../tensors.ts';
import { CLASSIC, edge, layerNorm, patchEmbedding, tower, unknownItem, type Tower } from './tower.ts';

/** Step3-VL-10B: the Perception Encoder, two convolutions that halve it, and one linear layer (vLLM models/step_vl.py). */
export const perception: Tower = ({ root, config, textHiddenSize }) => {
  const hidden = size(config, 'width');
  const depth = size(config, 'layers');
  const heads = size(config, 'heads');
  if (hidden === null || depth === null || heads === null) return null;
  const patch = size(config, 'patch_size') ?? 14;
  const patchValues = 3 * patch ** 2;
  const classes = Number(flag(config, 'use_cls_token') === true);
  const places = Math.floor((edge(config, 'image_size') ?? 728) / patch) ** 2 + classes;
  return tower({
    sizes: { hidden, depth, heads, patch, inner: Math.floor(hidden * (ratio(config, 'mlp_ratio') ?? 4)) },
    style: { ...CLASSIC, scales: ratio(config, 'ls_init_value') !== null },
    patchValues,
    items: [unknownItem('image')],
    tensors: [
      patchEmbedding(hidden, patchValues, false),
      ...(classes > 0 ? [constant('vision', 'class_embedding', hidden)] : []),
      ...(flag(config, 'use_abs_posemb') === false ? [] : [constant('vision', 'positional_embedding', places, hidden)]),
      ...(flag(config, 'use_ln_pre') === false ? [] : [layerNorm('ln_pre', hidden)]),
      ...(flag(config, 'use_ln_post') === true ? [layerNorm('ln_post', hidden)] : []),
      replicated('vision', 'vit_downsampler1', 2 * hidden, 9 * hidden, { bias: true, linear: false }),
      replicated('vision', 'vit_downsampler2', 4 * hidden, 18 * hidden, { bias: true, linear: false }),
      column('projector', 'vit_large_projector', textHiddenSize, 4 * hidden, {
        bias: flag(root, 'projector_bias') === true,
      }),
    ],
  });
};
