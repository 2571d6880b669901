import type { Encoder, EncoderItem, Tensor } from '../architecture.ts';
import { list, ratio, section, size, text, texts, type Fields } from '../config/fields.ts';
import { column, constant, replicated, row } from '../tensors.ts';
import { opticalReader, secondReader } from './deepseek-ocr.ts';
import { CLASSIC, item, layerNorm, patchEmbedding, tower, type Sizes, type Tower } from './tower.ts';

/** DeepSeek-VL2, DeepSeek-OCR and DeepSeek-OCR 2, told apart by their class as vLLM tells them. */
export const deepseekVision: Tower = (input) => {
  const name = texts(input.root, 'architectures')[0];
  const projected = projectorOf(input.root);
  if (!projected) return null;
  if (name === 'DeepseekOCRForCausalLM') return opticalReader(projected, embedded(input.root));
  if (name === 'DeepseekOCR2ForCausalLM') return secondReader(projected, embedded(input.root));
  return name === 'DeepseekVLV2ForCausalLM' ? vl2(input.root, input.config, projected) : null;
};

/** `vit_so400m_patch14_siglip_384.webli` of timm, whatever config.json says (vLLM models/deepseek_vl2.py). */
const SO400M: Sizes = { hidden: 1152, inner: 4304, heads: 16, depth: 27, patch: 14 };
const SO400M_SIDE = 27;
const TILE = 384;

function vl2(root: Fields, config: Fields, projected: readonly Tensor[]): Encoder | null {
  const { hidden, inner, patch } = SO400M;
  if ((size(config, 'width') ?? hidden) !== hidden || (size(config, 'layers') ?? 27) !== SO400M.depth) return null;
  const patches = SO400M_SIDE ** 2;
  const made = tower({
    sizes: SO400M,
    style: CLASSIC,
    patchValues: 3 * patch ** 2,
    items: [largestGrid(root, patches)],
    tensors: [
      patchEmbedding(hidden, 3 * patch ** 2, true),
      constant('vision', 'pos_embed', patches, hidden),
      layerNorm('norm', hidden),
      ...poolOf(hidden, inner),
      ...projected,
      constant('projector', 'image_newline', embedded(root)),
      constant('projector', 'view_seperator', embedded(root)),
    ],
  });
  // Only the two layers of each MLP are divided (patch_vit_for_tp).
  const whole = (tensor: Tensor): Tensor =>
    tensor.name.startsWith('attn.') ? { ...tensor, shard: { kind: 'replicated' } } : tensor;
  return { ...made, block: made.block.map(whole) };
}

/** The pooling by attention that timm builds though nothing calls it. */
function poolOf(hidden: number, inner: number): Tensor[] {
  const bias = { bias: true };
  return [
    constant('vision', 'attn_pool.latent', hidden),
    replicated('vision', 'attn_pool.q', hidden, hidden, bias),
    replicated('vision', 'attn_pool.kv', 2 * hidden, hidden, bias),
    replicated('vision', 'attn_pool.proj', hidden, hidden, bias),
    layerNorm('attn_pool.norm', hidden),
    column('vision', 'attn_pool.mlp.fc1', inner, hidden, bias),
    row('vision', 'attn_pool.mlp.fc2', hidden, inner, bias),
  ];
}

/** The candidate resolution with the most tokens: its tiles and the whole, each with a column of line ends. */
function largestGrid(root: Fields, patches: number): EncoderItem {
  const side = Math.ceil(SO400M_SIDE / 2);
  let most = item('image', side * (side + 1) + 1, 1);
  for (const candidate of list(root, 'candidate_resolutions') ?? []) {
    const [height, width] = (Array.isArray(candidate) ? candidate : []).map((pixels) => Math.floor(pixels / TILE));
    if (!height || !width || height * width > 100) continue;
    const tokens = side * (side + 1) + height * side * (width * side + 1) + 1;
    if (tokens > (most.tokens ?? 0)) most = { ...most, tokens, patches: (height * width + 1) * patches };
  }
  return most;
}

const embedded = (root: Fields): number => size(section(root, 'projector_config') ?? {}, 'n_embed') ?? 2048;

/** vLLM's MlpProjector: one linear layer, or as many as `depth` with GELU between. */
function projectorOf(root: Fields): Tensor[] | null {
  const config = section(root, 'projector_config') ?? {};
  const out = embedded(root);
  const input = size(config, 'input_dim') ?? 1152;
  const bias = { bias: true };
  const kind = text(config, 'projector_type') ?? 'downsample_mlp_gelu';
  if (kind === 'linear') return [replicated('projector', 'projector.layers', out, input, bias)];
  const depth = size(config, 'depth') ?? 2;
  if (kind !== 'downsample_mlp_gelu' || depth > 10) return null;
  const wide = Math.floor(out * (ratio(config, 'mlp_ratio') ?? 1));
  const joined = input * (size(config, 'downsample_ratio') ?? 2) ** 2;
  return [
    replicated('projector', 'projector.layers.0', wide, joined, bias),
    ...Array.from({ length: Math.max(0, depth - 2) }, () =>
      replicated('projector', 'projector.layers.between', wide, wide, bias),
    ),
    replicated('projector', 'projector.layers.last', out, wide, bias),
  ];
}
