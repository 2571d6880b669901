import type { Layer, Tensor } from '../models/architecture.ts';
import { allocatedBytes, type Cutting } from './caching-allocator.ts';
import { countsOf } from './distinct-layers.ts';
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
  if (storage.precision?.namesLayers === true) {
    for (const [index, { tensors }] of layers.entries())
      bytes += tensorBytes(tensors, storage, `layers.${start + index}.`);
    return bytes;
  }
  for (const [layer, count] of countsOf(layers))
    bytes += count * tensorBytes(layer.tensors, storage, `layers.${start + layers.indexOf(layer)}.`);
  return bytes;
}

/** @param prefix module path of what the tensors' names are below. */
export function tensorBytes(tensors: readonly Tensor[], storage: Storage, prefix = ''): number {
  let bytes = 0;
  for (const allocation of allocationsFor(tensors, storage, prefix))
    bytes += allocatedBytes(allocation, storage.cutting);
  return bytes;
}

/** What one rank allocates for the tensors, in their order, in bytes. */
export function allocationsFor(tensors: readonly Tensor[], storage: Storage, prefix = ''): readonly number[] {
  const { parallelism, precision, padding, elementBytes } = storage;
  const allocations: number[] = [];
  for (const tensor of tensors) {
    const code = codeOf(tensor, prefix + tensor.name, precision);
    const element = tensor.dtype === null ? elementBytes : bytesOf(tensor.dtype);
    allocations.push(...allocationsOf(padding(shareOf(tensor, parallelism), tensor, code, element), element, code));
  }
  return allocations;
}
