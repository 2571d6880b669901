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
  // In order of size.
  const free: number[] = [];
  let slack = 0;
  for (const bytes of allocations) {
    if (!isShared(bytes)) continue;
    const asked = aligned(bytes);
    const at = free.findIndex((block) => block >= asked);
    const block = at === -1 ? SEGMENT : (free[at] ?? SEGMENT);
    const left = block - asked;
    if (left > SMALLEST) {
      moveDown(free, at === -1 ? free.length : at, left);
      continue;
    }
    if (at !== -1) free.splice(at, 1);
    slack += left;
  }
  return slack;
}

/** Puts what is left of a block where it belongs, which is never above the place of the block. */
function moveDown(free: number[], from: number, left: number): void {
  let at = from;
  for (; at > 0; at--) {
    const next = free[at - 1] ?? 0;
    if (next <= left) break;
    free[at] = next;
  }
  free[at] = left;
}

/** Whether an allocation is cut from a segment that others share. */
export function isShared(bytes: number): boolean {
  const asked = aligned(bytes);
  return asked > SMALLEST && asked < LARGEST;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
