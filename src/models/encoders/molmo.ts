import { list, section, size } from '../config/fields.ts';
import { column, constant, row } from '../tensors.ts';
import { CLASSIC, patchEmbedding, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/**
 * Molmo 2: a ViT up to the last layer that is read, an attention that pools the patches of the layers read, and a gated
 * projector (vLLM models/molmo2.py Molmo2VisionBackbone).
 */
export const molmo2: Tower = ({ root, config, textHiddenSize }) => {
  const adapter = section(root, 'adapter_config') ?? {};
  const sizes = sizesOf(config);
  const pooled = size(adapter, 'hidden_size');
  const inner = size(adapter, 'intermediate_size');
  const read = list(adapter, 'vit_layers') ?? [-3, -9];
  if (!sizes || pooled === null || inner === null || !read.every((layer) => Number.isInteger(layer))) return null;
  const last = Math.max(...read.map((layer) => (Number(layer) < 0 ? Number(layer) + sizes.depth : Number(layer)))) + 1;
  const patch = size(config, 'image_patch_size') ?? 14;
  const patchValues = 3 * patch ** 2;
  const keys = (size(adapter, 'num_key_value_heads') ?? 16) * (size(adapter, 'head_dim') ?? 72);
  const wide = read.length * sizes.hidden;
  const bias = { bias: true };
  return tower({
    sizes,
    style: CLASSIC,
    depth: Math.max(1, Math.min(sizes.depth, last)),
    patchValues,
    items: [unknownItem('image'), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'positional_embedding', size(config, 'image_num_pos') ?? 577, sizes.hidden),
      column('projector', 'image_pooling_2d.q_proj', pooled, wide, bias),
      column('projector', 'image_pooling_2d.merged_kv', 2 * keys, wide, bias),
      row('projector', 'image_pooling_2d.o_proj', pooled, pooled, bias),
      column('projector', 'image_projector.merged_linear', 2 * inner, pooled),
      row('projector', 'image_projector.down_proj', size(adapter, 'text_hidden_size') ?? textHiddenSize, inner),
    ],
  });
};
