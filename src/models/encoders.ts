import type { Encoder, EncoderItem, Tensor } from './architecture.ts';
import { size, count, flag, ratio, section, text, list, type Fields } from './fields.ts';
import { column, constant, norm, replicated, row } from './tensors.ts';

/**
 * Vision and audio towers with their projectors. Each family of towers is one function below, keyed by the
 * `model_type` of the whole model; it follows that model's file in vLLM's model_executor/models. To add one: a
 * function, a row in {@link TOWERS}, and a catalogue row with a stated parameter count for the tests to compare with.
 */
export function encodersOf(
  root: Fields,
  modelType: string,
  textHiddenSize: number,
): readonly Encoder[] | { readonly problem: string } {
  const vision = section(root, 'vision_config');
  const audio = section(root, 'audio_config');
  if (!vision && !audio) return [];
  const unknown = (part: string): { problem: string } => ({
    problem: `Headroom cannot compute the ${part} tower of a ${modelType} model yet.`,
  });
  const encoders: Encoder[] = [];
  for (const [part, config] of [
    ['vision', vision],
    ['audio', audio],
  ] as const) {
    if (!config) continue;
    const make = Object.hasOwn(TOWERS, modelType) ? TOWERS[modelType]?.[part] : undefined;
    const encoder = make?.({ root, config, textHiddenSize }) ?? null;
    if (encoder === null || encoder.depth > MOST_BLOCKS) return unknown(part);
    encoders.push(encoder);
  }
  return encoders;
}

const MOST_BLOCKS = 500;

interface TowerInput {
  readonly root: Fields;
  readonly config: Fields;
  readonly textHiddenSize: number;
}
type Tower = (input: TowerInput) => Encoder | null;

/** Sizes that every transformer tower states, under the names of its library. */
interface Sizes {
  readonly hidden: number;
  readonly inner: number;
  readonly heads: number;
  readonly depth: number;
  readonly patch: number;
}

function sizesOf(config: Fields): Sizes | null {
  const hidden = size(config, 'embed_dim', 'vt_hidden_size', 'hidden_size');
  const depth = size(config, 'depth', 'vt_num_hidden_layers', 'num_hidden_layers', 'encoder_layers');
  const heads = size(config, 'num_heads', 'vt_num_attention_heads', 'num_attention_heads');
  if (hidden === null || depth === null || heads === null) return null;
  const widened = Math.floor(hidden * (ratio(config, 'mlp_ratio') ?? 4));
  const inner = size(config, 'intermediate_size', 'vt_intermediate_size', 'encoder_ffn_dim') ?? widened;
  return { hidden, inner, heads, depth, patch: edge(config, 'patch_size') ?? 14 };
}

/** A side in pixels, written as a number or as `[height, width]`. */
function edge(config: Fields, key: string): number | null {
  return size(config, key) ?? size({ value: list(config, key)?.[0] }, 'value');
}

interface BlockStyle {
  /** LayerNorm has a bias, RMSNorm has none. */
  readonly normBias: boolean;
  readonly norms: number;
  readonly qkvBias: boolean;
  readonly outBias: boolean;
  readonly gated: boolean;
  readonly mlpBias: boolean;
  /** Learned scales of both residual branches (InternViT). */
  readonly scales: boolean;
  /** Elements of one query or key norm; 0 without. */
  readonly qkNorm: number;
}

/** The block of ViT, CLIP, SigLIP and Whisper. */
const CLASSIC: BlockStyle = {
  normBias: true,
  norms: 2,
  qkvBias: true,
  outBias: true,
  gated: false,
  mlpBias: true,
  scales: false,
  qkNorm: 0,
};
/** The block of a language model: RMSNorm, gated MLP, no biases. */
const MODERN: BlockStyle = { ...CLASSIC, normBias: false, qkvBias: false, outBias: false, gated: true, mlpBias: false };

function blockOf({ hidden, inner }: Sizes, role: 'vision' | 'audio', style: BlockStyle): Tensor[] {
  const mlp = { bias: style.mlpBias };
  return [
    ...Array.from({ length: style.norms }, (_, which) => norm(`norm${which + 1}`, hidden, style.normBias, role)),
    column(role, 'attn.qkv', 3 * hidden, hidden, { bias: style.qkvBias }),
    row(role, 'attn.proj', hidden, hidden, { bias: style.outBias }),
    column(role, style.gated ? 'mlp.gate_up_proj' : 'mlp.fc1', (style.gated ? 2 : 1) * inner, hidden, mlp),
    row(role, 'mlp.fc2', hidden, inner, mlp),
    ...(style.scales ? [constant(role, 'ls1', hidden), constant(role, 'ls2', hidden)] : []),
    ...(style.qkNorm > 0 ? [norm('q_norm', style.qkNorm, false, role), norm('k_norm', style.qkNorm, false, role)] : []),
  ];
}

interface TowerParts {
  readonly sizes: Sizes;
  readonly style: BlockStyle;
  readonly items: readonly EncoderItem[];
  /** Values of one patch: colours × pixels × frames. */
  readonly patchValues: number;
  readonly tensors: readonly Tensor[];
  readonly depth?: number;
  readonly role?: 'vision' | 'audio';
  /** Levels of DeepStack; 0 without. */
  readonly levels?: number;
}

function tower({ sizes, style, items, patchValues, tensors, depth, role = 'vision', levels = 0 }: TowerParts): Encoder {
  return {
    items,
    tensors,
    block: blockOf(sizes, role, style),
    depth: depth ?? sizes.depth,
    hiddenSize: sizes.hidden,
    intermediateSize: sizes.inner,
    attentionHeads: sizes.heads,
    gatedMlp: style.gated,
    patchValues,
    deepStackLevels: levels,
  };
}

function patchEmbedding(hidden: number, patchValues: number, bias: boolean): Tensor {
  return replicated('vision', 'patch_embed.proj', hidden, patchValues, { bias, linear: false });
}

function layerNorm(name: string, elements: number): Tensor {
  return norm(name, elements, true, 'vision');
}

/** Two linear layers between tower and model, the first of `inner` rows. */
function projector(inputs: number, inner: number, outputs: number, bias: boolean, name = 'projector'): Tensor[] {
  return [
    column('projector', `${name}.linear_1`, inner, inputs, { bias }),
    row('projector', `${name}.linear_2`, outputs, inner, { bias }),
  ];
}

/** What the processor makes of one item; `mergedPatches` patches become one token. */
function item(modality: EncoderItem['modality'], tokens: number, mergedPatches: number, most = 1): EncoderItem {
  return { modality, tokens, patches: tokens * mergedPatches, mostParts: most };
}

const unknownItem = (modality: EncoderItem['modality']): EncoderItem => ({
  modality,
  tokens: null,
  patches: null,
  mostParts: 1,
});

/** Tokens of an image of the largest size that Qwen's processors let through: `max_pixels` 12,845,056 at 28² pixels a token, 16,777,216 at 32². */
const QWEN_IMAGE_TOKENS = 16_384;
/** Pairs of frames of the profiled video (vLLM models/qwen2_vl.py: at most 14 frames), as many as the context holds. */
const QWEN2_FRAME_PAIRS = 7;
/** `longest_edge` of the video processor of Qwen3-VL, 25,165,824 pixels over two frames of 32² a token. */
const QWEN3_VIDEO_TOKENS = 12_288;

/** Qwen2-VL and Qwen2.5-VL: 3-D patches, `spatial_merge_size²` patches to a token. */
function qwen2(gated: boolean): Tower {
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
const qwen3: Tower = ({ config, textHiddenSize }) => {
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
    items: [item('image', QWEN_IMAGE_TOKENS, merged), item('video', QWEN3_VIDEO_TOKENS, merged)],
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

/** Gemma 3: SigLIP, pooled to `mm_tokens_per_image` tokens. */
const gemma3: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patches = Math.floor((edge(config, 'image_size') ?? 896) / sizes.patch) ** 2;
  const tokens = size(root, 'mm_tokens_per_image') ?? 256;
  const patchValues = 3 * sizes.patch ** 2;
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [item('image', tokens, patches / tokens)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'position_embedding', patches, sizes.hidden),
      layerNorm('post_layernorm', sizes.hidden),
      constant('projector', 'mm_input_projection_weight', textHiddenSize, sizes.hidden),
      norm('mm_soft_emb_norm', sizes.hidden, false, 'projector'),
    ],
  });
};

/** Tokens that the profiled video of Gemma 4 makes: 32 frames of 70 tokens with their separators, as its logs state. */
const GEMMA4_VIDEO_TOKENS = 2496;

/** Gemma 4: a tower with the text model's own block, 2-D position tables. */
const gemma4: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const pooled = (size(config, 'pooling_kernel_size') ?? 3) ** 2;
  const headDim = size(config, 'head_dim') ?? Math.floor(sizes.hidden / sizes.heads);
  const tokens = size(root, 'vision_soft_tokens_per_image') ?? size(config, 'default_output_length') ?? 280;
  return tower({
    sizes,
    style: { ...MODERN, norms: 4, qkNorm: headDim },
    patchValues,
    items: [item('image', tokens, pooled), item('video', GEMMA4_VIDEO_TOKENS, pooled)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      constant(
        'vision',
        'position_embedding_table',
        2 * (count(config, 'position_embedding_size') ?? 10_240),
        sizes.hidden,
      ),
      ...(flag(config, 'standardize') === true
        ? [constant('vision', 'std_bias', sizes.hidden), constant('vision', 'std_scale', sizes.hidden)]
        : []),
      replicated('projector', 'embed_vision.embedding_projection', textHiddenSize, sizes.hidden),
    ],
  });
};

/** Tiles that LLaVA-NeXT cuts a picture into: four and the whole. */
const LLAVA_NEXT_TILES = 5;
/** Its tokens at the largest grid (vLLM models/llava_next.py). */
const LLAVA_NEXT_TOKENS = 2928;

/** LLaVA: CLIP up to the layer whose features are used, or a Pixtral tower. */
function llava(tiles: number): Tower {
  return (input) => {
    const { root, config, textHiddenSize } = input;
    if (text(config, 'model_type') === 'pixtral') return pixtral(input);
    const sizes = sizesOf(config);
    if (!sizes) return null;
    const patches = Math.floor((edge(config, 'image_size') ?? 336) / sizes.patch) ** 2;
    const patchValues = 3 * sizes.patch ** 2;
    const tokens = tiles === 1 ? patches : LLAVA_NEXT_TOKENS;
    return tower({
      sizes,
      style: CLASSIC,
      patchValues,
      depth: usedLayers(root, sizes.depth, -2),
      items: [item('image', tokens, (tiles * (patches + 1)) / tokens)],
      tensors: [
        patchEmbedding(sizes.hidden, patchValues, false),
        constant('vision', 'class_embedding', sizes.hidden),
        constant('vision', 'position_embedding', patches + 1, sizes.hidden),
        layerNorm('pre_layrnorm', sizes.hidden),
        ...projector(sizes.hidden, textHiddenSize, textHiddenSize, flag(root, 'multimodal_projector_bias') ?? true),
        ...(tiles === 1 ? [] : [constant('projector', 'image_newline', textHiddenSize)]),
      ],
    });
  };
}

/** Layers up to `vision_feature_layer`; vLLM loads no further ones. */
function usedLayers(root: Fields, depth: number, otherwise: number): number {
  const stated = root['vision_feature_layer'];
  const layer = typeof stated === 'number' && Number.isInteger(stated) ? stated : otherwise;
  return layer < 0 ? Math.max(1, depth + layer + 1) : Math.min(depth, layer);
}

/** Pixtral in the layout of transformers (Mistral Small 3.x, Ministral 3, Pixtral 12B). */
const pixtral: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patchValues = 3 * sizes.patch ** 2;
  const merge = size(root, 'spatial_merge_size') ?? 1;
  const side = Math.ceil((edge(config, 'image_size') ?? 1024) / (sizes.patch * merge));
  const bias = flag(root, 'multimodal_projector_bias') ?? true;
  return tower({
    sizes,
    style: MODERN,
    patchValues,
    depth: usedLayers(root, sizes.depth, -1),
    items: [item('image', side * side, merge * merge)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      norm('ln_pre', sizes.hidden, false, 'vision'),
      ...(merge > 1
        ? [
            norm('projector.norm', sizes.hidden, false, 'projector'),
            replicated('projector', 'patch_merger.merging_layer', sizes.hidden, merge * merge * sizes.hidden),
          ]
        : []),
      ...projector(sizes.hidden, textHiddenSize, textHiddenSize, bias),
    ],
  });
};

/** Tiles of the largest picture of Llama 4: 16 and the whole. */
const LLAMA4_TILES = 17;

const llama4: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patches = Math.floor((edge(config, 'image_size') ?? 336) / sizes.patch) ** 2;
  const patchValues = 3 * sizes.patch ** 2;
  const shuffle = ratio(config, 'pixel_shuffle_ratio') ?? 0.5;
  const inner = size(config, 'projector_input_dim') ?? 4096;
  const out = size(config, 'projector_output_dim') ?? 4096;
  const tokens = LLAMA4_TILES * Math.floor(patches * shuffle * shuffle);
  return tower({
    sizes,
    style: CLASSIC,
    patchValues,
    items: [item('image', tokens, (LLAMA4_TILES * (patches + 1)) / tokens)],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, false),
      constant('vision', 'class_embedding', sizes.hidden),
      constant('vision', 'positional_embedding_vlm', patches + 1, sizes.hidden),
      layerNorm('layernorm_pre', sizes.hidden),
      layerNorm('layernorm_post', sizes.hidden),
      ...projector(Math.round(sizes.hidden / shuffle ** 2), inner, out, false, 'vision_adapter.mlp'),
      column('projector', 'multi_modal_projector.linear_1', textHiddenSize, size(config, 'vision_output_dim') ?? out),
    ],
  });
};

/** InternVL and Intern-S1: InternViT on tiles of 448² pixels, `downsample_ratio²` of the patches become tokens. */
const internvl: Tower = ({ root, config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const patches = Math.floor((edge(config, 'image_size') ?? 448) / sizes.patch) ** 2;
  const patchValues = 3 * sizes.patch ** 2;
  const shuffle = ratio(root, 'downsample_ratio') ?? 0.5;
  const tiles = (size(root, 'max_dynamic_patch') ?? 12) + 1;
  const tokens = tiles * Math.floor(patches * shuffle * shuffle);
  const wide = Math.round(sizes.hidden / shuffle ** 2);
  const normBias = text(config, 'norm_type') !== 'rms_norm';
  const qkNorm = flag(config, 'qk_normalization', 'use_qk_norm') === true ? sizes.hidden : 0;
  return tower({
    sizes,
    style: { ...CLASSIC, normBias, qkvBias: flag(config, 'qkv_bias', 'attention_bias') ?? true, scales: true, qkNorm },
    patchValues,
    items: [item('image', tokens, (tiles * (patches + 1)) / tokens), unknownItem('video')],
    tensors: [
      patchEmbedding(sizes.hidden, patchValues, true),
      constant('vision', 'class_embedding', sizes.hidden),
      constant('vision', 'position_embedding', patches + 1, sizes.hidden),
      norm('mlp1.0', wide, true, 'projector'),
      ...projector(wide, textHiddenSize, textHiddenSize, true, 'mlp1'),
    ],
  });
};

/** GLM-4.1V and 4.5V: the MLP is as wide as the output; `intermediate_size` is the merger's. */
const glm4v: Tower = ({ config, textHiddenSize }) => {
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
      replicated('projector', 'downsample', out, sizes.hidden * merge * merge, { bias: true, linear: false }),
      replicated('projector', 'merger.proj', out, out),
      norm('merger.post_projection_norm', out, true, 'projector'),
      column('projector', 'merger.gate_up_proj', 2 * stated.inner, out),
      row('projector', 'merger.down_proj', out, stated.inner),
    ],
  });
};

/** MoonViT (Kimi-VL, Kimi K2.5): learned 2-D positions, merged 2 × 2 before the projector. */
const moonvit: Tower = ({ config, textHiddenSize }) => {
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
      ...projector(wide, wide, textHiddenSize, true),
    ],
  });
};

/** Whisper's encoder before a projector that joins four frames (Voxtral). */
const voxtral: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const bins = size(config, 'num_mel_bins') ?? 128;
  const positions = size(config, 'max_source_positions') ?? 1500;
  const convolution = (name: string, channels: number): Tensor =>
    replicated('audio', name, sizes.hidden, 3 * channels, { bias: true, linear: false });
  return tower({
    sizes,
    style: CLASSIC,
    role: 'audio',
    patchValues: 2 * bins,
    items: [unknownItem('audio')],
    tensors: [
      convolution('conv1', bins),
      convolution('conv2', sizes.hidden),
      constant('audio', 'embed_positions', positions, sizes.hidden),
      norm('layer_norm', sizes.hidden, true, 'audio'),
      ...projector(4 * sizes.hidden, textHiddenSize, textHiddenSize, false),
    ],
  });
};

const TOWERS: Readonly<Record<string, { readonly vision?: Tower; readonly audio?: Tower }>> = {
  qwen2_vl: { vision: qwen2(false) },
  qwen2_5_vl: { vision: qwen2(true) },
  qwen3_vl: { vision: qwen3 },
  qwen3_vl_moe: { vision: qwen3 },
  qwen3_5: { vision: qwen3 },
  qwen3_5_moe: { vision: qwen3 },
  gemma3: { vision: gemma3 },
  gemma4: { vision: gemma4 },
  llava: { vision: llava(1) },
  llava_next: { vision: llava(LLAVA_NEXT_TILES) },
  mistral3: { vision: pixtral },
  llama4: { vision: llama4 },
  internvl_chat: { vision: internvl },
  interns1: { vision: internvl },
  glm4v: { vision: glm4v },
  glm4v_moe: { vision: glm4v },
  kimi_vl: { vision: moonvit },
  kimi_k25: { vision: moonvit },
  voxtral: { audio: voxtral },
};
