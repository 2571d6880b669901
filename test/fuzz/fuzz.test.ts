import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { fuzzTargets } from './targets.ts';

// The long run is `npm run fuzz`.
describe('whatever is thrown at it', () => {
  it.each(fuzzTargets)('$name keeps its promises', ({ property }) => {
    const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    expect(fc.check(property, { numRuns: 150 })).toMatchObject({ failed: false });
    expect(emitted).not.toHaveBeenCalled();
    emitted.mockRestore();
  });
});
