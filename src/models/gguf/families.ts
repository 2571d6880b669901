import { table } from '../../table.ts';

/** A family of GGUF files as config.json would name it. */
export interface GgufFamily {
  readonly modelType: string;
  readonly className: string;
  /** Fields that its files state under keys of their own, and what the family always is. */
  readonly more?: (read: GgufRead) => Readonly<Record<string, unknown>>;
}

/** Numbers of a header by their key behind the family's name. */
export interface GgufRead {
  number(key: string): number | undefined;
  /** Whether a tensor of that name is there. */
  has(tensor: string): boolean;
}

/** Layers with a gated delta net (`ssm.*` as convert_hf_to_gguf.py writes them for Qwen3-Next and Qwen3.5). */
function gatedDelta({ number }: GgufRead): Record<string, unknown> {
  const heads = number('ssm.time_step_rank');
  const inner = number('ssm.inner_size');
  return {
    linear_num_key_heads: number('ssm.group_count'),
    linear_num_value_heads: heads,
    linear_key_head_dim: number('ssm.state_size'),
    linear_value_head_dim: heads !== undefined && inner !== undefined && heads > 0 ? inner / heads : undefined,
    linear_conv_kernel_dim: number('ssm.conv_kernel'),
    full_attention_interval: number('full_attention_interval') ?? 4,
  };
}

function windowed({ number }: GgufRead): Record<string, unknown> {
  return { sliding_window: number('attention.sliding_window') };
}

/** Multi-head latent attention: lengths of a head's parts are told by those of MLA and of the rotary part. */
function latent({ number }: GgufRead): Record<string, unknown> {
  const rope = number('rope.dimension_count');
  const key = number('attention.key_length_mla');
  const width = number('expert_feed_forward_length');
  return {
    kv_lora_rank: number('attention.kv_lora_rank'),
    q_lora_rank: number('attention.q_lora_rank') ?? null,
    qk_rope_head_dim: rope,
    qk_nope_head_dim: key !== undefined && rope !== undefined ? key - rope : undefined,
    v_head_dim: number('attention.value_length_mla'),
    num_key_value_heads: number('attention.head_count'),
    head_dim: undefined,
    n_routed_experts: number('expert_count'),
    n_shared_experts: number('expert_shared_count'),
    first_k_dense_replace: number('leading_dense_block_count'),
    moe_intermediate_size: width,
  };
}

/** By `general.architecture` (gguf-py constants.py, MODEL_ARCH_NAMES). */
export const GGUF_FAMILIES: Readonly<Record<string, GgufFamily>> = table({
  llama: { modelType: 'llama', className: 'LlamaForCausalLM' },
  mistral3: { modelType: 'mistral', className: 'MistralForCausalLM' },
  qwen2: { modelType: 'qwen2', className: 'Qwen2ForCausalLM' },
  qwen2vl: { modelType: 'qwen2', className: 'Qwen2ForCausalLM' },
  qwen3: { modelType: 'qwen3', className: 'Qwen3ForCausalLM' },
  qwen3vl: { modelType: 'qwen3', className: 'Qwen3ForCausalLM' },
  qwen2moe: { modelType: 'qwen2_moe', className: 'Qwen2MoeForCausalLM' },
  qwen3moe: { modelType: 'qwen3_moe', className: 'Qwen3MoeForCausalLM' },
  qwen3vlmoe: { modelType: 'qwen3_moe', className: 'Qwen3MoeForCausalLM' },
  qwen3next: { modelType: 'qwen3_next', className: 'Qwen3NextForCausalLM', more: gatedDelta },
  gemma2: { modelType: 'gemma2', className: 'Gemma2ForCausalLM', more: windowed },
  gemma3: { modelType: 'gemma3_text', className: 'Gemma3ForCausalLM', more: windowed },
  'gpt-oss': {
    modelType: 'gpt_oss',
    className: 'GptOssForCausalLM',
    more: (read) => ({
      ...windowed(read),
      intermediate_size: read.number('expert_feed_forward_length'),
      num_local_experts: read.number('expert_count'),
      moe_intermediate_size: undefined,
    }),
  },
  phi3: { modelType: 'phi3', className: 'Phi3ForCausalLM', more: windowed },
  glm4: {
    modelType: 'glm4',
    className: 'Glm4ForCausalLM',
    more: ({ has }) => ({ attention_bias: has('blk.0.attn_q.bias') }),
  },
  granite: { modelType: 'granite', className: 'GraniteForCausalLM' },
  olmo2: { modelType: 'olmo2', className: 'Olmo2ForCausalLM' },
  cohere2: { modelType: 'cohere2', className: 'Cohere2ForCausalLM', more: windowed },
  'command-r': { modelType: 'cohere', className: 'CohereForCausalLM' },
  smollm3: { modelType: 'smollm3', className: 'SmolLM3ForCausalLM' },
  deepseek2: { modelType: 'deepseek_v2', className: 'DeepseekV2ForCausalLM', more: latent },
});
