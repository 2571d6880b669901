import { flag, ratio, section, size, text, type Fields } from '../config/fields.ts';
import { gatedDelta, kimiDelta, lightning, mamba1, mamba2, shortConvolution, type StateMixer } from './state-mixers.ts';

/** Falcon H1 mixes by attention and by states in every layer (vLLM model_executor/models/falcon_h1.py). */
export function mixesBeside(modelType: string): boolean {
  return modelType === 'falcon_h1';
}

/** The mixer of a layer without attention, by which of its sizes the config states. */
export function stateMixer(
  fields: Fields,
  modelType: string,
  hiddenSize: number,
  heads: number,
  headDim: number,
): StateMixer {
  const kda = section(fields, 'linear_attn_config');
  if (kda)
    return kimiDelta({
      hiddenSize,
      heads: size(kda, 'num_heads') ?? heads,
      headDim: size(kda, 'head_dim') ?? headDim,
      kernel: size(kda, 'short_conv_kernel_size') ?? 4,
      fullRankGate: flag(kda, 'use_full_rank_gate') === true,
    });
  const keyHeads = size(fields, 'linear_num_key_heads');
  if (keyHeads !== null) {
    const stateDtype = text(fields, 'mamba_ssm_dtype') === 'float32' ? 'float32' : null;
    return gatedDelta({
      hiddenSize,
      keyHeads,
      valueHeads: size(fields, 'linear_num_value_heads') ?? keyHeads,
      keyDim: size(fields, 'linear_key_head_dim') ?? 128,
      valueDim: size(fields, 'linear_value_head_dim') ?? 128,
      kernel: size(fields, 'linear_conv_kernel_dim') ?? 4,
      stateDtype,
    });
  }
  const kernel = size(fields, 'conv_L_cache');
  if (kernel !== null) return shortConvolution({ hiddenSize, kernel, bias: flag(fields, 'conv_bias') === true });
  const mambaHeads = size(fields, 'mamba_num_heads', 'mamba_n_heads');
  if (mambaHeads !== null) {
    return mamba2({
      hiddenSize,
      heads: mambaHeads,
      headDim: size(fields, 'mamba_head_dim', 'mamba_d_head') ?? 64,
      groups: size(fields, 'n_groups', 'mamba_n_groups') ?? 1,
      state: size(fields, 'ssm_state_size', 'mamba_d_state') ?? 128,
      kernel: size(fields, 'conv_kernel', 'mamba_d_conv') ?? 4,
      chunkTokens: size(fields, 'chunk_size', 'mamba_chunk_size') ?? 256,
      convBias: flag(fields, 'use_conv_bias', 'mamba_conv_bias') ?? true,
      bias: flag(fields, 'mamba_proj_bias') === true,
      stateDtype: modelType === 'nemotron_h' ? 'float32' : null,
      norm: !mixesBeside(modelType) || flag(fields, 'mamba_rms_norm') === true,
    });
  }
  const state = size(fields, 'mamba_d_state');
  if (state === null) return lightning({ hiddenSize, heads, headDim });
  const inner = Math.floor(hiddenSize * (ratio(fields, 'mamba_expand') ?? 2));
  return mamba1({
    hiddenSize,
    inner,
    state,
    kernel: size(fields, 'mamba_d_conv') ?? 4,
    timeRank: size(fields, 'mamba_dt_rank') ?? Math.ceil(hiddenSize / 16),
    convBias: flag(fields, 'mamba_conv_bias') ?? true,
    bias: flag(fields, 'mamba_proj_bias') === true,
    norms: modelType === 'jamba',
  });
}
