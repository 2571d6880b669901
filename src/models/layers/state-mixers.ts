import type { Cache, DType, Tensor } from '../architecture.ts';
import { channels, column, norm, replicated, row } from '../tensors.ts';

/** The tensors of a mixer that keeps a state per request, with that state. */
export interface StateMixer {
  readonly tensors: Tensor[];
  readonly caches: Cache[];
}

const NO_GROUPS = { groupChannels: 0, groups: 0, chunkTokens: 0 } as const;

/** Mamba 1 (Jamba: with norms on dt, B and C). */
export function mamba1(spec: {
  hiddenSize: number;
  inner: number;
  state: number;
  kernel: number;
  timeRank: number;
  convBias: boolean;
  bias: boolean;
  norms: boolean;
}): StateMixer {
  const { hiddenSize, inner, state, kernel, timeRank } = spec;
  const tensors = [
    column('state', 'mamba.in_proj', 2 * inner, hiddenSize, { bias: spec.bias }),
    channels('state', 'mamba.conv1d', inner, kernel, spec.convBias),
    row('state', 'mamba.x_proj', timeRank + 2 * state, inner),
    column('state', 'mamba.dt_proj', inner, timeRank, { bias: true }),
    { ...channels('state', 'mamba.A', inner, state), dtype: 'float32' as const },
    channels('state', 'mamba.D', inner),
    row('state', 'mamba.out_proj', hiddenSize, inner, { bias: spec.bias }),
  ];
  if (spec.norms) {
    tensors.push(
      norm('mamba.dt_layernorm', timeRank),
      norm('mamba.b_layernorm', state),
      norm('mamba.c_layernorm', state),
    );
  }
  const cache: Cache = {
    kind: 'state',
    family: 'mamba1',
    ...NO_GROUPS,
    convChannels: inner,
    convKernel: kernel,
    stateElements: inner * state,
    stateDtype: null,
  };
  return { tensors, caches: [cache] };
}

/** Mamba 2 (Nemotron-H, Granite 4, Falcon H1). */
export function mamba2(spec: {
  hiddenSize: number;
  heads: number;
  headDim: number;
  groups: number;
  state: number;
  kernel: number;
  chunkTokens: number;
  convBias: boolean;
  bias: boolean;
  stateDtype: DType | null;
  norm: boolean;
}): StateMixer {
  const { hiddenSize, heads, headDim, groups, state, kernel } = spec;
  const inner = heads * headDim;
  const groupChannels = 2 * groups * state;
  const tensors = [
    column('state', 'mixer.in_proj', 2 * inner + groupChannels + heads, hiddenSize, { bias: spec.bias }),
    channels('state', 'mixer.conv1d', inner + groupChannels, kernel, spec.convBias),
    channels('state', 'mixer.dt_bias', heads),
    { ...channels('state', 'mixer.A', heads), dtype: 'float32' as const },
    channels('state', 'mixer.D', heads),
    ...(spec.norm ? [channels('norm', 'mixer.norm', inner)] : []),
    row('state', 'mixer.out_proj', hiddenSize, inner, { bias: spec.bias }),
  ];
  const cache: Cache = {
    kind: 'state',
    family: 'mamba2',
    convChannels: inner,
    groupChannels,
    groups,
    convKernel: kernel,
    stateElements: inner * state,
    stateDtype: spec.stateDtype,
    chunkTokens: spec.chunkTokens,
  };
  return { tensors, caches: [cache] };
}

/** Gated delta net (Qwen3-Next, Qwen3.5). */
export function gatedDelta(spec: {
  hiddenSize: number;
  keyHeads: number;
  valueHeads: number;
  keyDim: number;
  valueDim: number;
  kernel: number;
  stateDtype: DType | null;
}): StateMixer {
  const { hiddenSize, valueHeads, valueDim, kernel } = spec;
  const keys = spec.keyHeads * spec.keyDim;
  const values = valueHeads * valueDim;
  const tensors = [
    column('state', 'linear_attn.in_proj_qkvz', 2 * keys + 2 * values, hiddenSize),
    column('state', 'linear_attn.in_proj_ba', 2 * valueHeads, hiddenSize),
    channels('state', 'linear_attn.conv1d', 2 * keys + values, kernel),
    channels('state', 'linear_attn.dt_bias', valueHeads),
    channels('state', 'linear_attn.A_log', valueHeads),
    norm('linear_attn.norm', valueDim),
    row('state', 'linear_attn.out_proj', hiddenSize, values),
  ];
  const cache: Cache = {
    kind: 'state',
    family: 'gated_delta',
    ...NO_GROUPS,
    convChannels: 2 * keys + values,
    convKernel: kernel,
    stateElements: valueHeads * valueDim * spec.keyDim,
    stateDtype: spec.stateDtype,
  };
  return { tensors, caches: [cache] };
}

/** Kimi delta attention. The state is always 32-bit. */
export function kimiDelta(spec: {
  hiddenSize: number;
  heads: number;
  headDim: number;
  kernel: number;
  fullRankGate: boolean;
}): StateMixer {
  const { hiddenSize, heads, headDim, kernel } = spec;
  const width = heads * headDim;
  const gate = (name: string): Tensor[] => [
    replicated('state', `self_attn.${name}_a_proj`, headDim, hiddenSize),
    column('state', `self_attn.${name}_b_proj`, width, headDim),
  ];
  const tensors = [
    column('state', 'self_attn.qkv_proj', 3 * width, hiddenSize),
    channels('state', 'self_attn.conv1d', 3 * width, kernel),
    column('state', 'self_attn.b_proj', heads, hiddenSize),
    ...gate('f'),
    ...(spec.fullRankGate ? [column('state', 'self_attn.g_proj', width, hiddenSize)] : gate('g')),
    channels('state', 'self_attn.dt_bias', width),
    channels('state', 'self_attn.A_log', heads),
    norm('self_attn.o_norm', headDim),
    row('state', 'self_attn.o_proj', hiddenSize, width),
  ];
  const cache: Cache = {
    kind: 'state',
    family: 'kda',
    ...NO_GROUPS,
    convChannels: 3 * width,
    convKernel: kernel,
    stateElements: heads * headDim * headDim,
    stateDtype: 'float32',
  };
  return { tensors, caches: [cache] };
}

/** Lightning attention (MiniMax-Text-01, M1): no convolution. */
export function lightning(spec: { hiddenSize: number; heads: number; headDim: number }): StateMixer {
  const { hiddenSize, heads, headDim } = spec;
  const width = heads * headDim;
  const tensors = [
    column('state', 'self_attn.qkv_proj', 3 * width, hiddenSize),
    column('state', 'self_attn.output_gate', width, hiddenSize),
    channels('norm', 'self_attn.norm', width),
    row('state', 'self_attn.out_proj', hiddenSize, width),
  ];
  const cache: Cache = {
    kind: 'state',
    family: 'linear',
    ...NO_GROUPS,
    convChannels: 0,
    convKernel: 1,
    stateElements: heads * headDim * headDim,
    stateDtype: null,
  };
  return { tensors, caches: [cache] };
}

/** Gated short convolution (LFM2). */
export function shortConvolution(spec: { hiddenSize: number; kernel: number; bias: boolean }): StateMixer {
  const { hiddenSize, kernel, bias } = spec;
  const tensors = [
    column('state', 'conv.in_proj', 3 * hiddenSize, hiddenSize, { bias }),
    channels('state', 'conv.conv', hiddenSize, kernel, bias),
    row('state', 'conv.out_proj', hiddenSize, hiddenSize, { bias }),
  ];
  const cache: Cache = {
    kind: 'state',
    family: 'short_conv',
    ...NO_GROUPS,
    convChannels: hiddenSize,
    convKernel: kernel,
    stateElements: 0,
    stateDtype: null,
  };
  return { tensors, caches: [cache] };
}
