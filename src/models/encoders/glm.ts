import type { Tensor } from '../architecture.ts';
import { section, size } from '../config/fields.ts';
import { column, constant, norm, replicated, row } from '../tensors.ts';
import { edge, MODERN, patchEmbedding, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/** GLM-4.1V and 4.5V: the MLP is as wide as the output; `intermediate_size` is the merger's. */
export const glm4v: Tower = ({ config, textHiddenSize }) => {
  const stated = sizesOf(config);
  if (!stated) return null;
  const out = size(config, 'out_hidden_size') ?? textHiddenSize;
  const sizes = { ...stated, inner: out };
  const merge = size(config, 'spatial_merge_size') ?? 2;
  const patchValues = 3 * (size(config, 'temporal_patch_size') ?? 2) * sizes.patch ** 2;
  const positions = Math.floor((edge(config, 'image_size') ?? 336) / sizes.patch) ** 2;
  return tower({
    sizes,
    style: MODERN,
    patchValues,
    items: [unknownItem('image'), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'position_embedding', positions, sizes.hidden),
      norm('post_conv_layernorm', sizes.hidden, false, 'vision'),
      norm('post_layernorm', sizes.hidden, false, 'vision'),
      ...mergerOf(sizes.hidden * merge * merge, out, stated.inner),
    ],
  });
};

/**
 * GLM-OCR: blocks with biases, norms of queries and keys and an MLP of their own width, no table of positions, and a
 * merger as wide as the text model's MLP (vLLM models/glm_ocr.py).
 */
export const glmOcr: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  const context = size(section(root, 'text_config') ?? root, 'intermediate_size');
  if (!sizes || context === null) return null;
  const out = size(config, 'out_hidden_size') ?? textHiddenSize;
  const merge = size(config, 'spatial_merge_size') ?? 2;
  const patchValues = 3 * (size(config, 'temporal_patch_size') ?? 2) * sizes.patch ** 2;
  return tower({
    sizes,
    style: { ...MODERN, qkvBias: true, outBias: true, mlpBias: true, qkNorm: Math.floor(sizes.hidden / sizes.heads) },
    patchValues,
    items: [unknownItem('image'), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      norm('post_layernorm', sizes.hidden, false, 'vision'),
      ...mergerOf(sizes.hidden * merge * merge, out, context),
    ],
  });
};

/** Patches joined by a convolution, and a gated MLP behind a norm. */
function mergerOf(joined: number, out: number, inner: number): Tensor[] {
  return [
    replicated('projector', 'downsample', out, joined, { bias: true, linear: false }),
    replicated('projector', 'merger.proj', out, out),
    norm('merger.post_projection_norm', out, true, 'projector'),
    column('projector', 'merger.gate_up_proj', 2 * inner, out),
    row('projector', 'merger.down_proj', out, inner),
  ];
}
