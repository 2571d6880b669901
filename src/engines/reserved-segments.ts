import { MIB } from '../bytes.ts';
import { roundUp } from './caching-allocator.ts';

const ALIGNMENT = 512;
/** Blocks up to 1 MiB come from segments of 2 MiB of their own; a remainder of so much is not split off larger ones. */
const SMALL = MIB;
const SMALL_SEGMENT = 2 * MIB;
const LARGE_FROM = 10 * MIB;
const SHARED_SEGMENT = 20 * MIB;
const SEGMENT_STEP = 2 * MIB;

/**
 * Bytes that PyTorch's CUDA allocator takes from the driver for allocations in this order, none of which is freed: whole
 * segments, so that what is left of them is gone from the free memory too (c10/cuda/CUDACachingAllocator.cpp: kSmallSize,
 * kSmallBuffer, kMinLargeAlloc, kLargeBuffer, kRoundLarge, should_split).
 */
export function reservedBytes(allocations: readonly number[]): number {
  const free: number[] = [];
  let small = 0;
  let reserved = 0;
  for (const bytes of allocations) {
    const asked = roundUp(Math.max(0, bytes), ALIGNMENT);
    if (asked <= SMALL) {
      small += asked;
      continue;
    }
    const at = free.findIndex((block) => block >= asked);
    const [found] = at === -1 ? [] : free.splice(at, 1);
    const block = found ?? (asked < LARGE_FROM ? SHARED_SEGMENT : roundUp(asked, SEGMENT_STEP));
    if (found === undefined) reserved += block;
    if (block - asked > SMALL) insert(free, block - asked);
  }
  return reserved + roundUp(small, SMALL_SEGMENT);
}

/** Keeps the free blocks in order of size, so that the first that is large enough is the smallest. */
function insert(free: number[], block: number): void {
  const at = free.findIndex((other) => other >= block);
  free.splice(at === -1 ? free.length : at, 0, block);
}
