import type { Encoder, EncoderItem, Tensor } from '../architecture.ts';
import { constant, norm, replicated } from '../tensors.ts';
import { CLASSIC, layerNorm, MODERN, patchEmbedding, tower, type Sizes } from './tower.ts';

/** CLIP-L of the sizes in vLLM's models/deepseek_ocr.py. */
const CLIP: Sizes = { hidden: 1024, inner: 4096, heads: 16, depth: 24, patch: 14 };

/**
 * DeepSeek-OCR: SAM, CLIP-L on what it makes of the picture, and a projector of both. The largest picture is one of
 * 1280 × 1280: the whole at 1024 and four tiles of 640, each line of tokens with an end.
 */
export function opticalReader(projected: readonly Tensor[], textWidth: number): Encoder {
  const { hidden, patch } = CLIP;
  const made = tower({
    sizes: CLIP,
    style: CLASSIC,
    patchValues: 3 * patch ** 2,
    items: [picture(16 * 17 + 20 * 21 + 1, 16 ** 2 + 1 + 4 * (10 ** 2 + 1))],
    tensors: [
      ...segmenter(1024),
      patchEmbedding(hidden, 3 * patch ** 2, false),
      constant('vision', 'class_embedding', hidden),
      constant('vision', 'position_embedding', (224 / patch) ** 2 + 1, hidden),
      layerNorm('pre_layrnorm', hidden),
      ...projected,
      constant('projector', 'image_newline', textWidth),
      constant('projector', 'view_seperator', textWidth),
    ],
  });
  return { ...made, frontEnd: GLOBAL_SCORES };
}

function picture(tokens: number, patches: number): EncoderItem {
  return { modality: 'image', tokens, patches, mostParts: 1 };
}

/** Qwen2 0.5B without its vocabulary, of the sizes in vLLM's models/deepencoder2.py. */
const QWEN2: Sizes = { hidden: 896, inner: 4864, heads: 14, depth: 24, patch: 16 };
const QWEN2_KV = 2 * 64;
/** Places of a tile of 768 pixels and of the whole picture. */
const QUERIES = 144 + 256;

/** DeepSeek-OCR 2: SAM, and a Qwen2 whose queries read what it makes of the picture; tiles of 768 pixels, no line ends. */
export function secondReader(projected: readonly Tensor[], textWidth: number): Encoder {
  const { hidden, inner, patch } = QWEN2;
  const own = (name: string, rows: number, columns: number, bias = false): Tensor =>
    replicated('vision', name, rows, columns, { bias, linear: false });
  const made = tower({
    sizes: QWEN2,
    style: MODERN,
    patchValues: 3 * patch ** 2,
    items: [picture(16 ** 2 + 24 ** 2 + 1, 2 * (16 ** 2 + 4 * 12 ** 2))],
    tensors: [
      ...segmenter(hidden),
      constant('vision', 'queries', QUERIES, hidden),
      norm('norm', hidden, false, 'vision'),
      ...projected,
      constant('projector', 'view_seperator', textWidth),
    ],
  });
  return {
    ...made,
    frontEnd: GLOBAL_SCORES,
    block: [
      norm('input_layernorm', hidden, false, 'vision'),
      norm('post_attention_layernorm', hidden, false, 'vision'),
      own('self_attn.q_proj', hidden, hidden, true),
      own('self_attn.k_proj', QWEN2_KV, hidden, true),
      own('self_attn.v_proj', QWEN2_KV, hidden, true),
      own('self_attn.o_proj', hidden, hidden),
      own('mlp.gate_proj', inner, hidden),
      own('mlp.up_proj', inner, hidden),
      own('mlp.down_proj', hidden, inner),
    ],
  };
}

const SAM = { hidden: 768, inner: 3072, depth: 12, heads: 12, patch: 16, side: 64, window: 14 };
/** Blocks that attend to the whole picture. */
const SAM_GLOBAL = new Set([2, 5, 8, 11]);

/** What SAM adds to the scores of every patch with every other in each head, for one picture at a time. */
const SCORES = SAM.heads * SAM.side ** 4;
const GLOBAL_SCORES = { elementsPerItem: SCORES, mostElements: SCORES };

/** SAM's ViT-B with two convolutions behind its neck, in plain layers that every rank holds (models/deepencoder.py). */
function segmenter(out: number): Tensor[] {
  const { hidden, inner, patch, side } = SAM;
  const own = (name: string, rows: number, columns: number, bias = true): Tensor =>
    replicated('vision', `sam.${name}`, rows, columns, { bias, linear: false });
  const block = (index: number): Tensor[] => [
    layerNorm('sam.norm1', hidden),
    own('attn.qkv', 3 * hidden, hidden),
    own('attn.proj', hidden, hidden),
    own('attn.rel_pos', 2 * (2 * (SAM_GLOBAL.has(index) ? side : SAM.window) - 1), hidden / SAM.heads, false),
    layerNorm('sam.norm2', hidden),
    own('mlp.lin1', inner, hidden),
    own('mlp.lin2', hidden, inner),
  ];
  return [
    own('patch_embed.proj', hidden, 3 * patch ** 2),
    own('pos_embed', side ** 2, hidden, false),
    ...Array.from({ length: SAM.depth }, (_, index) => block(index)).flat(),
    own('neck.0', 256, hidden, false),
    layerNorm('sam.neck.1', 256),
    own('neck.2', 256, 256 * 9, false),
    layerNorm('sam.neck.3', 256),
    own('net_2', 512, 256 * 9, false),
    own('net_3', out, 512 * 9, false),
  ];
}
