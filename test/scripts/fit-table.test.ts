import { describe, expect, it } from 'vitest';
import { tableOf, type Observation } from '../../scripts/fit/table.ts';

function observed(key: string, values: readonly (readonly [setup: string, value: number])[]): Observation[] {
  return values.map(([setup, value]) => ({ key, setup, value, pooled: true }));
}

describe('the table of residuals', () => {
  it('takes logs of one setup for one', () => {
    const { a } = tableOf(
      observed('a', [
        ['x', 1],
        ['x', 1],
        ['x', 1],
        ['y', 3],
      ]),
      null,
    );
    expect(a).toMatchObject({ value: 2, setups: 2, logs: 4 });
  });

  it('stretches the farthest of a few setups by those that are missing', () => {
    // Three setups around 2: one below and one above by 1, stretched by 4/3.
    const { a } = tableOf(
      observed('a', [
        ['x', 1],
        ['y', 2],
        ['z', 3],
      ]),
      null,
    );
    expect(a).toMatchObject({ low: 0.6667, value: 2, high: 3.3333 });
  });

  it('gives a class of one setup the spread of its kind', () => {
    const several = observed('several', [
      ['x', 1],
      ['y', 2],
      ['z', 3],
    ]);
    const { one } = tableOf([...several, ...observed('one', [['x', 10]])], null);
    // Deviations in 'several' are 1, 0 and 1; nine in ten are within 1.
    expect(one).toMatchObject({ low: 9, value: 10, high: 11, setups: 1 });
  });

  it('does not learn the spread from classes that mix', () => {
    const mixed = observed('mixed', [
      ['x', 0],
      ['y', 100],
    ]).map((one) => ({ ...one, pooled: false }));
    const { one } = tableOf([...mixed, ...observed('one', [['x', 10]])], null);
    expect(one).toMatchObject({ low: 10, high: 10 });
  });

  it('trusts percentiles of a dozen setups, so that one odd log does not stretch the interval', () => {
    const values = Array.from(
      { length: 40 },
      (_, index) => [`s${index}`, index === 0 ? 50 : 1 + (index % 3) / 100] as const,
    );
    const { a } = tableOf(observed('a', values), 1);
    expect(a?.high).toBeLessThan(1.1);
  });

  it('never goes below nothing', () => {
    const { a } = tableOf(
      observed('a', [
        ['x', 0.1],
        ['y', 0.9],
      ]),
      null,
    );
    expect(a?.low).toBe(0);
  });
});
