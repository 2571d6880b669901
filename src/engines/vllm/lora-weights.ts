import type { Layer, Tensor } from '../../models/architecture.ts';
import { allocatedBytes } from '../caching-allocator.ts';
import { shareOf, type Parallelism } from '../sharding.ts';
import type { LoraSlots } from './launch.ts';
import type { Storage } from './stored-tensors.ts';

/** Slots for adapters on every linear layer: A is `rank × in`, B is `out × rank`, one pair per fused slice. */
export function loraBytes(lora: LoraSlots, layers: readonly Layer[], storage: Storage): number {
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
