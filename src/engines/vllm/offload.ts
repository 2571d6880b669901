import { GIB } from '../../bytes.ts';
import type { Layer, Tensor } from '../../models/architecture.ts';
import { allocatedBytes } from '../caching-allocator.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import type { Launch } from './launch.ts';
import type { Stage } from './stages.ts';
import { storageOf } from './storage.ts';
import { allocationsFor, tensorBytes, type Storage } from '../stored-tensors.ts';
import { has, type EngineVersion } from './versions.ts';

/** Which weights of decoder layers stay in host memory. */
export type Offload =
  | { readonly kind: 'none' }
  /** Parameters in their order until so many bytes of each rank are there (model_executor/offloader/uva.py). */
  | { readonly kind: 'bytes'; readonly bytes: number; readonly names: readonly string[] }
  /** The last layers of each group, copied back some layers ahead (model_executor/offloader/prefetch.py). */
  | {
      readonly kind: 'layers';
      readonly groupSize: number;
      readonly inGroup: number;
      readonly ahead: number;
      readonly names: readonly string[];
    };

/** As vLLM model_executor/offloader/base.py create_offloader chooses; before 0.17 there is only `--cpu-offload-gb`. */
export function offloadOf(reader: ArgumentReader, version: EngineVersion): Offload {
  const bytes = Math.trunc(Math.max(0, reader.number('cpu_offload_gb') ?? 0) * GIB);
  const choice = has(version, 'prefetchOffload');
  const groupSize = choice ? (reader.integer('offload_group_size', 0) ?? 0) : 0;
  const asked = choice ? reader.word('offload_backend') : null;
  const prefetches = asked === 'prefetch' || (asked !== 'uva' && groupSize > 0);
  if (prefetches && groupSize > 0) {
    return {
      kind: 'layers',
      groupSize,
      inGroup: reader.integer('offload_num_in_group', 1) ?? 1,
      ahead: reader.integer('offload_prefetch_step', 0) ?? 1,
      names: reader.words('offload_params') ?? [],
    };
  }
  if (prefetches || bytes === 0) return { kind: 'none' };
  return { kind: 'bytes', bytes, names: choice ? (reader.words('cpu_offload_params') ?? []) : [] };
}

/** Bytes of one stage's decoder layers that stay in host memory. */
export function offloadedBytes({ offload }: Launch, stage: Stage, storage: Storage): number {
  if (offload.kind === 'none') return 0;
  let bytes = 0;
  for (const [index, layer] of stage.layers.entries()) {
    if (offload.kind === 'bytes' || isOffloaded(index, offload))
      bytes += tensorBytes(chosen(layer, offload.names), storage, `layers.${stage.start + index}.`);
  }
  return offload.kind === 'bytes' ? Math.min(offload.bytes, bytes) : bytes;
}

/**
 * Buffers that offloaded layers are copied into, in bytes: one of every name and shape for each layer ahead
 * (prefetch.py StaticBufferPool). They are made once the weights are loaded, so what loading took is without them.
 */
export function prefetchBufferBytes(launch: Launch, stage: Stage): number {
  const { offload } = launch;
  if (offload.kind !== 'layers') return 0;
  const storage = storageOf(launch, launch.quantization, launch.parallelism);
  const buffers = new Map<string, number>();
  for (const [index, layer] of stage.layers.entries()) {
    if (!isOffloaded(index, offload)) continue;
    for (const tensor of chosen(layer, offload.names)) {
      const allocations = allocationsFor([tensor], storage, `layers.${stage.start + index}.`);
      const bytes = allocations.reduce((sum, size) => sum + allocatedBytes(size, storage.cutting), 0);
      buffers.set(`${tensor.name} ${allocations.join(' ')}`, bytes);
    }
  }
  return offload.ahead * [...buffers.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** Layers are counted from the first of the rank. */
function isOffloaded(index: number, { groupSize, inGroup }: { readonly groupSize: number; readonly inGroup: number }) {
  return index % groupSize >= groupSize - inGroup;
}

/** Parameters with one of the names among the segments of theirs; all when none is given. */
function chosen({ tensors }: Layer, names: readonly string[]): readonly Tensor[] {
  if (names.length === 0) return tensors;
  return tensors.filter(({ name, role }) => {
    const parameter = role === 'experts' ? `${name}_weight` : `${name}.weight`;
    return names.some((wanted) => `.${parameter}.`.includes(`.${wanted}.`));
  });
}
