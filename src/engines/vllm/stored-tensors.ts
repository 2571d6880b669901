import type { Layer, Quantization, Tensor } from '../../models/architecture.ts';
import { allocatedBytes, type Cutting } from '../caching-allocator.ts';
import { allocationsOf, codeOf, precisionOf, type Precision } from '../quantized-weight.ts';
import { shareOf, type Parallelism } from '../sharding.ts';
import { bytesOf } from './cache-specs.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';
import { paddingOf, type Padding } from './weight-padding.ts';

/** How tensors are stored on one rank: shares, dtype, precision and padding. */
export interface Storage {
  readonly parallelism: Parallelism;
  readonly elementBytes: number;
  readonly precision: Precision | null;
  readonly padding: Padding;
  readonly cutting: Cutting;
}

export function storageOf(launch: Launch, quantization: Quantization | null, parallelism: Parallelism): Storage {
  return {
    parallelism,
    elementBytes: launch.elementBytes,
    precision: quantization === null ? null : precisionOf(quantization),
    padding: paddingOf(launch, quantization),
    cutting: launch.exactBlocks ? 'exact' : has(launch.version, 'splitLimit') ? 'limited' : 'usual',
  };
}

/** Costs each distinct layer once, unless the quantization tells layers of one shape apart. */
export function layerBytes(layers: readonly Layer[], start: number, storage: Storage): number {
  let bytes = 0;
  const known = new Map<Layer, number>();
  for (const [index, layer] of layers.entries()) {
    let cost = storage.precision?.namesLayers === true ? undefined : known.get(layer);
    if (cost === undefined) {
      cost = tensorBytes(layer.tensors, storage, `layers.${start + index}.`);
      known.set(layer, cost);
    }
    bytes += cost;
  }
  return bytes;
}

/** @param prefix module path of what the tensors' names are below. */
export function tensorBytes(tensors: readonly Tensor[], storage: Storage, prefix = ''): number {
  return allocationsFor(tensors, storage, prefix).reduce(
    (sum, allocation) => sum + allocatedBytes(allocation, storage.cutting),
    0,
  );
}

/** What one rank allocates for the tensors, in their order, in bytes. */
export function allocationsFor(tensors: readonly Tensor[], storage: Storage, prefix = ''): readonly number[] {
  return tensors.flatMap((tensor) => {
    const code = codeOf(tensor, prefix + tensor.name, storage.precision);
    const element = tensor.dtype === null ? storage.elementBytes : bytesOf(tensor.dtype);
    return allocationsOf(storage.padding(shareOf(tensor, storage.parallelism), tensor, code, element), element, code);
  });
}
