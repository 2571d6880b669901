import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { outcomeOf, summarize } from '../statistics.ts';
import { judgeAll, readCases } from './cases.ts';
import { compare, targetFigures, type TargetFigure } from './figures.ts';

/** What the figures were when they were last accepted; `npm run accuracy -- --accept` writes it. */
const baseline = JSON.parse(readFileSync(new URL('baseline.json', import.meta.url), 'utf8')) as readonly TargetFigure[];

/** Percentage points: the last digit that the report prints. */
const ROUNDING = 0.01;

describe('the estimates of SGLang logs that nothing was fitted on', () => {
  const judged = judgeAll('validation');
  const rows = judged.flatMap(compare);

  it.each(targetFigures(rows).map((figure) => [figure.name, figure] as const))(
    '%s: no worse than when accepted',
    (name, figure) => {
      const accepted = baseline.find((other) => other.name === name);
      expect(accepted, 'not in baseline.json').toBeDefined();
      expect(figure.cases).toBeGreaterThanOrEqual(accepted?.cases ?? 0);
      expect(figure.value).toBeLessThanOrEqual((accepted?.value ?? 0) + ROUNDING);
    },
  );

  it('hold the promise of the KV cache: half within 2 %, nine of ten within 8 %', () => {
    const { cases, median, p90 } = summarize(rows.filter(({ component }) => component === 'KV tokens'));
    expect(cases).toBeGreaterThanOrEqual(15);
    expect(median).toBeLessThanOrEqual(0.02);
    expect(p90).toBeLessThanOrEqual(0.08);
  });

  it('have intervals that hold the logged tokens nine times in ten', () => {
    const { covered } = summarize(rows.filter(({ component }) => component === 'KV tokens'));
    expect(covered).toBeGreaterThanOrEqual(0.88);
  });

  it('call no launch that failed a fit, and none that started a failure, on either side', () => {
    const wrong = [...judged, ...judgeAll('calibration')].filter((one) => {
      const outcome = outcomeOf(one);
      return outcome === 'failed' ? one.estimate.verdict === 'fits' : outcome && one.estimate.verdict === 'fails';
    });
    expect(wrong.map(({ logCase }) => logCase.id)).toEqual([]);
  });

  it('keep no model on both sides', () => {
    const families = new Set(judgeAll('calibration').map(({ workload }) => workload.model.id));
    expect(judged.map(({ workload }) => workload.model.id).filter((id) => families.has(id))).toEqual([]);
  });

  it('keep no log twice', () => {
    const ids = [...readCases('calibration'), ...readCases('validation')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
