import type { Architecture, Cache, Tensor } from '../architecture.ts';
import { table } from '../../table.ts';

/** What a tensor is to llama.cpp's quantization (src/llama-quant.cpp, tensor_category); `f32`: it is never quantized. */
export type GgufCategory =
  | 'token_embd'
  | 'output'
  | 'attn_q'
  | 'attn_k'
  | 'attn_v'
  | 'attn_qkv'
  | 'attn_output'
  | 'ffn_up'
  | 'ffn_gate'
  | 'ffn_down'
  | 'other'
  | 'f32';

/** A tensor of a GGUF file as llama.cpp's converter writes it. */
export interface GgufShape {
  readonly name: string;
  readonly layer: number | null;
  readonly category: GgufCategory;
  readonly elements: number;
  /** Weights of a row: what has to be a whole number of blocks. */
  readonly columns: number;
  readonly experts: boolean;
}

/** Families whose queries, keys and values, and gate and up, stay fused (conversion scripts of llama.cpp). */
const FUSED = /^(?:phi|phi3|phi-msft|gpt2|gpt_neox|bloom|falcon|mpt|chatglm|qwen|dbrx|gpt_bigcode)$/;

/** The tensors that a model has as GGUF, in the order of its layers: the whole of the file but tables of the tokenizer. */
export function ggufShapes(architecture: Architecture): readonly GgufShape[] {
  const fused = FUSED.test(architecture.modelType);
  const shapes: GgufShape[] = architecture.embedding.map((tensor) =>
    tensor.role === 'embedding'
      ? shape('token_embd', null, 'token_embd', tensor)
      : shape(tensor.name, null, tensor.linear ? 'other' : 'f32', tensor),
  );
  for (const [layer, { tensors, caches }] of architecture.layers.entries()) {
    for (const tensor of tensors) shapes.push(...shapesOf(tensor, caches, layer, architecture, fused));
  }
  for (const tensor of architecture.head) {
    const category = tensor.role === 'lm_head' ? 'output' : 'f32';
    shapes.push(shape(category === 'output' ? 'output' : `output_${tensor.name}`, null, category, tensor));
  }
  return shapes;
}

function shapesOf(
  tensor: Tensor,
  caches: readonly Cache[],
  layer: number,
  { latentAttention, moe }: Architecture,
  fused: boolean,
): GgufShape[] {
  const { role, name, rows, columns, stack, biasRows, shard } = tensor;
  const part = (as: string, category: GgufCategory, ownRows: number, ownColumns = columns): GgufShape => ({
    name: `blk.${layer}.${as}.weight`,
    layer,
    category,
    elements: ownRows * ownColumns * stack,
    columns: ownColumns,
    experts: role === 'experts',
  });
  const bias = biasRows > 0 ? [biasOf(tensor, layer)] : [];
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (!tensor.linear || role === 'norm' || role === 'router') return [part(last, 'f32', rows), ...bias];
  if (shard.kind === 'qkv') {
    if (fused) return [part('attn_qkv', 'attn_qkv', rows), ...bias];
    return [
      part('attn_q', 'attn_q', shard.queryHeads * shard.queryDim),
      part('attn_k', 'attn_k', shard.kvHeads * shard.keyDim),
      part('attn_v', 'attn_v', shard.kvHeads * shard.valueDim),
      ...bias,
    ].filter(({ elements }) => elements > 0);
  }
  if (role === 'experts' || role === 'mlp' || role === 'shared_experts') {
    const suffix = role === 'experts' ? '_exps' : role === 'shared_experts' ? '_shexp' : '';
    if (last === 'w2' || last.startsWith('down') || shardSide(tensor) === 'row')
      return [part(`ffn_down${suffix}`, 'ffn_down', rows), ...bias];
    const gated = role === 'experts' ? moe?.gated === true : last.includes('gate_up');
    if (!gated || fused) return [part(`ffn_up${suffix}`, 'ffn_up', rows), ...bias];
    return [part(`ffn_gate${suffix}`, 'ffn_gate', rows / 2), part(`ffn_up${suffix}`, 'ffn_up', rows / 2), ...bias];
  }
  if (last === 'kv_b_proj' && latentAttention) {
    // Split since MLA is computed on the latents (#12801).
    const { nopeDim, valueDim, kvLoraRank } = latentAttention;
    const heads = rows / (nopeDim + valueDim);
    return [
      part('attn_k_b', 'other', heads * kvLoraRank, nopeDim),
      part('attn_v_b', 'other', heads * valueDim, kvLoraRank),
    ];
  }
  if (last === 'in_proj_qkvz') {
    // The gate apart from what goes through the convolution.
    const convolved = caches.find((cache) => cache.kind === 'state')?.convChannels ?? rows;
    return [part('attn_qkv', 'attn_qkv', convolved), part('attn_gate', 'other', rows - convolved)];
  }
  if (last === 'q_proj') return [part('attn_q', 'attn_q', rows), ...bias];
  if (last === 'o_proj' && role === 'attention') return [part('attn_output', 'attn_output', rows), ...bias];
  return [part(OTHER_NAMES[last] ?? last, 'other', rows), ...bias];
}

const OTHER_NAMES: Readonly<Record<string, string>> = table({
  q_a_proj: 'attn_q_a',
  q_b_proj: 'attn_q_b',
  kv_a_proj_with_mqa: 'attn_kv_a_mqa',
  in_proj: 'ssm_in',
  out_proj: 'ssm_out',
  in_proj_ba: 'ssm_ba',
});

function shardSide({ shard }: Tensor): string {
  return shard.kind === 'experts' ? shard.side : shard.kind;
}

function biasOf({ role, name, biasRows, stack }: Tensor, layer: number): GgufShape {
  const elements = biasRows * stack;
  const expert = name.endsWith('w2') ? 'ffn_down_exps' : 'ffn_up_exps';
  return {
    name: `blk.${layer}.${role === 'experts' ? expert : name}.bias`,
    layer,
    category: 'f32',
    elements,
    columns: elements,
    experts: false,
  };
}

function shape(name: string, layer: number | null, category: GgufCategory, tensor: Tensor): GgufShape {
  const { rows, columns, stack } = tensor;
  return { name: `${name}.weight`, layer, category, elements: rows * columns * stack, columns, experts: false };
}
