import { MIB } from '../../bytes.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import { has, type EngineVersion } from './versions.ts';

/** MiB that nvidia-smi states; what CUDA shows where it states none (srt/utils/common.py get_device_memory_capacity). */
export function capacityMib(gpu: Gpu): number {
  return gpu.smiMib ?? gpu.visibleBytes / MIB;
}

const GIB_IN_MIB = 1024;

/** `chunked_prefill_size` when it is not given, tokens (srt/server_args.py at each release). */
export function defaultChunk(version: EngineVersion, gpu: Gpu): number {
  const capacity = capacityMib(gpu);
  if (has(version, 'reservedByChunk')) {
    if (capacity < 35 * GIB_IN_MIB) return 2048;
    if (capacity < 60 * GIB_IN_MIB) return 4096;
    return capacity < 160 * GIB_IN_MIB ? 8192 : 16_384;
  }
  if (has(version, 'reservedBySize')) {
    if (capacity < 35 * GIB_IN_MIB) return 2048;
    return capacity < 160 * GIB_IN_MIB ? 8192 : 16_384;
  }
  return capacity < 25_000 ? 2048 : 8192;
}

/** Largest batch that is decoded by a graph when none is given. */
export function defaultGraphBatch(version: EngineVersion, gpu: Gpu, tensorParallelSize: number): number {
  const capacity = capacityMib(gpu);
  const many = tensorParallelSize >= 4;
  if (has(version, 'reservedByChunk')) {
    if (capacity < 20 * GIB_IN_MIB) return 8;
    if (capacity < 35 * GIB_IN_MIB) return many ? 80 : has(version, 'graphs24') ? 24 : 16;
    if (capacity < 60 * GIB_IN_MIB) return many ? 160 : 32;
    return many || capacity >= 160 * GIB_IN_MIB ? 512 : 256;
  }
  const small = has(version, 'reservedBySize') ? 35 * GIB_IN_MIB : 25_000;
  if (capacity < small) return many && has(version, 'fractionOfLargeCards') ? 80 : 8;
  if (!has(version, 'reservedBySize')) return 160;
  if (capacity > 160_000) return 512;
  return capacity > 90 * GIB_IN_MIB ? 256 : 160;
}
