import { flag, list, ratio, section, size, text, type Fields } from './fields.ts';
import { table } from '../../table.ts';

/** Sizes that a nested text config leaves out because they are its class's defaults in transformers. */
const CLASS_DEFAULTS: Readonly<Record<string, Fields>> = table({
  llama: { hidden_size: 4096, intermediate_size: 11_008, num_hidden_layers: 32, num_attention_heads: 32 },
  mistral: {
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
  },
});

export function withClassDefaults(fields: Fields): Fields {
  const modelType = text(fields, 'model_type') ?? '';
  if (size(fields, 'hidden_size') !== null || !Object.hasOwn(CLASS_DEFAULTS, modelType)) return fields;
  return { ...CLASS_DEFAULTS[modelType], ...fields };
}

/** DBRX states attention and experts in sections of their own; what they leave out are transformers' defaults. */
export function withPlainNames(fields: Fields): Fields {
  if (text(fields, 'model_type') !== 'dbrx') return fields;
  const attention = section(fields, 'attn_config') ?? {};
  const experts = section(fields, 'ffn_config') ?? {};
  return {
    ...fields,
    num_key_value_heads: size(attention, 'kv_n_heads') ?? 1,
    intermediate_size: size(experts, 'ffn_hidden_size') ?? 3584,
    num_experts: size(experts, 'moe_num_experts') ?? 4,
    num_experts_per_tok: size(experts, 'moe_top_k') ?? 1,
  };
}

/** Width of the dense MLP: as stated under one of its names, else four times the hidden size. */
export function denseWidth(fields: Fields, modelType: string, hiddenSize: number): number {
  const widest = Math.max(...(list(fields, 'intermediate_size') ?? []).map((width) => size({ width }, 'width') ?? 0));
  if (widest > 0) return widest;
  const stated = size(fields, 'intermediate_size', 'ffn_dim', 'n_inner', 'ffn_hidden_size', 'ff_intermediate_size');
  // The first Qwen states the widths of gate and up together.
  const width = stated === null ? 4 * hiddenSize : modelType === 'qwen' ? Math.floor(stated / 2) : stated;
  if (flag(fields, 'block_auto_adjust_ff_dim') !== true) return width;
  // LFM2 narrows it to two thirds, rounded up to a multiple (transformers, modeling_lfm2.py).
  const multiple = size(fields, 'block_multiple_of') ?? 256;
  const narrowed = Math.floor(Math.floor((2 * width) / 3) * (ratio(fields, 'block_ffn_dim_multiplier') ?? 1));
  return multiple * Math.ceil(narrowed / multiple);
}

/** Embedding models, rerankers and reward models: the backbone alone, or with a small head in the place of lm_head. */
export function isHeadless(className: string): boolean {
  return (
    /(?:ForSequenceClassification|ForTokenClassification|ForRewardModel|[a-z0-9]Model)$/.test(className) &&
    !/Draft|Vision|LMHead/.test(className)
  );
}
