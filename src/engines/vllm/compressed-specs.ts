import { capabilityOf } from '../../hardware/gpu.ts';
import type { Cache } from '../../models/architecture.ts';
import { roundUp } from '../caching-allocator.ts';
import { keeps } from '../distinct-layers.ts';
import type { CacheSpec } from './cache-specs.ts';
import type { Launch } from './launch.ts';

/** How compressed caches are stored on this launch. */
export interface CompressedStorage {
  /** Tokens of a block of compressed entries. */
  readonly blockTokens: number;
  /** Bytes of one element of plain rows; null for the packed entries of `fp8_ds_mla`. */
  readonly rowElementBytes: number | null;
  /** The index keeps four bits per element. */
  readonly narrowIndex: boolean;
}

/** `--block-size` when it is not given (vLLM v1/attention/backends/mla/sparse_swa.py, kernel block sizes). */
const BLOCK_TOKENS = 256;
/** Blocks of the window and of the compressors' states, whose sizes the source fixes (models/deepseek_v4/compressor.py). */
const WINDOW_BLOCK_TOKENS = 64;

/** What is stored unless a launch says otherwise. */
export const USUAL_STORAGE: CompressedStorage = {
  blockTokens: BLOCK_TOKENS,
  rowElementBytes: null,
  narrowIndex: false,
};

export function compressedStorageOf(launch: Launch): CompressedStorage {
  const { kvCacheDtype, blockSize, narrowIndex } = launch;
  const rows = keepsPlainRows(launch) ? (kvCacheDtype.startsWith('fp8') ? 1 : 2) : null;
  return { blockTokens: blockSize ?? BLOCK_TOKENS, rowElementBytes: rows, narrowIndex };
}

/** FlashInfer's kernels on data-centre Blackwell read rows as they are; all others packed entries (nvidia/model.py _select_dsv4_attn_cls). */
function keepsPlainRows({ attentionBackend, gpu }: Launch): boolean {
  return attentionBackend?.toUpperCase() === 'FLASHINFER_MLA_SPARSE_DSV4' && Math.floor(capabilityOf(gpu)) !== 12;
}

/** The packed entries are fp8 by nature (models/deepseek_v4/attention.py _resolve_dsv4_kv_cache_dtype). */
export function compressedDtypeRefusal(launch: Launch): string | null {
  const { architecture, kvCacheDtype } = launch;
  if (!keeps(architecture.layers, 'compressed')) return null;
  if (keepsPlainRows(launch) || kvCacheDtype.startsWith('fp8')) return null;
  return `DeepseekV4 fp8_ds_mla layout only supports fp8 kv-cache, got ${kvCacheDtype.slice(0, 40)}`;
}

/**
 * What one layer keeps: entries of its window, entries of the compressed tokens, the index's keys, and what compressors
 * hold of tokens that fill no entry yet, which is laid out like a window (models/deepseek_v4/attention.py, compressor.py).
 */
export function compressedSpecs(
  cache: Extract<Cache, { kind: 'compressed' }>,
  { blockTokens, rowElementBytes, narrowIndex }: CompressedStorage,
): readonly CacheSpec[] {
  const { compressRatio: ratio, windowTokens, headDim, indexDim } = cache;
  const entry = rowElementBytes === null ? packedEntryBytes(cache) : headDim * rowElementBytes;
  const alignment = rowElementBytes === null ? 576 : 512;
  const paged = (kind: 'full' | 'sliding', spanTokens: number, tokens: number, bytes: number): CacheSpec => {
    return {
      kind,
      spanTokens,
      shape: `${kind} ${tokens}`,
      tokenBytes: bytes / tokens,
      stateBytes: 0,
      blockTokens: tokens,
      chunkTokens: 0,
      latent: false,
      pageBytes: roundUp(bytes, alignment),
    };
  };
  const window = paged('sliding', windowTokens, WINDOW_BLOCK_TOKENS, WINDOW_BLOCK_TOKENS * entry);
  if (ratio <= 1) return [window];
  const overlap = ratio === 4 ? 2 : 1;
  const stateTokens = ratio === 4 ? 4 : 8;
  const entries = Math.floor(blockTokens / ratio);
  // Keys and scores of a token, in 32 bits.
  const state = (dim: number): CacheSpec =>
    paged('sliding', overlap * ratio, stateTokens, stateTokens * 2 * overlap * dim * 4);
  const own = [window, paged('full', 0, blockTokens, entries * entry), state(headDim)];
  if (indexDim === 0) return own;
  // A 32-bit scale per 128 elements, or an 8-bit one per 32.
  const key = narrowIndex ? indexDim / 2 + indexDim / 32 : indexDim + (indexDim / 128) * 4;
  return [...own, paged('full', 0, blockTokens, entries * key), state(indexDim)];
}

/** fp8 elements with an 8-bit scale per 64 and one to pad, rotary elements in 16 bits: 584 bytes at 448 + 64 elements. */
function packedEntryBytes({ headDim, ropeDim }: Extract<Cache, { kind: 'compressed' }>): number {
  const plain = headDim - ropeDim;
  return plain + 2 * ropeDim + Math.floor(plain / 64) + 1;
}
