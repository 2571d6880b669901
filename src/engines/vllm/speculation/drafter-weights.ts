import { exactly, between, type Quantity } from '../../../quantity.ts';
import type { Architecture, Quantization } from '../../../models/architecture.ts';
import { allocatedBytes, type Cutting } from '../../caching-allocator.ts';
import { split } from '../../sharding.ts';
import type { Launch } from '../launch.ts';
import type { Speculation } from '../speculative.ts';
import { storageOf } from '../storage.ts';
import { tensorBytes, type Storage } from '../../stored-tensors.ts';

/** Padding and packing that quantized layouts add or save, relative to the formula. */
const QUANTIZED_SPREAD = 0.02;
const PLAIN_SPREAD = 0.003;

/**
 * What a drafter adds to 'Model loading took' on the rank that holds it, in bytes. Tools that quantize weights alone often
 * leave next-token-prediction layers as they are and say so only in the checkpoint; then the interval spans both.
 */
export function drafterBytes(launch: Launch): Quantity {
  const { speculation } = launch;
  if (!speculation) return exactly(0);
  const { quantization } = speculation;
  const stored = bytesAs(launch, speculation, quantization);
  const spread = quantization === null ? PLAIN_SPREAD : QUANTIZED_SPREAD;
  const low = Math.floor(stored * (1 - spread));
  if (quantization === null || speculation.quantizationStated)
    return between(low, Math.round(stored), Math.ceil(stored * (1 + spread)), 'formula');
  const plain = bytesAs(launch, speculation, null);
  const skipped = !quantization.quantizesActivations;
  return between(low, Math.round(skipped ? plain : stored), Math.ceil(plain * (1 + PLAIN_SPREAD)), 'assumed');
}

function bytesAs(launch: Launch, speculation: Speculation, quantization: Quantization | null): number {
  const { architecture, layers, path, firstIndex, tensorParallelSize: tensor } = speculation;
  const storage = storageOf(launch, quantization, { ...launch.parallelism, tensor });
  let bytes = tensorBytes(speculation.tensors, storage);
  for (const [index, layer] of layers.entries()) {
    bytes += tensorBytes(layer.tensors, storage, `${path}${firstIndex + index}.`);
    if (layer.caches.some((cache) => cache.kind === 'latent')) bytes += latentCopies(architecture, launch, storage);
  }
  return architecture === launch.architecture ? bytes : bytes + ropeBytes(architecture, launch, storage.cutting);
}

/** Latent attention keeps W_UV and W_UK transposed for decoding in drafted layers too (layers/attention/mla). */
function latentCopies({ latentAttention, attentionHeads }: Architecture, launch: Launch, storage: Storage): number {
  if (!latentAttention) return 0;
  const heads = split(attentionHeads, storage.parallelism.tensor);
  const elements = heads * latentAttention.kvLoraRank * launch.elementBytes;
  const up = allocatedBytes(elements * latentAttention.valueDim, storage.cutting);
  return up + allocatedBytes(elements * latentAttention.nopeDim, storage.cutting);
}

/** Tables of positions that the drafter does not share with the target. */
function ropeBytes(architecture: Architecture, launch: Launch, cutting: Cutting): number {
  let bytes = 0;
  for (const rope of architecture.ropes) {
    const shared = launch.architecture.ropes.some(
      (other) => other.rotaryDim === rope.rotaryDim && other.tableTokens === rope.tableTokens,
    );
    if (!shared) bytes += allocatedBytes(rope.tableTokens * rope.rotaryDim * launch.elementBytes, cutting);
  }
  return bytes;
}
