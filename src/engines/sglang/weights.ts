import type { Layer, Quantization, Tensor } from '../../models/architecture.ts';
import { allocatedBytes } from '../caching-allocator.ts';
import { precisionOf } from '../quantized-weight.ts';
import { shareOf, split, type Parallelism } from '../sharding.ts';
import { tensorBytes, type Storage } from '../stored-tensors.ts';
import type { Launch } from './launch.ts';
import type { Stage } from './stages.ts';

/** Weights of one rank, bytes as PyTorch allocates them. */
export interface WeightBytes {
  readonly model: number;
  readonly offloaded: number;
  readonly parts: readonly (readonly [what: string, bytes: number])[];
}

/** What loading takes on one rank of a stage: the decoder, towers, tables, adapters' slots. */
export function weightsOf(launch: Launch, stage: Stage): WeightBytes {
  const { architecture, quantization } = launch;
  const layers = layersBytes(launch, stage.layers, stage.start, quantization);
  const ends: Tensor[] = [];
  if (stage.first || (stage.last && architecture.tiedEmbeddings)) ends.push(...architecture.embedding);
  if (stage.last) ends.push(...architecture.head);
  const parts: [string, number][] = [
    ['layers', layers],
    ['embeddings and head', bytesAs(launch, ends, quantization, '')],
    ['towers', stage.first ? towerBytes(launch) : 0],
    ['position tables', ropeBytes(launch)],
    ['copies for decoding', latentCopies(launch, stage.layers)],
    ['LoRA slots', launch.lora ? loraBytes(launch, stage) : 0],
  ];
  const sum = parts.reduce((total, [, bytes]) => total + bytes, 0);
  const offloaded = Math.min(launch.hostBytes, layers);
  return { model: sum - offloaded, offloaded, parts };
}

/** What a drafter loads, its shared tables apart. */
export function drafterBytes(launch: Launch, quantization: Quantization | null): number {
  const { speculation } = launch;
  if (!speculation) return 0;
  let bytes = bytesAs(launch, speculation.tensors, quantization, '');
  for (const [index, layer] of speculation.layers.entries())
    bytes += bytesAs(launch, layer.tensors, quantization, `${speculation.path}${speculation.firstIndex + index}.`);
  return bytes + latentCopies(launch, speculation.layers);
}

function layersBytes(
  launch: Launch,
  layers: readonly Layer[],
  start: number,
  quantization: Quantization | null,
): number {
  const each = quantization !== null && precisionOf(quantization).namesLayers;
  const known = new Map<Layer, number>();
  let bytes = 0;
  for (const [index, layer] of layers.entries()) {
    const cost =
      (each ? undefined : known.get(layer)) ?? bytesAs(launch, layer.tensors, quantization, `layers.${start + index}.`);
    known.set(layer, cost);
    bytes += cost;
  }
  return bytes;
}

function bytesAs(
  launch: Launch,
  tensors: readonly Tensor[],
  quantization: Quantization | null,
  prefix: string,
): number {
  let bytes = 0;
  for (const tensor of tensors) {
    const [parallelism, divisor] = divisionFor(launch, tensor);
    bytes += tensorBytes([tensor], storageOf(launch, parallelism, quantization), prefix) / divisor;
  }
  return bytes;
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

/** Tables of cosines and sines are kept in 32 bits (srt/layers/rotary_embedding.py). */
function ropeBytes({ architecture }: Launch): number {
  return architecture.ropes.reduce(
    (sum, { tableTokens, rotaryDim }) => sum + allocatedBytes(tableTokens * rotaryDim * 4, 'usual'),
    0,
  );
}

/** Towers are cut like the model where their heads divide; quantized checkpoints keep them in the model's dtype. */
function towerBytes(launch: Launch): number {
  const { tensor } = launch.division;
  return launch.architecture.encoders.reduce((sum, encoder) => {
    const ranks = encoder.attentionHeads % tensor === 0 ? tensor : 1;
    const parallelism = { tensor: ranks, pipeline: 1, data: 1, expert: 1, redundantExperts: 0, decodeContext: 1 };
    const storage = storageOf(launch, parallelism, null);
    return sum + tensorBytes(encoder.tensors, storage) + encoder.depth * tensorBytes(encoder.block, storage);
  }, 0);
}

/** Latent attention keeps both halves of kv_b apart for decoding (srt/models/deepseek_v2.py post_load_weights). */
function latentCopies({ architecture, division, elementBytes }: Launch, layers: readonly Layer[]): number {
  const { latentAttention, attentionHeads } = architecture;
  if (!latentAttention) return 0;
  const count = layers.filter(({ caches }) => caches.some(({ kind }) => kind === 'latent')).length;
  const heads = split(attentionHeads, division.attention);
  const { kvLoraRank, nopeDim, valueDim } = latentAttention;
  return count * heads * kvLoraRank * (nopeDim + valueDim) * elementBytes;
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
