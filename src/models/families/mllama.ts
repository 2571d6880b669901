import type { Layer, Tensor } from '../architecture.ts';
import { list, section, size, type Fields } from '../config/fields.ts';
import { column, constant, fusedQkv, norm, row } from '../tensors.ts';

/** What cross attention needs to know of the model. */
interface Sizes {
  readonly hiddenSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Whether some layers attend to a picture alone (Llama 3.2 Vision). */
export function attendsToPictures(modelType: string): boolean {
  return modelType === 'mllama_text_model';
}

/** Why such a config cannot be computed, or null: how much there is to attend to is the tower's. */
export function pictureProblem(root: Fields): string | null {
  return pictureTokens(root) === null
    ? 'config.json states no image_size or max_num_tiles of its vision_config.'
    : null;
}

/** Patches of the largest picture: tiles of `(image_size ÷ patch_size)²` patches and one for the whole tile. */
export function pictureTokens(root: Fields): number | null {
  const vision = section(root, 'vision_config') ?? {};
  const [edge, patch, tiles] = ['image_size', 'patch_size', 'max_num_tiles'].map((key) => size(vision, key));
  if (!edge || !patch || !tiles) return null;
  return tiles * (Math.floor(edge / patch) ** 2 + 1);
}

/** Rows of the token table beyond the vocabulary, for the picture's own tokens (vLLM 0.9 model_executor/models/mllama.py). */
export const FURTHER_ROWS = 8;

/** Cross attention in the place of self attention, with a gate for each half (MllamaCrossAttentionDecoderLayer); null elsewhere. */
export function crossLayer(root: Fields, fields: Fields, index: number, sizes: Sizes): Layer | null {
  if (list(fields, 'cross_attention_layers')?.includes(index) !== true) return null;
  const { hiddenSize, heads, kvHeads, headDim } = sizes;
  const kept = { kvHeads, keyDim: headDim, valueDim: headDim };
  const tensors: Tensor[] = [
    column('attention', 'cross_attn.q_proj', heads * headDim, hiddenSize),
    fusedQkv({ queryHeads: 0, queryDim: headDim, ...kept }, hiddenSize, 'cross_attn.kv_proj', false),
    row('attention', 'cross_attn.o_proj', hiddenSize, heads * headDim),
    norm('cross_attn.q_norm', headDim),
    norm('cross_attn.k_norm', headDim),
    constant('other', 'cross_attn_attn_gate', 1),
    constant('other', 'cross_attn_mlp_gate', 1),
  ];
  return { tensors, caches: [{ kind: 'cross', ...kept, encoderTokens: pictureTokens(root) ?? 0 }] };
}
