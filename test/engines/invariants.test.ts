import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineTargets } from './invariants.ts';

// The long run is `npm run fuzz`.
describe('every engine, whatever it is asked', () => {
  it.each(engineTargets)('$name keeps its promises', ({ property }) => {
    const details = fc.check(property, { numRuns: 800 });
    expect(details.failed ? fc.defaultReportMessage(details) : null).toBeNull();
  });
});
