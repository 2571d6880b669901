import { MIB } from '../bytes.ts';

/** Blocks above 1 and below 10 MiB are cut from segments of 20 MiB (c10/cuda/CUDACachingAllocator.cpp: kSmallSize, kMinLargeAlloc, kLargeBuffer). */
const SMALLEST = MIB;
const LARGEST = 10 * MIB;
const SEGMENT = 20 * MIB;
const ALIGNMENT = 512;

/**
 * Bytes that PyTorch counts for allocations of this order beyond what was asked for: the smallest free block that holds
 * one is taken, and what is left of it stays with it when it is 1 MiB or less. Others than those cut from shared
 * segments are passed over.
 */
export function poolSlack(allocations: readonly number[]): number {
  const free: number[] = [];
  let slack = 0;
  for (const bytes of allocations) {
    const asked = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (asked > SMALLEST && asked < LARGEST) {
      const at = free.findIndex((block) => block >= asked);
      const [block = SEGMENT] = at === -1 ? [] : free.splice(at, 1);
      const left = block - asked;
      if (left > SMALLEST) insert(free, left);
      else slack += left;
    }
  }
  return slack;
}

/** Keeps the free blocks in order of size. */
function insert(free: number[], block: number): void {
  const at = free.findIndex((other) => other >= block);
  free.splice(at === -1 ? free.length : at, 0, block);
}
