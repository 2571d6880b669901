import type { Architecture, Cache, Layer, Quantization } from '../models/architecture.ts';
import { allocatedBytes } from './caching-allocator.ts';
import { evenStages } from './pipeline.ts';
import { precisionOf } from './quantized-weight.ts';
import { kvHeadsPerRank, type Parallelism } from './sharding.ts';
import { layerBytes, tensorBytes, type Storage } from './stored-tensors.ts';

/** How a launch cuts and stores a model, for engines that do nothing of their own to it. */
export interface Cut {
  readonly architecture: Architecture;
  readonly quantization: Quantization | null;
  readonly elementBytes: number;
  readonly tensor: number;
  readonly pipeline: number;
  /** Ranks that share the experts of a layer; 1 when experts are cut by tensor parallelism. */
  readonly expert: number;
  /** Attention is whole on every rank (attention data parallelism). */
  readonly wholeAttention: boolean;
}

/** The layers of one pipeline stage. */
export interface RankStage {
  readonly first: boolean;
  readonly last: boolean;
  readonly start: number;
  readonly layers: readonly Layer[];
}

export function rankStages({ architecture: { layers }, pipeline }: Cut): readonly RankStage[] {
  let start = 0;
  return evenStages(layers.length, Math.min(pipeline, Math.max(1, layers.length))).map((count, index, all) => {
    const stage = {
      first: index === 0,
      last: index === all.length - 1,
      start,
      layers: layers.slice(start, start + count),
    };
    start += count;
    return stage;
  });
}

/** Weights of one rank of a stage, bytes as PyTorch allocates them: layers, tables, towers, cosines and sines. */
export function rankWeights(cut: Cut, stage: RankStage): number {
  const { architecture, quantization, elementBytes } = cut;
  const storage: Storage = {
    parallelism: parallelismOf(cut),
    elementBytes,
    precision: quantization === null ? null : precisionOf(quantization),
    padding: (share) => share,
    cutting: 'usual',
  };
  const whole = { ...storage, parallelism: { ...storage.parallelism, tensor: 1 } };
  let bytes = 0;
  if (cut.wholeAttention) {
    for (const layer of stage.layers) {
      const attention = layer.tensors.filter(({ role }) => role === 'attention');
      bytes += tensorBytes(attention, whole);
      bytes += tensorBytes(
        layer.tensors.filter(({ role }) => role !== 'attention'),
        storage,
      );
    }
  } else bytes += layerBytes(stage.layers, stage.start, storage);
  if (stage.first || (stage.last && architecture.tiedEmbeddings)) bytes += tensorBytes(architecture.embedding, storage);
  if (stage.last) bytes += tensorBytes(architecture.head, storage);
  if (stage.first) {
    const plain = { ...storage, precision: null };
    const tower = { ...whole, precision: null };
    bytes += tensorBytes(
      architecture.encoderLayers.flatMap(({ tensors }) => tensors),
      plain,
    );
    for (const { tensors, block, depth, attentionHeads } of architecture.encoders) {
      const held = attentionHeads % cut.tensor === 0 ? plain : tower;
      bytes += tensorBytes(tensors, held) + depth * tensorBytes(block, held);
    }
  }
  for (const { tableTokens, rotaryDim, dtype } of architecture.ropes)
    bytes += allocatedBytes(tableTokens * rotaryDim * (dtype === 'float32' ? 4 : elementBytes), 'usual');
  return bytes;
}

function parallelismOf({ tensor, pipeline, expert }: Cut): Parallelism {
  return { tensor, pipeline, data: 1, expert, redundantExperts: 0, decodeContext: 1 };
}

/** Bits of one element of a cache, and bytes that stand beside each head's key and value. */
export interface CacheElement {
  readonly bits: number;
  readonly perHeadBytes: number;
}

/**
 * Bytes that one token takes on one rank in the layers of a stage, every layer keeping every token. Null for caches of
 * which this is not how they grow: states per request, compressed entries, cross attention.
 */
export function tokenBytes(cut: Cut, layers: readonly Layer[], element: CacheElement): number | null {
  const tensor = cut.wholeAttention ? 1 : cut.tensor;
  let bytes = 0;
  for (const { caches } of layers) {
    for (const cache of caches) {
      const own = cacheBytes(cache, tensor, element);
      if (own === null) return null;
      bytes += own;
    }
  }
  return bytes;
}

function cacheBytes(cache: Cache, tensor: number, { bits, perHeadBytes }: CacheElement): number | null {
  switch (cache.kind) {
    case 'full':
    case 'sliding':
    case 'chunked':
      return kvHeadsPerRank(cache.kvHeads, tensor) * (((cache.keyDim + cache.valueDim) * bits) / 8 + 2 * perHeadBytes);
    case 'latent':
      return ((cache.latentDim + cache.ropeDim) * bits) / 8;
    case 'sparse_index':
      return cache.scaled ? cache.indexDim + (cache.indexDim / 128) * 4 : cache.indexDim * 2;
    default:
      return null;
  }
}
