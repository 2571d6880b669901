import { describe, expect, it } from 'vitest';
import { specsOf, type CacheContext } from '../../../src/engines/vllm/cache-specs.ts';
import { USUAL_STORAGE } from '../../../src/engines/vllm/compressed-specs.ts';
import type { Cache } from '../../../src/models/architecture.ts';

const CONTEXT: CacheContext = {
  tensorParallelSize: 1,
  elementBytes: 2,
  kvDtype: 'auto',
  convElementBytes: null,
  stateElementBytes: null,
  speculativeTokens: 0,
  latentBlockTokens: 16,
  skipSliding: false,
  packedSparse: false,
  compressed: USUAL_STORAGE,
};

const FULL: Cache = { kind: 'full', kvHeads: 8, keyDim: 128, valueDim: 128 };

function tokenBytes(cache: Cache, context: Partial<CacheContext> = {}): number {
  return specsOf(cache, { ...CONTEXT, ...context }).reduce((sum, spec) => sum + spec.tokenBytes, 0);
}

function stateBytes(cache: Cache, context: Partial<CacheContext> = {}): number {
  return specsOf(cache, { ...CONTEXT, ...context }).reduce((sum, spec) => sum + spec.stateBytes, 0);
}

describe('bytes of a token in attention layers (vLLM v1/kv_cache_interface.py)', () => {
  it.each([
    // 8 heads × (128 + 128) × bytes per element.
    ['auto', 4096],
    ['bfloat16', 4096],
    ['float16', 4096],
    ['fp8', 2048],
    ['fp8_e4m3', 2048],
    ['fp8_e5m2', 2048],
    ['fp8_inc', 2048],
    // One fp32 scale per token and head for K and for V (attention/backends/triton_attn.py customize_spec).
    ['fp8_per_token_head', 8 * (256 + 8)],
    ['int8_per_token_head', 8 * (256 + 8)],
    ['int4_per_token_head', 8 * (128 + 8)],
    // dim ÷ 2 + dim ÷ 16 a side (utils/torch_utils.py nvfp4_kv_cache_full_dim).
    ['nvfp4', 8 * 2 * (64 + 8)],
    ['nvfp4_4over6', 8 * 2 * (64 + 8)],
    // Keys: fp8, or indices and a 2-byte norm; values: indices and 4 bytes (quantization/turboquant/config.py).
    ['turboquant_k8v4', 8 * (128 + 64 + 4)],
    ['turboquant_4bit_nc', 8 * (64 + 2 + 64 + 4)],
    ['turboquant_k3v4_nc', 8 * (48 + 2 + 64 + 4)],
    ['turboquant_3bit_nc', 8 * (48 + 2 + 48 + 4)],
  ])('%s', (kvDtype, bytes) => {
    expect(tokenBytes(FULL, { kvDtype })).toBe(bytes);
  });

  it('TurboQuant rounds a slot up to an even number of bytes', () => {
    // 3 bits of 72 are 27 bytes: 27 + 2 + 27 + 4 is even; 3 bits of 40 are 15: 15 + 2 + 20 + 4 = 41.
    const odd: Cache = { kind: 'full', kvHeads: 1, keyDim: 40, valueDim: 40 };
    expect(tokenBytes(odd, { kvDtype: 'turboquant_k3v4_nc' })).toBe(42);
  });

  it.each([
    [1, 8],
    [2, 4],
    [8, 1],
    // Replicated once there are more ranks than heads.
    [16, 1],
  ])('%i ranks keep %i heads each', (tensorParallelSize, heads) => {
    expect(tokenBytes(FULL, { tensorParallelSize })).toBe(heads * 512);
  });

  it('keys and values may differ in width', () => {
    expect(tokenBytes({ kind: 'full', kvHeads: 4, keyDim: 192, valueDim: 128 })).toBe(4 * 320 * 2);
  });

  it('layers with a window keep the model dtype when told to', () => {
    const sliding: Cache = { kind: 'sliding', kvHeads: 8, keyDim: 128, valueDim: 128, windowTokens: 1024 };
    expect(tokenBytes(sliding, { kvDtype: 'fp8' })).toBe(2048);
    expect(tokenBytes(sliding, { kvDtype: 'fp8', skipSliding: true })).toBe(4096);
    expect(tokenBytes(FULL, { kvDtype: 'fp8', skipSliding: true })).toBe(2048);
  });

  it('windows, chunks and encoders state what they span', () => {
    const sizes = { kvHeads: 8, keyDim: 128, valueDim: 128 };
    const spans = ([spec]: ReturnType<typeof specsOf>) => [spec?.kind, spec?.spanTokens];
    expect(spans(specsOf({ kind: 'sliding', ...sizes, windowTokens: 4096 }, CONTEXT))).toEqual(['sliding', 4096]);
    expect(spans(specsOf({ kind: 'chunked', ...sizes, chunkTokens: 8192 }, CONTEXT))).toEqual(['chunked', 8192]);
    expect(spans(specsOf({ kind: 'cross', ...sizes, encoderTokens: 1500 }, CONTEXT))).toEqual(['cross', 1500]);
  });
});

describe('latent attention', () => {
  const latent: Cache = { kind: 'latent', latentDim: 512, ropeDim: 64, sparse: false };
  const sparse: Cache = { ...latent, sparse: true };

  it.each([1, 8])('is one head on every of %i ranks: 1,152 bytes, 576 in fp8', (tensorParallelSize) => {
    expect(tokenBytes(latent, { tensorParallelSize })).toBe(1152);
    expect(tokenBytes(latent, { tensorParallelSize, kvDtype: 'fp8' })).toBe(576);
  });

  it('packs fp8 entries of sparse attention into 656 bytes (fp8_ds_mla)', () => {
    expect(tokenBytes(sparse, { kvDtype: 'fp8', packedSparse: true })).toBe(656);
    expect(tokenBytes(sparse, { kvDtype: 'fp8' })).toBe(576);
    expect(tokenBytes(sparse)).toBe(1152);
    expect(tokenBytes(latent, { packedSparse: true })).toBe(1152);
  });

  it('keeps 132 bytes of index keys a token beside them', () => {
    expect(tokenBytes({ kind: 'sparse_index', indexDim: 128, scaled: true })).toBe(132);
  });
});

describe('states (vLLM model_executor/layers/mamba/mamba_utils.py)', () => {
  const base = { kind: 'state', groupChannels: 0, groups: 0, convKernel: 4, stateDtype: null, chunkTokens: 0 } as const;

  it('Mamba 1: (d_inner ÷ tp)·(k−1) and (d_inner ÷ tp)·d_state', () => {
    const cache: Cache = { ...base, family: 'mamba1', convChannels: 8192, stateElements: 8192 * 16 };
    expect(stateBytes(cache)).toBe(8192 * 3 * 2 + 8192 * 16 * 2);
    expect(stateBytes(cache, { tensorParallelSize: 2 })).toBe(4096 * 3 * 2 + 4096 * 16 * 2);
    expect(stateBytes(cache, { speculativeTokens: 3 })).toBe(stateBytes(cache));
  });

  it('Mamba 2: drafting widens the convolution; groups are padded up to the ranks', () => {
    const cache: Cache = {
      ...base,
      family: 'mamba2',
      convChannels: 4096,
      groupChannels: 2 * 2 * 128,
      groups: 2,
      stateElements: 64 * 64 * 128,
      stateDtype: 'float32',
    };
    expect(stateBytes(cache)).toBe((4096 + 512) * 3 * 2 + 64 * 64 * 128 * 4);
    expect(stateBytes(cache, { speculativeTokens: 2 })).toBe((4096 + 512) * 5 * 2 + 64 * 64 * 128 * 4);
    // Four ranks: two groups become four, one per rank.
    expect(stateBytes(cache, { tensorParallelSize: 4 })).toBe((1024 + 256) * 3 * 2 + 16 * 64 * 128 * 4);
  });

  it('gated delta net (Qwen3.6-27B): 61,440 bytes of convolution and 3,145,728 of fp32 state', () => {
    // 16 key heads and 48 value heads of 128; four-wide convolution.
    const cache: Cache = {
      ...base,
      family: 'gated_delta',
      convChannels: 2 * 16 * 128 + 48 * 128,
      stateElements: 48 * 128 * 128,
      stateDtype: 'float32',
    };
    expect(stateBytes(cache)).toBe(61_440 + 3_145_728);
    expect(stateBytes(cache, { stateElementBytes: 2 })).toBe(61_440 + 3_145_728 / 2);
  });

  it('KDA: fp32 state whatever the dtype', () => {
    const cache: Cache = {
      ...base,
      family: 'kda',
      convChannels: 3 * 32 * 128,
      stateElements: 32 * 128 * 128,
      stateDtype: 'float32',
    };
    expect(stateBytes(cache)).toBe(3 * 32 * 128 * 3 * 2 + 32 * 128 * 128 * 4);
  });

  it('linear attention keeps no convolution, short convolution no state', () => {
    const linear: Cache = { ...base, family: 'linear', convChannels: 0, convKernel: 1, stateElements: 64 * 96 * 96 };
    const short: Cache = { ...base, family: 'short_conv', convChannels: 2048, convKernel: 3, stateElements: 0 };
    expect(stateBytes(linear)).toBe(64 * 96 * 96 * 2);
    expect(stateBytes(short)).toBe(2048 * 2 * 2);
    expect(stateBytes(short, { convElementBytes: 4 })).toBe(2048 * 2 * 4);
  });
});
