import type { Tensor } from '../architecture.ts';
import type { Reach } from '../layers/attention.ts';
import { count, flag, size, type Fields } from '../config/fields.ts';
import { column, constant, norm, replicated, vocabulary } from '../tensors.ts';

/**
 * What only Gemma 4 has (vLLM model_executor/models/gemma4.py): wider heads on full layers, layers that read another
 * layer's cache, a mixture of experts beside the MLP, and inputs per layer.
 */
export function isGemma4(modelType: string): boolean {
  return modelType.startsWith('gemma4');
}

/** Head size and key-value heads of a layer: full layers have their own where the config states them. */
export function headsOf(
  fields: Fields,
  reach: Reach,
  usual: { readonly headDim: number; readonly kvHeads: number },
): { readonly headDim: number; readonly kvHeads: number } {
  if (reach.kind !== 'full') return usual;
  const own = flag(fields, 'attention_k_eq_v') === true ? size(fields, 'num_global_key_value_heads') : null;
  return { headDim: size(fields, 'global_head_dim') ?? usual.headDim, kvHeads: own ?? usual.kvHeads };
}

/** The last `num_kv_shared_layers` layers keep nothing: they read the cache of the last layer of their kind before. */
export function readsOtherCache(fields: Fields, index: number, layerCount: number): boolean {
  const shared = count(fields, 'num_kv_shared_layers') ?? 0;
  return shared > 0 && shared < layerCount && index >= layerCount - shared;
}

/** The experts beside the MLP of every layer, with their router's scales and norms. */
export function expertsBeside(fields: Fields, hiddenSize: number, experts: readonly Tensor[]): Tensor[] {
  if (flag(fields, 'enable_moe_block') !== true) return [];
  return [
    ...experts.map((tensor) => ({ ...tensor, name: tensor.name.replace('mlp.', 'moe.') })),
    constant('router', 'router.scale', hiddenSize),
    constant('router', 'moe.per_expert_scale', size(fields, 'num_experts') ?? 1),
    ...['post_feedforward_layernorm_1', 'post_feedforward_layernorm_2', 'pre_feedforward_layernorm_2'].map((name) =>
      norm(name, hiddenSize),
    ),
  ];
}

/** A number that scales what a layer puts out. */
export function layerScalar(): Tensor {
  return constant('other', 'layer_scalar', 1);
}

/** What a layer does with its own input: a gate, a projection and a norm. */
export function layerInput(fields: Fields, hiddenSize: number): Tensor[] {
  const width = size(fields, 'hidden_size_per_layer_input');
  if (width === null) return [];
  return [
    replicated('other', 'per_layer_input_gate', width, hiddenSize),
    replicated('other', 'per_layer_projection', hiddenSize, width),
    norm('post_per_layer_input_norm', hiddenSize),
  ];
}

/** The table of the layers' own inputs, with the projection that is added to it. */
export function layerInputTable(fields: Fields, hiddenSize: number, layerCount: number): Tensor[] {
  const width = size(fields, 'hidden_size_per_layer_input');
  const rows = size(fields, 'vocab_size_per_layer_input');
  if (width === null || rows === null) return [];
  return [
    vocabulary('embedding', 'embed_tokens_per_layer', rows, layerCount * width),
    column('other', 'per_layer_model_projection', layerCount * width, hiddenSize),
    norm('per_layer_projection_norm', width),
  ];
}
