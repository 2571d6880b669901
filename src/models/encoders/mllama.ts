import { list, size } from '../config/fields.ts';
import { pictureTokens } from '../families/mllama.ts';
import { column, constant } from '../tensors.ts';
import { CLASSIC, layerNorm, patchEmbedding, sizesOf, tower, type Tower } from './tower.ts';

/**
 * Llama 3.2 Vision: ViT blocks over every tile, gated ones over all tiles, and what some of the first put out beside what
 * the last do (vLLM 0.9 model_executor/models/mllama.py). A picture is one token of the prompt: the text attends to it
 * across.
 */
export const mllama: Tower = ({ root, config, textHiddenSize }) => {
  const heads = size(config, 'attention_heads', 'num_attention_heads');
  const sizes = sizesOf({ ...config, num_attention_heads: heads });
  const tokens = pictureTokens(root);
  if (!sizes || tokens === null) return null;
  const { hidden, depth, patch } = sizes;
  const tiles = size(config, 'max_num_tiles') ?? 4;
  const global = size(config, 'num_global_layers') ?? 8;
  // One more than there are shapes: none.
  const shapes = (list(config, 'supported_aspect_ratios')?.length ?? 8) + 1;
  const perTile = tokens / tiles;
  const pixels = 3 * patch ** 2;
  const outputs =
    size(config, 'vision_output_dim') ?? hidden * ((list(config, 'intermediate_layers_indices')?.length ?? 5) + 1);
  return tower({
    sizes,
    style: { ...CLASSIC, qkvBias: false, outBias: false },
    depth: depth + global,
    items: [{ modality: 'image', tokens: 1, patches: tokens, mostParts: 1 }],
    // What several levels put out is kept until all have.
    patchValues: pixels + outputs,
    tensors: [
      patchEmbedding(hidden, pixels, false),
      constant('vision', 'class_embedding', hidden),
      constant('vision', 'gated_positional_embedding.embedding', perTile, hidden),
      constant('vision', 'gated_positional_embedding.tile_embedding', shapes, tiles * perTile * hidden),
      constant('vision', 'pre_tile_positional_embedding.embedding', shapes, tiles * hidden),
      constant('vision', 'post_tile_positional_embedding.embedding', shapes, tiles * hidden),
      constant('vision', 'gates', 3 + 2 * global),
      layerNorm('layernorm_pre', hidden),
      layerNorm('layernorm_post', hidden),
      column('projector', 'multi_modal_projector', textHiddenSize, outputs, { bias: true }),
    ],
  });
};
