import type { Layer, Tensor } from '../models/architecture.ts';
import { allocatedBytes, type Cutting } from './caching-allocator.ts';
import { bytesOf } from './dtype-bytes.ts';
import { allocationsOf, codeOf, type Precision, type WeightCode } from './quantized-weight.ts';
import { shareOf, type Parallelism, type Share } from './sharding.ts';

/** What a kernel's layout makes of one rank's share; `code` null for a tensor in its own dtype of `elementBytes`. */
export type Padding = (share: Share, tensor: Tensor, code: WeightCode | null, elementBytes: number) => Share;

/** How tensors are stored on one rank: shares, dtype, precision and padding. */
export interface Storage {
  readonly parallelism: Parallelism;
  readonly elementBytes: number;
  readonly precision: Precision | null;
  readonly padding: Padding;
  readonly cutting: Cutting;
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
