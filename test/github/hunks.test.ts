import { describe, expect, it } from 'vitest';
import { hunksOf, inOneHunk } from '../../src/github/hunks.ts';

const patch =
  '@@ -1,3 +1,4 @@ kind: Deployment\n a\n+b\n c\n d\n@@ -20 +21,2 @@\n-x\n+y\n+z\n@@ -40,2 +42,0 @@\n-gone\n-too';

describe('hunks', () => {
  it('are the right-side lines of a patch', () => {
    expect(hunksOf(patch)).toEqual([
      { firstLine: 1, lastLine: 4 },
      { firstLine: 21, lastLine: 22 },
    ]);
  });

  it('carry a comment only when all its lines lie in one of them', () => {
    const hunks = hunksOf(patch);
    expect(inOneHunk(hunks, 2, 4)).toBe(true);
    expect(inOneHunk(hunks, 4, 5)).toBe(false);
    expect(inOneHunk(hunks, 4, 21)).toBe(false);
    expect(inOneHunk(hunks, 42, 42)).toBe(false);
  });

  it('are none for a file without a patch', () => {
    expect(hunksOf(undefined)).toEqual([]);
  });
});
