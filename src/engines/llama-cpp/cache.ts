import type { Architecture, Cache, Layer } from '../../models/architecture.ts';
import { has } from './builds.ts';
import { rowBytes } from './cache-types.ts';
import type { Settings } from './settings.ts';
import { type GgmlType, ggmlTypeNamed } from '../../models/gguf/ggml-types.ts';

/** Tokens that the caches have room for. */
export interface Cells {
  /** Of all streams together (`n_ctx`). */
  readonly context: number;
  /** A slot may be as long (`n_ctx_seq`). */
  readonly slot: number;
  readonly streams: number;
  /** Of a layer with a window, per stream. */
  window(windowTokens: number): number;
}

/** Families for which llama.cpp itself keeps a window (src/models, those that read attention.sliding_window); in others it is ignored. */
const WINDOWED =
  /^(?:afmoe|cohere2|exaone4|exaone_moe|gemma[234]|gpt_oss|laguna|lfm2|llama4|mellum|mimo|modernbert|olmo3|plamo3|smallthinker|step3)/;

/** How the context is divided (src/llama-context.cpp, llama-kv-cache-iswa.cpp). */
export function cellsOf(settings: Settings, architecture: Architecture, ctxSize: number): Cells {
  const { build, slots, unified } = settings;
  const padded = pad(ctxSize, paddingOf(settings));
  const streams = unified ? 1 : slots;
  const slot = unified ? padded : pad(Math.floor(padded / slots), has(build, 'padded256') ? 256 : 1);
  const context = unified ? padded : slot * slots;
  const windowed = WINDOWED.test(architecture.modelType) && !settings.fullWindow;
  const step = has(build, 'windowAndMicroBatch') ? microBatchOf(settings, context) : Math.min(settings.batch, context);
  return {
    context,
    slot,
    streams,
    window: (tokens) =>
      windowed ? Math.min(slot, pad(Math.min(slot, tokens * (unified ? slots : 1) + step), 256)) : slot,
  };
}

/** A micro-batch is no larger than a batch, and a batch no larger than the context. */
export function microBatchOf({ batch, microBatch }: Settings, context: number): number {
  return Math.min(microBatch, batch, context);
}

function paddingOf({ build, flashAttention }: Settings): number {
  if (has(build, 'padded256')) return 256;
  return has(build, 'unpadded') ? 1 : flashAttention ? 256 : 32;
}

function pad(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** Whether every cache of a model is one that llama.cpp's formulas are known for; else what is not, in words. */
export function unknownCache({ layers }: Architecture): string | null {
  const kinds = new Set(layers.flatMap(({ caches }) => caches.map(({ kind }) => kind)));
  const unknown = ['sparse_index', 'compressed', 'cross'].find((kind) => (kinds as ReadonlySet<string>).has(kind));
  return unknown === undefined
    ? null
    : `How llama.cpp keeps the ${unknown.replace('_', ' ')} cache of this model is not modelled.`;
}

/**
 * Flash attention on a GPU reads 16 bits: keys and values of another type are copied so, a layer at a time and as many as the
 * cache has room for (ggml-cuda/fattn-common.cuh; only the kernel of single tokens reads them as they are).
 */
export function halvesBytes(
  { layers, latentAttention, attentionHeads }: Architecture,
  cells: Cells,
  settings: Settings,
): number {
  if (!settings.flashAttention || !settings.cacheOnGpu) return 0;
  const half = ggmlTypeNamed('f16');
  if (half === null || (settings.keyType.name === half.name && settings.valueType.name === half.name)) return 0;
  const copied = (type: GgmlType): GgmlType => (type.name === half.name ? NONE : half);
  const types = { ...settings, keyType: copied(settings.keyType), valueType: copied(settings.valueType) };
  const attending = layers.filter(({ caches }) => caches.every(({ kind }) => kind !== 'state'));
  return [...new Set(attending)].reduce(
    (most, layer) => Math.max(most, layerCacheBytes(layer, cells, types, { latentAttention, attentionHeads })),
    0,
  );
}

const NONE: GgmlType = { name: 'none', weights: 1, bytes: 0 };

/** Bytes of a layer's keys and values, and of its recurrent state, for all slots. */
export function layerCacheBytes(
  layer: Layer,
  cells: Cells,
  settings: Settings,
  architecture: Pick<Architecture, 'latentAttention' | 'attentionHeads'>,
): number {
  return layer.caches.reduce((sum, cache) => sum + cacheBytes(cache, cells, settings, architecture), 0);
}

function cacheBytes(
  cache: Cache,
  cells: Cells,
  { keyType, valueType, slots, rollbacks, build }: Settings,
  { latentAttention, attentionHeads }: Pick<Architecture, 'latentAttention' | 'attentionHeads'>,
): number {
  const rows = (tokens: number, keys: number, values: number): number =>
    cells.streams * tokens * (rowBytes(keyType, keys) + rowBytes(valueType, values));
  switch (cache.kind) {
    case 'full':
      return rows(cells.slot, cache.kvHeads * cache.keyDim, cache.kvHeads * cache.valueDim);
    case 'sliding':
      return rows(cells.window(cache.windowTokens), cache.kvHeads * cache.keyDim, cache.kvHeads * cache.valueDim);
    case 'chunked':
      return rows(cells.window(cache.chunkTokens), cache.kvHeads * cache.keyDim, cache.kvHeads * cache.valueDim);
    case 'latent':
      if (latentAttention && !has(build, 'latentAttention')) {
        const { nopeDim, ropeDim, valueDim } = latentAttention;
        return rows(cells.slot, attentionHeads * (nopeDim + ropeDim), attentionHeads * valueDim);
      }
      return rows(cells.slot, cache.latentDim + cache.ropeDim, has(build, 'latentOnce') ? 0 : cache.latentDim);
    case 'state':
      return (
        slots *
        (1 + rollbacks) *
        4 *
        ((cache.convChannels + cache.groupChannels) * (cache.convKernel - 1) + cache.stateElements)
      );
    default:
      return 0;
  }
}
