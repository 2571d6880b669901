import type { Encoder, EncoderItem, Tensor } from '../architecture.ts';
import { list, ratio, size, type Fields } from '../config/fields.ts';
import { column, constant, norm, replicated, row } from '../tensors.ts';

/** A whole config, the part of it that a tower has, and how wide the model behind it is. */
export interface TowerInput {
  readonly root: Fields;
  readonly config: Fields;
  readonly textHiddenSize: number;
}
export type Tower = (input: TowerInput) => Encoder | null;

/** Sizes that every transformer tower states, under the names of its library. */
export interface Sizes {
  readonly hidden: number;
  readonly inner: number;
  readonly heads: number;
  readonly depth: number;
  readonly patch: number;
}

export function sizesOf(config: Fields): Sizes | null {
  const hidden = size(config, 'embed_dim', 'vt_hidden_size', 'hidden_size');
  const depth = size(config, 'depth', 'vt_num_hidden_layers', 'num_hidden_layers', 'encoder_layers');
  const heads = size(config, 'num_heads', 'vt_num_attention_heads', 'num_attention_heads');
  if (hidden === null || depth === null || heads === null) return null;
  const widened = Math.floor(hidden * (ratio(config, 'mlp_ratio') ?? 4));
  const inner = size(config, 'intermediate_size', 'vt_intermediate_size', 'encoder_ffn_dim') ?? widened;
  return { hidden, inner, heads, depth, patch: edge(config, 'patch_size') ?? 14 };
}

/** A side in pixels, written as a number or as `[height, width]`. */
export function edge(config: Fields, key: string): number | null {
  return size(config, key) ?? size({ value: list(config, key)?.[0] }, 'value');
}

export interface BlockStyle {
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
export const CLASSIC: BlockStyle = {
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
export const MODERN: BlockStyle = {
  ...CLASSIC,
  normBias: false,
  qkvBias: false,
  outBias: false,
  gated: true,
  mlpBias: false,
};

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

export interface TowerParts {
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
  /** Rows of the position table, where the engine cuts chunks by it. */
  readonly positionRows?: number;
  /** Every rank holds the whole tower, because it runs in another library's layers. */
  readonly whole?: boolean;
}

export function tower({
  sizes,
  style,
  items,
  patchValues,
  tensors,
  depth,
  role = 'vision',
  levels = 0,
  whole = false,
  positionRows,
}: TowerParts): Encoder {
  const block = blockOf(sizes, role, style);
  const replicate = (tensor: Tensor): Tensor => (whole ? { ...tensor, shard: { kind: 'replicated' } } : tensor);
  return {
    items,
    tensors: tensors.map(replicate),
    block: block.map(replicate),
    depth: depth ?? sizes.depth,
    hiddenSize: sizes.hidden,
    intermediateSize: sizes.inner,
    attentionHeads: sizes.heads,
    gatedMlp: style.gated,
    patchValues,
    deepStackLevels: levels,
    ...(positionRows === undefined ? {} : { positionRows }),
  };
}

export function patchEmbedding(hidden: number, patchValues: number, bias: boolean): Tensor {
  return replicated('vision', 'patch_embed.proj', hidden, patchValues, { bias, linear: false });
}

export function layerNorm(name: string, elements: number): Tensor {
  return norm(name, elements, true, 'vision');
}

/** Two linear layers between tower and model, the first of `inner` rows. */
export function projector(inputs: number, inner: number, outputs: number, bias: boolean, name = 'projector'): Tensor[] {
  return [
    column('projector', `${name}.linear_1`, inner, inputs, { bias }),
    row('projector', `${name}.linear_2`, outputs, inner, { bias }),
  ];
}

/** What the processor makes of one item; `mergedPatches` patches become one token. */
export function item(modality: EncoderItem['modality'], tokens: number, mergedPatches: number, most = 1): EncoderItem {
  return { modality, tokens, patches: tokens * mergedPatches, mostParts: most };
}

export const unknownItem = (modality: EncoderItem['modality']): EncoderItem => ({
  modality,
  tokens: null,
  patches: null,
  mostParts: 1,
});
