import type { Cache } from '../../models/architecture.ts';
import { bytesOf } from '../dtype-bytes.ts';
import { kvHeadsPerRank, split } from '../sharding.ts';
import { compressedSpecs, type CompressedStorage } from './compressed-specs.ts';

/** What one layer keeps on one rank, as the KV cache manager sees it; layers with equal specs form one type. */
export interface CacheSpec {
  readonly kind: 'full' | 'sliding' | 'chunked' | 'cross' | 'state';
  /** Heads and sizes: layers of equal width but another shape (a drafter's) are a type of their own. */
  readonly shape: string;
  /** Latent attention, whose backends have block sizes of their own. */
  readonly latent: boolean;
  /** Bytes of one token; 0 for a state. */
  readonly tokenBytes: number;
  /** Bytes of one state; 0 for what grows with the tokens. */
  readonly stateBytes: number;
  /** Tokens of the window, the chunk or the encoder; 0 for full attention. */
  readonly spanTokens: number;
  /** Smallest block that the attention backend takes, in tokens. */
  readonly blockTokens: number;
  /** Chunk to which blocks are aligned when every state is cached. */
  readonly chunkTokens: number;
  /** Bytes of a block in a pool where blocks of all layers are not equally wide; absent elsewhere. */
  readonly pageBytes?: number;
}

/** What decides the bytes of a cache beside the layer itself. */
export interface CacheContext {
  readonly tensorParallelSize: number;
  readonly elementBytes: number;
  readonly kvDtype: string;
  /** Dtypes of convolution and recurrent state as the arguments set them; null: the model's. */
  readonly convElementBytes: number | null;
  readonly stateElementBytes: number | null;
  readonly speculativeTokens: number;
  /** Block size of latent-attention backends on this GPU. */
  readonly latentBlockTokens: number;
  /** Layers kept in the model's dtype (`--kv-cache-dtype-skip-layers sliding_window`). */
  readonly skipSliding: boolean;
  /** Sparse latent attention keeps packed fp8 entries of 656 bytes. */
  readonly packedSparse: boolean;
  readonly compressed: CompressedStorage;
}

/** Entry of `fp8_ds_mla`: 512 fp8 values, four fp32 scales, 64 bf16 rotary values (vLLM attention/backends/mla/flashmla_sparse.py). */
const PACKED_SPARSE_BYTES = 656;

/** How a `kv_cache_dtype` stores one key or value head of `dim` elements, in bytes. */
function headBytes(dtype: string, dim: number, elementBytes: number): number {
  switch (dtype) {
    case 'fp8':
    case 'fp8_e4m3':
    case 'fp8_e5m2':
    case 'fp8_inc':
    case 'fp8_ds_mla':
      return dim;
    case 'fp8_per_token_head':
    case 'int8_per_token_head':
      return dim + 4;
    case 'int4_per_token_head':
      return dim / 2 + 4;
    case 'nvfp4':
    case 'nvfp4_4over6':
      return (dim * 9) / 16;
    case 'float32':
      return dim * 4;
    default:
      return dim * elementBytes;
  }
}

/**
 * Packed slot of a TurboQuant dtype: key with a 2-byte norm (none for fp8 keys) and value with scale and zero point of
 * one head, rounded up to an even number of bytes (vLLM quantization/turboquant/config.py slot_size_aligned).
 */
function turboSlotBytes(dtype: string, keyDim: number, valueDim: number): number | null {
  const bits = { k8v4: [8, 4], '4bit_nc': [4, 4], k3v4_nc: [3, 4], '3bit_nc': [3, 3] }[
    dtype.replace('turboquant_', '')
  ];
  if (!dtype.startsWith('turboquant_') || !bits) return null;
  const [keyBits = 8, valueBits = 4] = bits;
  const key = keyBits === 8 ? keyDim : Math.ceil((keyDim * keyBits) / 8) + 2;
  const bytes = key + Math.ceil((valueDim * valueBits) / 8) + 4;
  return bytes + (bytes % 2);
}

function attentionBytes(
  kvHeads: number,
  keyDim: number,
  valueDim: number,
  dtype: string,
  context: CacheContext,
): number {
  const heads = kvHeadsPerRank(kvHeads, context.tensorParallelSize);
  const slot = turboSlotBytes(dtype, keyDim, valueDim);
  const { elementBytes } = context;
  return heads * (slot ?? headBytes(dtype, keyDim, elementBytes) + headBytes(dtype, valueDim, elementBytes));
}

/** Smallest block of most backends. */
const BLOCK_TOKENS = 16;

function shapeOf(cache: Cache): string {
  return 'kvHeads' in cache ? `${cache.kvHeads}×${cache.keyDim}×${cache.valueDim}` : cache.kind;
}

/** Specs that one cache becomes (vLLM v1/kv_cache_interface.py and mamba/mamba_utils.py). */
export function specsOf(cache: Cache, context: CacheContext): readonly CacheSpec[] {
  const plain = {
    stateBytes: 0,
    spanTokens: 0,
    blockTokens: BLOCK_TOKENS,
    chunkTokens: 0,
    shape: shapeOf(cache),
    latent: false,
  };
  const { kvDtype, elementBytes } = context;
  switch (cache.kind) {
    case 'full':
      return [
        {
          ...plain,
          kind: 'full',
          tokenBytes: attentionBytes(cache.kvHeads, cache.keyDim, cache.valueDim, kvDtype, context),
        },
      ];
    case 'sliding': {
      const dtype = context.skipSliding ? 'auto' : kvDtype;
      const tokenBytes = attentionBytes(cache.kvHeads, cache.keyDim, cache.valueDim, dtype, context);
      return [{ ...plain, kind: 'sliding', tokenBytes, spanTokens: cache.windowTokens }];
    }
    case 'chunked': {
      const tokenBytes = attentionBytes(cache.kvHeads, cache.keyDim, cache.valueDim, kvDtype, context);
      return [{ ...plain, kind: 'chunked', tokenBytes, spanTokens: cache.chunkTokens }];
    }
    case 'cross': {
      const tokenBytes = attentionBytes(cache.kvHeads, cache.keyDim, cache.valueDim, 'auto', context);
      return [{ ...plain, kind: 'cross', tokenBytes, spanTokens: cache.encoderTokens }];
    }
    case 'latent': {
      const packed = cache.sparse && context.packedSparse;
      const tokenBytes = packed
        ? PACKED_SPARSE_BYTES
        : headBytes(kvDtype, cache.latentDim + cache.ropeDim, elementBytes);
      const blockTokens = cache.sparse ? 64 : context.latentBlockTokens;
      return [{ ...plain, kind: 'full', tokenBytes, blockTokens, latent: true }];
    }
    case 'sparse_index': {
      const { indexDim, scaled } = cache;
      const tokenBytes = scaled ? indexDim + (indexDim / 128) * 4 : indexDim * 2;
      return [{ ...plain, kind: 'full', tokenBytes, blockTokens: scaled ? 64 : 128 }];
    }
    case 'compressed':
      return compressedSpecs(cache, context.compressed);
    case 'state':
      return [
        {
          ...plain,
          kind: 'state',
          tokenBytes: 0,
          stateBytes: stateBytes(cache, context),
          chunkTokens: cache.chunkTokens,
        },
      ];
  }
}

function stateBytes(cache: Extract<Cache, { kind: 'state' }>, context: CacheContext): number {
  const { tensorParallelSize: tp, elementBytes, speculativeTokens } = context;
  const padded =
    cache.groups > 0 ? (cache.groupChannels / cache.groups) * Math.ceil(cache.groups / tp) * tp : cache.groupChannels;
  const channels = split(cache.convChannels, tp) + split(padded, tp);
  const kept = Math.max(
    0,
    cache.convKernel - 1 + (cache.family === 'mamba1' || cache.family === 'short_conv' ? 0 : speculativeTokens),
  );
  const convElement = context.convElementBytes ?? elementBytes;
  const stateElement =
    context.stateElementBytes ?? (cache.stateDtype === null ? convElement : bytesOf(cache.stateDtype));
  return channels * kept * convElement + split(cache.stateElements, tp) * stateElement;
}
