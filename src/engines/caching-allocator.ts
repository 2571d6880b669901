import { MIB } from '../bytes.ts';

const ALIGNMENT = 512;
const LARGE_BLOCK = 10 * MIB;
const SEGMENT_STEP = 2 * MIB;
const SPLIT_REMAINDER = MIB;
const UNSPLIT_FROM = 20 * MIB;

/**
 * How blocks are cut from segments: as PyTorch does; with `max_split_size_mb=20`, so that those of 20 MiB and more are
 * never split; or exactly, as segments that grow are (should_split with expandable_segments).
 */
export type Cutting = 'usual' | 'limited' | 'exact';

/**
 * Bytes that PyTorch's CUDA allocator counts for one allocation of `bytes`: multiples of 512, and above 10 MiB whole
 * segments of 2 MiB unless the remainder is split off (c10/cuda/CUDACachingAllocator.cpp: kMinBlockSize,
 * kMinLargeAlloc, kRoundLarge, kSmallSize).
 */
export function allocatedBytes(bytes: number, cutting: Cutting): number {
  if (bytes <= 0) return 0;
  const rounded = roundUp(bytes, ALIGNMENT);
  if (rounded < LARGE_BLOCK || cutting === 'exact') return rounded;
  const segment = roundUp(rounded, SEGMENT_STEP);
  if (cutting === 'limited' && rounded >= UNSPLIT_FROM) return segment;
  return segment - rounded <= SPLIT_REMAINDER ? segment : rounded;
}

/** The smallest multiple of `step` that is at least `value`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
