import { describe, expect, it } from 'vitest';
import { add, between, exactly, subtract, weakest } from '../src/quantity.ts';

describe('quantities', () => {
  it('adds values and intervals, and is no surer than the least sure part', () => {
    const sum = add(exactly(5), between(1, 2, 4, 'calibrated'), between(0, 1, 1, 'formula'));
    expect(sum).toEqual({ value: 8, low: 6, high: 10, basis: 'calibrated' });
  });

  it('subtracts so that the low end is the worst case', () => {
    const rest = subtract(between(9, 10, 11, 'exact'), between(2, 3, 5, 'assumed'));
    expect(rest).toEqual({ value: 7, low: 4, high: 9, basis: 'assumed' });
  });

  it('refuses an interval that does not enclose its value', () => {
    expect(() => between(2, 1, 3, 'exact')).toThrow(/does not enclose/);
    expect(() => between(Number.NaN, 1, 3, 'exact')).toThrow(/does not enclose/);
  });

  it('calls a sum of nothing exact', () => {
    expect(weakest([])).toBe('exact');
    expect(add()).toEqual(exactly(0));
  });
});
