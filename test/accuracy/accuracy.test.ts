import { describe, expect, it } from 'vitest';
import { compare, type Comparison, evaluateCase, type LogCase, readCases } from './cases.ts';

function rowsOf(select: (logCase: LogCase) => boolean): Comparison[] {
  return readCases('calibration')
    .filter(select)
    .flatMap((logCase) => {
      const evaluated = evaluateCase(logCase);
      return 'estimate' in evaluated ? compare(evaluated) : [];
    });
}

function quantile(rows: readonly Comparison[], component: string, fraction: number): number {
  const errors = rows
    .filter((row) => row.component === component)
    .map((row) => Math.abs(row.errorFraction))
    .sort((a, b) => a - b);
  return errors[Math.min(errors.length - 1, Math.floor(errors.length * fraction))] ?? Number.POSITIVE_INFINITY;
}

describe('estimates against public start-up logs', () => {
  const recentH100 = rowsOf(
    ({ gpu, engine_version }) => /H100/.test(gpu ?? '') && /^0\.1[6-9]\./.test(engine_version ?? ''),
  );

  it('meets what vLLM 0.16 to 0.19 logs on an H100', () => {
    expect(recentH100.filter(({ component }) => component === 'KV tokens').length).toBeGreaterThanOrEqual(10);
    expect(quantile(recentH100, 'weights', 0.5)).toBeLessThan(0.003);
    expect(quantile(recentH100, 'KV tokens', 0.5)).toBeLessThan(0.005);
    expect(quantile(recentH100, 'KV tokens', 0.9)).toBeLessThan(0.02);
  });

  it('meets every calibration log of known model, version and GPU by the median', () => {
    const all = rowsOf(() => true);
    expect(all.filter(({ component }) => component === 'available KV').length).toBeGreaterThanOrEqual(40);
    expect(quantile(all, 'weights', 0.5)).toBeLessThan(0.003);
    expect(quantile(all, 'available KV', 0.5)).toBeLessThan(0.02);
  });

  it('calls no launch that started a failure', () => {
    const wrong = readCases('calibration').flatMap((logCase) => {
      const evaluated = evaluateCase(logCase);
      const fails = 'estimate' in evaluated && evaluated.estimate.verdict === 'fails' && logCase.outcome === 'started';
      return fails ? [logCase.id] : [];
    });
    expect(wrong).toEqual([]);
  });
});
