import { flag, list, size } from '../config/fields.ts';
import { column, constant, norm, replicated, row } from '../tensors.ts';
import { CLASSIC, layerNorm, MODERN, patchEmbedding, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

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

/** Kimi K3's MoonViT: no biases, RMSNorms, attention wider than the hidden size, a norm behind the projector (vLLM models/kimi_k25_vit.py). */
export const moonvitK3: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const { hidden, inner, patch } = sizes;
  const attention = size(config, 'qkv_hidden_size') ?? hidden;
  const patchValues = 3 * patch ** 2;
  const merge = size({ value: list(config, 'merge_kernel_size')?.[0] }, 'value') ?? 2;
  const wide = merge * merge * hidden;
  const out = size(config, 'text_hidden_size', 'mm_hidden_size') ?? textHiddenSize;
  const positions = (size(config, 'init_pos_emb_height') ?? 64) * (size(config, 'init_pos_emb_width') ?? 64);
  const made = tower({
    sizes,
    style: { ...MODERN, gated: false },
    patchValues,
    items: [unknownItem('image'), ...(flag(root, 'use_unified_vision_chunk') === true ? [unknownItem('video')] : [])],
    tensors: [
      patchEmbedding(hidden, patchValues, flag(config, 'patch_embed_proj_bias') ?? true),
      constant('vision', 'pos_emb', positions, hidden),
      norm('final_layernorm', hidden, false, 'vision'),
      replicated('projector', 'projector.linear_1', wide, wide),
      replicated('projector', 'projector.linear_2', out, wide),
      norm('projector.post_norm', out, false, 'projector'),
    ],
  });
  const block = [
    norm('norm0', hidden, false, 'vision'),
    norm('norm1', hidden, false, 'vision'),
    column('vision', 'wqkv', 3 * attention, hidden),
    row('vision', 'wo', hidden, attention),
    column('vision', 'mlp.fc0', inner, hidden),
    row('vision', 'mlp.fc1', hidden, inner),
  ];
  return { ...made, block };
};
