import { expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import { argumentText, gibCell, interval, times } from '../../src/report/figures.ts';
import { grouped } from '../../src/text.ts';
import { between, exactly } from '../../src/quantity.ts';

it('says bytes in GiB, without a minus before nothing', () => {
  expect(gibCell(14.99 * GIB)).toBe('14.99');
  expect(gibCell(-1)).toBe('0.00');
  expect(gibCell(-1.5 * GIB)).toBe('-1.50');
});

it('says an interval with one decimal, and a sure figure with two', () => {
  expect(interval('activationBytes', between(0.6 * GIB, 1 * GIB, 1.6 * GIB, 'calibrated'))).toBe('0.6–1.6 GiB');
  expect(interval('weightsBytes', exactly(14.99 * GIB))).toBe('14.99 GiB');
  expect(interval('kvCacheTokens', between(24_112, 24_900, 25_300, 'formula'))).toBe('24,112–25,300 tokens');
  expect(interval('maxConcurrency', exactly(1.069))).toBe('1.07×');
});

it('groups digits by thousands', () => {
  expect(grouped(1_714_585.4)).toBe('1,714,585');
  expect(times(12)).toBe('12.00×');
});

it('prints arguments as one would type them', () => {
  expect([null, true, 32768, 'fp8', { method: 'eagle3' }].map(argumentText)).toEqual([
    'not set',
    'true',
    '32768',
    'fp8',
    '{"method":"eagle3"}',
  ]);
});
