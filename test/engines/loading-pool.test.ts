import { describe, expect, it } from 'vitest';
import { MIB } from '../../src/bytes.ts';
import { poolSlack } from '../../src/engines/loading-pool.ts';

/** Segments of 20 MiB for blocks between 1 and 10 MiB; a rest of 1 MiB or less stays with its block. */
describe('what shared segments keep back', () => {
  it.each([
    ['nothing of one block', [4], 0],
    ['nothing of blocks that fill a segment', [9, 9, 2], 0],
    ['a rest of half a MiB', [9.5, 9.5, 0.5], 1],
    ['the smallest free block is taken', [9, 9, 1.5, 9, 9, 1.5], 1],
    ['larger and smaller ones have segments of their own', [16, 0.5, 300], 0],
  ])('%s', (_, sizes, slack) => {
    expect(poolSlack(sizes.map((size) => size * MIB))).toBe(slack * MIB);
  });
});
