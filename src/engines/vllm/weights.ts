import { GIB } from '../../bytes.ts';
import type { Encoder, Layer, Tensor } from '../../models/architecture.ts';
import { allocatedBytes } from '../caching-allocator.ts';
import { countsOf } from '../distinct-layers.ts';
import { isShared, poolSlack } from '../loading-pool.ts';
import { split } from '../sharding.ts';
import { balancingBytes } from './balancing.ts';
import { bytesOf } from '../dtype-bytes.ts';
import type { Launch } from './launch.ts';
import { loraBytes } from './lora-weights.ts';
import { offloadedBytes } from './offload.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';
import { allocationsFor, layerBytes, tensorBytes, type Storage } from '../stored-tensors.ts';
import { storageOf } from './storage.ts';

/** Weights of one rank, in bytes as PyTorch counts them. */
export interface WeightBytes {
  /** The target model with its tables, LoRA slots included, what is offloaded taken off. */
  readonly model: number;
  readonly offloaded: number;
  /** What is held, by what it is; the sum is `model` and `offloaded`. */
  readonly parts: readonly WeightPart[];
}

type WeightPart = readonly [what: string, bytes: number];

/**
 * On AMD the growth of the whole device is logged (platforms/rocm.py, get_current_memory_usage): code objects and what
 * the allocator has reserved on top of the weights. Fitted on the calibration logs.
 */
const AMD_GROWTH_BYTES = 0.32 * GIB;

/** What 'Model loading took' reports for one pipeline stage, drafter apart (see speculation/drafter-weights.ts). */
export function weightsOf(launch: Launch, stage: Stage): WeightBytes {
  const { architecture } = launch;
  const storage = storageOf(launch, launch.quantization, launch.parallelism);
  const layers = layerBytes(stage.layers, stage.start, storage);
  const parts: WeightPart[] = [['layers', layers]];
  if (stage.first) {
    const encoder = architecture.encoderLayers.flatMap((layer) => layer.tensors);
    parts.push(['embeddings', tensorBytes(architecture.embedding, storage)]);
    parts.push(['encoder layers', tensorBytes(encoder, storage)], ['towers', encoderBytes(launch, storage)]);
  } else if (stage.last && architecture.tiedEmbeddings) {
    parts.push(['embeddings', tensorBytes(architecture.embedding, storage)]);
  }
  if (stage.last) parts.push(['head', tensorBytes(architecture.head, storage)]);
  parts.push(['position tables', ropeBytes(launch, storage)]);
  parts.push(['rest of shared segments', slackOf(launch, stage, storage)]);
  parts.push(['balancing of experts', balancingBytes(launch, stage, 'loading')]);
  // Only what decoder layers hold is offloaded (vLLM model_executor/models/utils.py make_layers).
  const offloaded = offloadedBytes(launch, stage, storage);
  // What is made of a layer's weights lies where they lie.
  if (layers > 0) parts.push(['copies for decoding', latentCopies(launch, stage, storage) * (1 - offloaded / layers)]);
  if (launch.gpu.vendor === 'amd' && has(launch.version, 'rocmDeviceGrowth')) {
    parts.push(['growth of the device', AMD_GROWTH_BYTES]);
  }
  if (launch.lora) parts.push(['LoRA slots', loraBytes(launch, launch.lora, stage, storage)]);
  return { model: parts.reduce((sum, [, bytes]) => sum + bytes, 0) - offloaded, offloaded, parts };
}

/** One table of cosines and sines per rope. */
function ropeBytes({ architecture, elementBytes }: Launch, { cutting }: Storage): number {
  return architecture.ropes.reduce((sum, { tableTokens, rotaryDim, dtype }) => {
    const element = dtype === null ? elementBytes : bytesOf(dtype);
    return sum + allocatedBytes(tableTokens * rotaryDim * element, cutting);
  }, 0);
}

/** What the allocator does not hand back of the segments that smaller tensors share. Kernels of quantized layers reorder theirs. */
function slackOf(launch: Launch, stage: Stage, storage: Storage): number {
  if (storage.cutting === 'exact') return 0;
  const towers = stage.first ? towersOf(launch, storage) : [];
  const blocks = towers.flatMap(({ encoder, plain }) => [
    ...sharedBlocks(encoder.tensors, plain),
    ...repeated(sharedBlocks(encoder.block, plain), encoder.depth),
  ]);
  if (storage.precision === null) {
    const { embedding, head } = launch.architecture;
    if (stage.first) blocks.push(...sharedBlocks(embedding, storage));
    const known = new Map<Layer, readonly number[]>();
    for (const layer of stage.layers) {
      const own = known.get(layer) ?? sharedBlocks(layer.tensors, storage);
      known.set(layer, own);
      for (const block of own) blocks.push(block);
    }
    if (stage.last) blocks.push(...sharedBlocks(head, storage));
  }
  return poolSlack(blocks);
}

function sharedBlocks(tensors: readonly Tensor[], storage: Storage): readonly number[] {
  return allocationsFor(tensors, storage).filter(isShared);
}

function repeated(allocations: readonly number[], times: number): readonly number[] {
  return Array.from({ length: times }, () => allocations).flat();
}

interface Tower {
  readonly encoder: Encoder;
  readonly plain: Storage;
}

/** The towers that are loaded: cut like the model, unless their heads do not divide or the launch keeps them whole on every rank. */
function towersOf(launch: Launch, storage: Storage): readonly Tower[] {
  if (!launch.loadsEncoder) return [];
  return launch.architecture.encoders
    .filter((encoder) => !isUnused(encoder, launch))
    .map((encoder) => {
      const whole = launch.encoderReplicated || encoder.attentionHeads % launch.parallelism.tensor !== 0;
      const parallelism = whole ? { ...storage.parallelism, tensor: 1 } : storage.parallelism;
      // Quantized checkpoints keep their towers in the model's dtype.
      return { encoder, plain: { ...storage, precision: null, parallelism } };
    });
}

function encoderBytes(launch: Launch, storage: Storage): number {
  let bytes = 0;
  for (const { encoder, plain } of towersOf(launch, storage)) {
    const level = launch.maxNumBatchedTokens * launch.architecture.hiddenSize * launch.elementBytes;
    bytes += encoder.deepStackLevels * allocatedBytes(level, storage.cutting);
    bytes += tensorBytes(encoder.tensors, plain) + encoder.depth * tensorBytes(encoder.block, plain);
  }
  return bytes;
}

/** Families whose tower was left out first: since #22299, and since #26000. */
const FIRST_WITHOUT_TOWER = /^(?:Llava|Mistral3|Llama4|Qwen2VL|Qwen2_5_VL)/;
const NEXT_WITHOUT_TOWER = /^Qwen3VL/;

/** Towers whose every modality is limited to no items are left out (models/interfaces.py, _mark_tower_model, #32605). */
function isUnused({ items, depth }: Encoder, { architecture, itemLimits, version }: Launch): boolean {
  const { className } = architecture;
  const leavesOut =
    has(version, 'unusedTowers') ||
    (has(version, 'firstUnusedTowers') && FIRST_WITHOUT_TOWER.test(className)) ||
    (has(version, 'nextUnusedTowers') && NEXT_WITHOUT_TOWER.test(className));
  // What is not a tower (Gemma 4's projections of raw pixels) stays.
  return depth > 0 && leavesOut && items.every(({ modality }) => itemLimits[modality] === 0);
}

/** Latent attention keeps W_UV and W_UK transposed for decoding, beside kv_b (model_executor/layers/attention/mla). */
function latentCopies(launch: Launch, stage: Stage, storage: Storage): number {
  const { latentAttention, attentionHeads } = launch.architecture;
  if (!latentAttention) return 0;
  let layers = 0;
  for (const [{ caches }, count] of countsOf(stage.layers))
    layers += count * caches.filter(({ kind }) => kind === 'latent').length;
  const heads = split(attentionHeads, launch.parallelism.tensor);
  const elements = heads * latentAttention.kvLoraRank * launch.elementBytes;
  const up = allocatedBytes(elements * latentAttention.valueDim, storage.cutting);
  return layers * (up + allocatedBytes(elements * latentAttention.nopeDim, storage.cutting));
}
