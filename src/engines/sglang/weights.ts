import type { Layer, Quantization, Tensor } from '../../models/architecture.ts';
import { precisionOf } from '../quantized-weight.ts';
import { reservedBytes } from '../reserved-segments.ts';
import { shareOf, split, type Parallelism } from '../sharding.ts';
import { allocationsFor, type Storage } from '../stored-tensors.ts';
import type { Launch } from './launch.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';

/** Weights of one rank, bytes as PyTorch allocates them. */
export interface WeightBytes {
  readonly model: number;
  readonly offloaded: number;
  readonly parts: readonly (readonly [what: string, bytes: number])[];
}

/** What loading takes on one rank of a stage: the decoder, towers, tables, adapters' slots, and what segments leave unused. */
export function weightsOf(launch: Launch, stage: Stage): WeightBytes {
  const loaded = loadedParts(launch, stage);
  const lora: WeightBytes['parts'] = [['LoRA slots', launch.lora ? loraBytes(launch, stage) : 0]];
  const parts = [...loaded, ...lora];
  const offloaded = Math.min(launch.hostBytes, loaded[0]?.[1] ?? 0);
  return { model: Math.round(sum(parts.map(([, bytes]) => bytes)) - offloaded), offloaded, parts };
}

interface Loaded {
  readonly quantization: Quantization | null;
  readonly parts: WeightBytes['parts'];
}

/** What was cut, by how it was cut: a search asks for the same weights many times. */
const kept = new WeakMap<Launch['architecture'], Map<string, Loaded>>();
const MOST_KEPT = 1_000;

/** All but the adapters, the layers first. */
function loadedParts(launch: Launch, stage: Stage): WeightBytes['parts'] {
  const { architecture, quantization, division, elementBytes } = launch;
  const own = kept.get(architecture) ?? new Map<string, Loaded>();
  kept.set(architecture, own);
  const key = JSON.stringify([division, elementBytes, stage.index, stage.start, stage.layers.length, stage.last]);
  const known = own.get(key);
  if (known?.quantization === quantization) return known.parts;
  const parts = cutParts(launch, stage);
  if (own.size < MOST_KEPT) own.set(key, { quantization, parts });
  return parts;
}

function cutParts(launch: Launch, stage: Stage): WeightBytes['parts'] {
  const { architecture, quantization } = launch;
  const ends: Tensor[] = [];
  if (stage.first || (stage.last && architecture.tiedEmbeddings)) ends.push(...architecture.embedding);
  if (stage.last) ends.push(...architecture.head);
  const kinds: [string, readonly number[]][] = [
    ['layers', layerAllocations(launch, stage.layers, stage.start, quantization)],
    ['embeddings and head', allocationsAs(launch, ends, quantization, '')],
    ['towers', stage.first ? towerAllocations(launch) : []],
    ['position tables', ropeTables(architecture)],
    ['copies for decoding', latentCopies(launch, stage.layers)],
  ];
  const all = kinds.flatMap(([, allocations]) => allocations);
  const parts: [string, number][] = kinds.map(([what, allocations]) => [what, sum(allocations)]);
  return [...parts, ['unused in segments', reservedBytes(all) - sum(all)]];
}

/** What a drafter loads, its shared tables apart. */
export function drafterBytes(launch: Launch, quantization: Quantization | null): number {
  const { speculation } = launch;
  if (!speculation) return 0;
  return reservedBytes([
    ...allocationsAs(launch, speculation.tensors, quantization, ''),
    ...speculation.layers.flatMap((layer, index) =>
      allocationsAs(launch, layer.tensors, quantization, `${speculation.path}${speculation.firstIndex + index}.`),
    ),
    ...latentCopies(launch, speculation.layers),
  ]);
}

/** What a drafter gives up for the target's once the pools are made (srt/speculative/eagle_worker_v2.py init_lm_head). */
export function givenUpBytes(launch: Launch): number {
  const { speculation, version } = launch;
  if (!speculation || !has(version, 'draftersInBudget')) return 0;
  return reservedBytes(allocationsAs(launch, speculation.givenUp, speculation.quantization, ''));
}

/** Each distinct layer is cut once, unless the quantization tells layers of one shape apart. */
function layerAllocations(
  launch: Launch,
  layers: readonly Layer[],
  start: number,
  quantization: Quantization | null,
): readonly number[] {
  const each = quantization !== null && precisionOf(quantization).namesLayers;
  const known = new Map<Layer, readonly number[]>();
  return layers.flatMap((layer, index) => {
    const own =
      (each ? undefined : known.get(layer)) ??
      allocationsAs(launch, layer.tensors, quantization, `layers.${start + index}.`);
    known.set(layer, own);
    return own;
  });
}

function allocationsAs(
  launch: Launch,
  tensors: readonly Tensor[],
  quantization: Quantization | null,
  prefix: string,
): readonly number[] {
  return tensors.flatMap((tensor) => {
    const [parallelism, divisor] = divisionFor(launch, tensor);
    const allocations = allocationsFor([tensor], storageOf(launch, parallelism, quantization), prefix);
    return divisor === 1 ? allocations : allocations.map((bytes) => bytes / divisor);
  });
}

function storageOf(launch: Launch, parallelism: Parallelism, quantization: Quantization | null): Storage {
  return {
    parallelism,
    elementBytes: launch.elementBytes,
    precision: quantization === null ? null : precisionOf(quantization),
    padding: (share) => share,
    cutting: 'usual',
  };
}

/**
 * Ranks over which a tensor is cut, and what its experts are cut by beside: with DP attention, attention and embeddings are
 * divided inside a replica only (srt/layers/dp_attention.py), experts over all ranks in any case.
 */
function divisionFor({ division }: Launch, { role }: Tensor): readonly [Parallelism, number] {
  const { tensor, attention, expert, dense, exchange, redundantExperts } = division;
  const over = (ranks: number): Parallelism => ({
    tensor: ranks,
    pipeline: 1,
    data: 1,
    expert: 1,
    redundantExperts: 0,
    decodeContext: 1,
  });
  switch (role) {
    case 'experts':
      return expert > 1 ? [{ ...over(tensor), expert, redundantExperts }, tensor / expert] : [over(tensor), 1];
    case 'attention':
    case 'state':
      return [over(attention), 1];
    case 'embedding':
      return [over(division.dpAttention ? attention : tensor), 1];
    case 'lm_head':
      return [over(division.dpHead ? attention : tensor), 1];
    case 'mlp':
      return [over(dense), 1];
    // Every rank sees the shared experts' tokens of its own where tokens are exchanged.
    case 'shared_experts':
      return [over(exchange === null ? tensor : 1), 1];
    default:
      return [over(tensor), 1];
  }
}

/**
 * Tables of cosines and sines are kept in 32 bits, and reach as far as the context: those of multimodal positions, which
 * vLLM makes four times as long, too (srt/layers/rotary_embedding).
 */
function ropeTables({ ropes, context }: Launch['architecture']): readonly number[] {
  return ropes.map(({ tableTokens, rotaryDim }) => {
    const tokens = tableTokens === 4 * context.derivedTokens ? context.derivedTokens : tableTokens;
    return tokens * rotaryDim * 4;
  });
}

/** Towers are cut like the model where their heads divide; quantized checkpoints keep them in the model's dtype. */
function towerAllocations(launch: Launch): readonly number[] {
  const { tensor } = launch.division;
  return launch.architecture.encoders.flatMap((encoder) => {
    const ranks = encoder.attentionHeads % tensor === 0 ? tensor : 1;
    const parallelism = { tensor: ranks, pipeline: 1, data: 1, expert: 1, redundantExperts: 0, decodeContext: 1 };
    const storage = storageOf(launch, parallelism, null);
    const block = allocationsFor(encoder.block, storage);
    return [...allocationsFor(encoder.tensors, storage), ...Array.from({ length: encoder.depth }, () => block).flat()];
  });
}

/** Latent attention keeps both halves of kv_b apart for decoding (srt/models/deepseek_v2.py post_load_weights). */
function latentCopies({ architecture, division, elementBytes }: Launch, layers: readonly Layer[]): readonly number[] {
  const { latentAttention, attentionHeads } = architecture;
  if (!latentAttention) return [];
  const heads = split(attentionHeads, division.attention);
  const { kvLoraRank, nopeDim, valueDim } = latentAttention;
  return layers
    .filter(({ caches }) => caches.some(({ kind }) => kind === 'latent'))
    .flatMap(() => [nopeDim, valueDim].map((dim) => heads * kvLoraRank * dim * elementBytes));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** A is `rank × in`, B `out × rank`, once per slot and fused part (srt/lora/mem_pool.py). */
function loraBytes(launch: Launch, stage: Stage): number {
  const { lora } = launch;
  if (!lora) return 0;
  let elements = 0;
  for (const { tensors } of stage.layers) {
    for (const tensor of tensors) {
      if (!tensor.linear || tensor.role === 'router') continue;
      const [parallelism] = divisionFor(launch, tensor);
      const { stack, rows, columns } = shareOf(tensor, parallelism);
      const parts = tensor.shard.kind === 'qkv' ? 3 : tensor.name.includes('gate_up') ? 2 : 1;
      elements += stack * lora.rank * (parts * columns + rows);
    }
  }
  return lora.slots * elements * lora.elementBytes;
}
