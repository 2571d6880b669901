import type { Architecture, Cache, Layer } from '../../models/architecture.ts';
import { kvHeadsPerRank, split } from '../sharding.ts';
import { bytesOf } from '../dtype-bytes.ts';
import type { CacheDtype } from './dtypes.ts';
import type { Launch } from './launch.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';

/** What the tokens and states of one rank cost. Bytes. */
export interface Cells {
  /** One token in all layers that keep every token. */
  readonly full: number;
  /** One token in all layers whose window has a pool of its own. */
  readonly window: number;
  readonly windowTokens: number;
  /** One token in the drafter's layers. */
  readonly drafter: number;
  /** What the drafter adds to the budgeted bytes of one token; 0 where its pool is made later. */
  readonly budgetedDrafter: number;
  /** One request's convolution and recurrent state; 0 without such layers. */
  readonly state: number;
  /** What the pool is sized by, per token. */
  readonly budgeted: number;
  /** Allocated per token beyond what is budgeted (sparse latent attention before 0.5.11). */
  readonly unbudgeted: number;
}

/** Entry of FP8 sparse latent attention: 512 values, four fp32 scales, 64 bf16 rotary values (mem_cache/memory_pool.py). */
const PACKED_SPARSE_BYTES = 656;

/** Bytes of a token and of a state on one rank of a stage (srt/model_executor/pool_configurator.py). */
export function cellsOf(launch: Launch, stage: Stage): Cells {
  const { architecture, version } = launch;
  const sizes = cacheSizes(launch);
  let full = 0;
  let window = 0;
  let state = 0;
  let unbudgeted = 0;
  let windowTokens = 0;
  let keeping = 0;
  const known = new Map<Layer, readonly Cache[]>();
  for (const layer of stage.layers) {
    const caches = known.get(layer) ?? cachesOf(layer, architecture);
    known.set(layer, caches);
    for (const cache of caches) {
      if (cache.kind === 'state') state += stateBytes(cache, launch);
      else if (launch.windowPools && (cache.kind === 'sliding' || cache.kind === 'chunked')) {
        window += sizes.token(cache);
        windowTokens = Math.max(windowTokens, cache.kind === 'sliding' ? cache.windowTokens : cache.chunkTokens);
      } else {
        keeping += cache.kind === 'sparse_index' ? 0 : 1;
        full += sizes.token(cache);
        unbudgeted += sizes.unbudgeted(cache);
      }
    }
  }
  const drafter = stage.last ? drafterCell(launch, full / Math.max(1, keeping), sizes.token) : 0;
  const counted = launch.speculation?.inView === true && has(version, countedSince(launch, window > 0));
  const budgetedDrafter = counted ? drafter : 0;
  // A model of windows alone has no pool to relate them to.
  const share = full === 0 ? 1 : launch.windowRatio;
  const own = full + share * window;
  const priced = window > 0 && full > 0 && !has(version, 'windowCells') ? formerCell(launch, stage, full, window) : own;
  const budgeted = priced + budgetedDrafter;
  return { full, window, windowTokens, drafter, budgetedDrafter, state, budgeted, unbudgeted };
}

/**
 * 0.5.8 priced every layer at the shape of full attention, MiMo's windows at their own once more, and then shared out layers'
 * tokens as if all were alike (model_runner_kv_cache_mixin.py get_cell_size_per_token, set_num_tokens_hybrid_swa).
 */
function formerCell({ architecture, windowRatio }: Launch, { layers }: Stage, full: number, window: number): number {
  const windows = layers.filter(({ caches }) => caches.some(({ kind }) => kind === 'sliding' || kind === 'chunked'));
  const whole = layers.length - windows.length;
  const cell = (full / whole) * layers.length + (architecture.className.startsWith('MiMoV2') ? window : 0);
  return (cell * (whole + windowRatio * windows.length)) / layers.length;
}

/** The release that first counted the drafter in the bytes of one token. */
function countedSince({ speculation }: Launch, besideWindows: boolean): Parameters<typeof has>[1] {
  const block = speculation?.algorithm === 'DFLASH' || speculation?.algorithm === 'DSPARK';
  if (besideWindows) return block ? 'dflashBesideWindows' : 'draftersBesideWindows';
  return block ? 'dflashInCell' : 'draftersInBudget';
}

/** Layers whose caches the model shares, or that only encode, get a cache of their own all the same. */
function cachesOf(layer: Layer, { layers }: Architecture): readonly Cache[] {
  if (layer.caches.length > 0) return layer.caches;
  const attention = layer.tensors.find(({ shard }) => shard.kind === 'qkv');
  if (attention?.shard.kind !== 'qkv') return [];
  const { kvHeads, keyDim, valueDim } = attention.shard;
  const twin = layers.find(
    ({ caches }) =>
      caches.length > 0 &&
      caches.every((cache) => 'kvHeads' in cache && cache.kvHeads === kvHeads && cache.keyDim === keyDim),
  );
  return twin?.caches ?? [{ kind: 'full', kvHeads, keyDim, valueDim: valueDim || keyDim }];
}

interface CacheSizes {
  token(cache: Cache): number;
  unbudgeted(cache: Cache): number;
}

function cacheSizes({ division, cache: dtype, version, gpu }: Launch): CacheSizes {
  const packed = dtype.elementBytes === 1 && gpu.vendor === 'nvidia';
  const packedSparse = (cache: Cache): boolean => packed && cache.kind === 'latent' && cache.sparse;
  return {
    token: (cache) =>
      packedSparse(cache) && has(version, 'packedSparseCell')
        ? PACKED_SPARSE_BYTES
        : tokenBytes(cache, division.attention, division.decodeContext, dtype),
    unbudgeted: (cache) =>
      packedSparse(cache) && !has(version, 'packedSparseCell')
        ? PACKED_SPARSE_BYTES - tokenBytes(cache, division.attention, division.decodeContext, dtype)
        : 0,
  };
}

/** One token of one cache on one rank. */
function tokenBytes(
  cache: Cache,
  attention: number,
  context: number,
  { elementBytes, scaleBlock }: CacheDtype,
): number {
  switch (cache.kind) {
    case 'full':
    case 'sliding':
    case 'chunked': {
      const elements = kvHeadsPerRank(cache.kvHeads, Math.max(1, Math.floor(attention / context)));
      const values = elements * (cache.keyDim + cache.valueDim);
      return values * elementBytes + (scaleBlock > 0 ? Math.floor(values / scaleBlock) : 0);
    }
    case 'latent': {
      const values = cache.latentDim + cache.ropeDim;
      return values * elementBytes + (scaleBlock > 0 ? Math.floor(values / scaleBlock) : 0);
    }
    case 'sparse_index':
      return cache.scaled ? cache.indexDim + (cache.indexDim / 128) * 4 : cache.indexDim * 2;
    default:
      return 0;
  }
}

/** EAGLE and MTP layers are priced like a layer of the target's that keeps every token; others by their own shape. */
function drafterCell({ speculation }: Launch, layer: number, token: (cache: Cache) => number): number {
  if (!speculation || speculation.algorithm === 'NGRAM' || speculation.algorithm === 'FROZEN_KV_MTP') return 0;
  const own = speculation.layers.flatMap(({ caches }) => caches);
  if (speculation.algorithm === 'DFLASH' || speculation.algorithm === 'DSPARK')
    return own.reduce((sum, cache) => sum + token(cache), 0);
  return Math.floor(layer * speculation.layers.length);
}

/** Convolution in the model's dtype, the recurrent state in its own (srt/configs/mamba_utils.py). */
function stateBytes(cache: Extract<Cache, { kind: 'state' }>, launch: Launch): number {
  const { attention } = launch.division;
  const padded =
    cache.groups > 0
      ? (cache.groupChannels / cache.groups) * Math.ceil(cache.groups / attention) * attention
      : cache.groupChannels;
  const channels = split(cache.convChannels, attention) + split(padded, attention);
  const own = cache.stateDtype === null ? launch.stateBytes : Math.min(launch.stateBytes, bytesOf(cache.stateDtype));
  return (
    channels * Math.max(0, cache.convKernel - 1) * launch.elementBytes + split(cache.stateElements, attention) * own
  );
}
