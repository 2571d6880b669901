import { flag, size } from '../config/fields.ts';
import { norm } from '../tensors.ts';
import { item, layerNorm, MODERN, patchEmbedding, projector, sizesOf, tower, type Tower } from './tower.ts';

/** Tokens of the largest picture that the processor lets through: `max_pixels` 11,289,600 at 28² pixels a token. */
const DOTS_IMAGE_TOKENS = 14_400;

/** dots.ocr: gated blocks without biases and a merger as wide as four patches (vLLM models/dots_ocr.py). */
export const dotsOcr: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const merged = (size(config, 'spatial_merge_size') ?? 2) ** 2;
  const patchValues = 3 * (size(config, 'temporal_patch_size') ?? 1) * sizes.patch ** 2;
  const bias = flag(config, 'use_bias') === true;
  const wide = merged * sizes.hidden;
  const rms = (name: string): ReturnType<typeof norm> => norm(name, sizes.hidden, false, 'vision');
  return tower({
    sizes,
    style: { ...MODERN, qkvBias: bias, outBias: bias, mlpBias: bias },
    patchValues,
    items: [item('image', DOTS_IMAGE_TOKENS, merged)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      rms('patch_embed.norm'),
      ...(flag(config, 'post_norm') === false ? [] : [rms('post_trunk_norm')]),
      layerNorm('merger.ln_q', sizes.hidden),
      ...projector(wide, wide, size(config, 'hidden_size') ?? textHiddenSize, true, 'merger'),
    ],
  });
};
