import { count, list, size } from '../config/fields.ts';
import { constant, norm } from '../tensors.ts';
import { CLASSIC, item, MODERN, patchEmbedding, projector, sizesOf, tower, type Tower } from './tower.ts';

/** Tokens of an image of the largest size that Qwen's processors let through: `max_pixels` 12,845,056 at 28² pixels a token, 16,777,216 at 32². */
const QWEN_IMAGE_TOKENS = 16_384;
/** Pairs of frames of the profiled video (vLLM models/qwen2_vl.py: at most 14 frames), as many as the context holds. */
const QWEN2_FRAME_PAIRS = 7;
/** `longest_edge` of the video processor of Qwen3-VL, 25,165,824 pixels over two frames of 32² a token. */
const QWEN3_VIDEO_TOKENS = 12_288;
/** With the timestamps that the prompt has between the frames (vLLM 0.11 models/qwen3_vl.py get_max_video_tokens). */
const QWEN3_PROMPT_TOKENS_PER_TOKEN = 12.5;

/** Qwen2-VL and Qwen2.5-VL: 3-D patches, `spatial_merge_size²` patches to a token. */
export function qwen2(gated: boolean): Tower {
  return ({ config, textHiddenSize }) => {
    const sizes = sizesOf(config);
    if (!sizes) return null;
    const merged = (size(config, 'spatial_merge_size') ?? 2) ** 2;
    const patchValues = 3 * (size(config, 'temporal_patch_size') ?? 2) * sizes.patch ** 2;
    const wide = merged * sizes.hidden;
    const style = gated ? { ...MODERN, qkvBias: true, outBias: true, mlpBias: true } : CLASSIC;
    return tower({
      sizes,
      style,
      patchValues,
      items: [item('image', QWEN_IMAGE_TOKENS, merged), item('video', QWEN_IMAGE_TOKENS, merged, QWEN2_FRAME_PAIRS)],
      tensors: [
        patchEmbedding(sizes.hidden, patchValues, false),
        norm('merger.ln_q', sizes.hidden, !gated, 'projector'),
        ...projector(
          wide,
          wide,
          gated ? (size(config, 'out_hidden_size') ?? textHiddenSize) : textHiddenSize,
          true,
          'merger',
        ),
      ],
    });
  };
}

/** Qwen3-VL and the towers of Qwen3.5 and later; a merger of its own for each level of DeepStack. */
export const qwen3: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const merged = (size(config, 'spatial_merge_size') ?? 2) ** 2;
  const patchValues = 3 * (size(config, 'temporal_patch_size') ?? 2) * sizes.patch ** 2;
  const wide = merged * sizes.hidden;
  const out = size(config, 'out_hidden_size') ?? textHiddenSize;
  const levels = list(config, 'deepstack_visual_indexes')?.length ?? 0;
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    levels,
    items: [
      item('image', QWEN_IMAGE_TOKENS, merged),
      { ...item('video', QWEN3_VIDEO_TOKENS, merged), promptTokensPerToken: QWEN3_PROMPT_TOKENS_PER_TOKEN },
    ],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'pos_embed', count(config, 'num_position_embeddings') ?? 2304, sizes.hidden),
      norm('merger.norm', sizes.hidden, true, 'projector'),
      ...projector(wide, wide, out, true, 'merger'),
      ...Array.from({ length: levels }, (_, level) => [
        norm(`deepstack_merger_list.${level}.norm`, wide, true, 'projector'),
        ...projector(wide, wide, out, true, `deepstack_merger_list.${level}`),
      ]).flat(),
    ],
  });
};

/** The tower of Qwen3-Omni is Qwen3-VL's, profiled with the items of Qwen2.5-VL (vLLM models/qwen3_omni_moe_thinker.py). */
export const qwen3Omni: Tower = (input) => {
  const made = qwen3(input);
  const merged = (size(input.config, 'spatial_merge_size') ?? 2) ** 2;
  const items = [item('image', QWEN_IMAGE_TOKENS, merged), item('video', QWEN_IMAGE_TOKENS, merged, QWEN2_FRAME_PAIRS)];
  return made && { ...made, items };
};
