import type { Architecture, Layer, Quantization, Tensor } from '../../models/architecture.ts';
import { allocatedBytes, roundUp } from '../caching-allocator.ts';
import { ignoreList, type IgnoreList } from '../ignore-list.ts';
import { allocationsOf, codeOf } from '../quantized-weight.ts';
import { shareOf, split, type Parallelism, type Share } from '../sharding.ts';
import { bytesOf } from './cache-specs.ts';
import type { Launch, LoraSlots } from './launch.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';

/** Weights of one rank, in bytes as PyTorch counts them. */
export interface WeightBytes {
  /** The target model with its tables, LoRA slots included, what is offloaded taken off. */
  readonly model: number;
  readonly drafter: number;
  readonly lora: number;
  readonly offloaded: number;
}

/** How tensors are stored: shares, dtype and code. */
interface Storage {
  readonly parallelism: Parallelism;
  readonly elementBytes: number;
  readonly quantization: Quantization | null;
  readonly ignored: IgnoreList;
  readonly splitLimited: boolean;
}

/** What 'Model loading took' reports for one pipeline stage, drafter apart. */
export function weightsOf(launch: Launch, stage: Stage): WeightBytes {
  const { architecture } = launch;
  const storage = storageOf(launch, launch.quantization, launch.parallelism);
  const layers = layerBytes(stage.layers, stage.start, storage);
  let model = layers;
  if (stage.first) {
    model += tensorBytes(architecture.embedding, storage);
    model += tensorBytes(
      architecture.encoderLayers.flatMap((layer) => layer.tensors),
      storage,
    );
    if (launch.loadsEncoder) model += encoderBytes(launch, storage);
  } else if (stage.last && architecture.tiedEmbeddings) model += tensorBytes(architecture.embedding, storage);
  if (stage.last) model += tensorBytes(architecture.head, storage);
  for (const rope of architecture.ropes) {
    const element = rope.dtype === null ? launch.elementBytes : bytesOf(rope.dtype);
    model += allocatedBytes(rope.tableTokens * rope.rotaryDim * element, storage.splitLimited);
  }
  model += latentCopies(launch, stage, storage);
  const lora = launch.lora ? loraBytes(launch.lora, stage.layers, storage) : 0;
  // Only what decoder layers hold is offloaded (vLLM model_executor/models/utils.py make_layers).
  const offloaded = Math.min(launch.offloadBytesPerGpu, layers);
  return { model: model + lora - offloaded, lora, offloaded, drafter: stage.last ? drafterBytes(launch) : 0 };
}

function storageOf(launch: Launch, quantization: Quantization | null, parallelism: Parallelism): Storage {
  return {
    parallelism,
    elementBytes: launch.elementBytes,
    quantization,
    ignored: ignoredBy(quantization),
    splitLimited: has(launch.version, 'splitLimit'),
  };
}

const NOTHING = ignoreList([]);
const lists = new WeakMap<Quantization, IgnoreList>();

function ignoredBy(quantization: Quantization | null): IgnoreList {
  if (quantization === null) return NOTHING;
  const known = lists.get(quantization);
  if (known) return known;
  const list = ignoreList(quantization.ignore);
  lists.set(quantization, list);
  return list;
}

/** Costs each distinct layer once, unless the ignore list tells layers of one shape apart. */
function layerBytes(layers: readonly Layer[], start: number, storage: Storage): number {
  let bytes = 0;
  const known = new Map<Layer, number>();
  for (const [index, layer] of layers.entries()) {
    let cost = storage.ignored.namesLayers ? undefined : known.get(layer);
    if (cost === undefined) {
      cost = tensorBytes(layer.tensors, storage, `layers.${start + index}.`);
      known.set(layer, cost);
    }
    bytes += cost;
  }
  return bytes;
}

function tensorBytes(tensors: readonly Tensor[], storage: Storage, prefix = ''): number {
  let bytes = 0;
  for (const tensor of tensors) {
    const ignored = tensor.linear && storage.ignored.matches(prefix + tensor.name);
    const code = codeOf(tensor, storage.quantization, ignored);
    const element = tensor.dtype === null ? storage.elementBytes : bytesOf(tensor.dtype);
    const share = padded(shareOf(tensor, storage.parallelism), tensor, code === null ? null : storage.quantization);
    for (const allocation of allocationsOf(share, element, code)) {
      bytes += allocatedBytes(allocation, storage.splitLimited);
    }
  }
  return bytes;
}

/** MXFP4 kernels take experts whose hidden side is a multiple of 256 and whose inner side is one of 64 (layers/quantization/mxfp4.py). */
function padded(share: Share, { shard }: Tensor, quantization: Quantization | null): Share {
  if (quantization?.method !== 'mxfp4' || shard.kind !== 'experts') return share;
  const { rows, columns } = share;
  return shard.side === 'column'
    ? { ...share, rows: roundUp(rows, 128), columns: roundUp(columns, 256) }
    : { ...share, rows: roundUp(rows, 256), columns: roundUp(columns, 64) };
}

/** Towers are cut like the model, unless their heads do not divide or the launch keeps them whole on every rank. */
function encoderBytes(launch: Launch, storage: Storage): number {
  let bytes = 0;
  for (const encoder of launch.architecture.encoders) {
    const whole = launch.encoderReplicated || encoder.attentionHeads % launch.parallelism.tensor !== 0;
    const parallelism = whole ? { ...storage.parallelism, tensor: 1 } : storage.parallelism;
    // Quantized checkpoints keep their towers in the model's dtype.
    const plain = { ...storage, quantization: null, ignored: NOTHING, parallelism };
    bytes +=
      encoder.deepStackLevels *
      allocatedBytes(
        launch.maxNumBatchedTokens * launch.architecture.hiddenSize * launch.elementBytes,
        storage.splitLimited,
      );
    bytes += tensorBytes(encoder.tensors, plain) + encoder.depth * tensorBytes(encoder.block, plain);
  }
  return bytes;
}

/** Latent attention keeps W_UV and W_UK transposed for decoding, beside kv_b (model_executor/layers/attention/mla). */
function latentCopies(launch: Launch, stage: Stage, storage: Storage): number {
  const { latentAttention, attentionHeads } = launch.architecture;
  if (!latentAttention) return 0;
  const layers = stage.layers.filter((layer) => layer.caches.some((cache) => cache.kind === 'latent')).length;
  const heads = split(attentionHeads, launch.parallelism.tensor);
  const elements = heads * latentAttention.kvLoraRank * launch.elementBytes;
  const up = allocatedBytes(elements * latentAttention.valueDim, storage.splitLimited);
  return layers * (up + allocatedBytes(elements * latentAttention.nopeDim, storage.splitLimited));
}

/** Slots for adapters on every linear layer: A is `rank × in`, B is `out × rank`, one pair per fused slice. */
function loraBytes(lora: LoraSlots, layers: readonly Layer[], storage: Storage): number {
  const whole = { ...storage.parallelism, tensor: 1 };
  let bytes = 0;
  const known = new Map<Layer, number>();
  for (const layer of layers) {
    let cost = known.get(layer);
    if (cost === undefined) {
      cost = 0;
      for (const tensor of layer.tensors) if (tensor.linear) cost += adapterBytes(lora, tensor, storage, whole);
      known.set(layer, cost);
    }
    bytes += cost;
  }
  return bytes;
}

function adapterBytes(lora: LoraSlots, tensor: Tensor, storage: Storage, whole: Parallelism): number {
  const share = shareOf(tensor, storage.parallelism);
  const { rows, columns } = lora.fullySharded ? share : shareOf(tensor, whole);
  const slices = tensor.shard.kind === 'qkv' ? 3 : tensor.name.includes('gate_up') ? 2 : 1;
  const cutByRows = share.rows < tensor.rows;
  const inside = slices * (cutByRows ? columns : share.columns);
  const outside = cutByRows ? share.rows : rows;
  const perSlot = lora.rank * (inside + outside) * lora.elementBytes * share.stack;
  return allocatedBytes(lora.slots * perSlot, storage.splitLimited);
}

function drafterBytes(launch: Launch): number {
  const { speculation, parallelism } = launch;
  if (!speculation) return 0;
  const { architecture } = speculation;
  const own = architecture === launch.architecture;
  const quantization = own ? launch.quantization : architecture.quantization;
  const storage = storageOf(launch, quantization, { ...parallelism, tensor: speculation.tensorParallelSize });
  const ropes = own ? 0 : ropeBytes(architecture, launch, storage.splitLimited);
  return (
    layerBytes(speculation.layers, own ? launch.architecture.layers.length : 0, storage) +
    tensorBytes(speculation.tensors, storage) +
    ropes
  );
}

/** Tables that the drafter does not share with the target. */
function ropeBytes(architecture: Architecture, launch: Launch, splitLimited: boolean): number {
  let bytes = 0;
  for (const rope of architecture.ropes) {
    const shared = launch.architecture.ropes.some(
      (other) => other.rotaryDim === rope.rotaryDim && other.tableTokens === rope.tableTokens,
    );
    if (!shared) bytes += allocatedBytes(rope.tableTokens * rope.rotaryDim * launch.elementBytes, splitLimited);
  }
  return bytes;
}
