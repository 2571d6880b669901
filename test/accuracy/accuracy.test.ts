import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judgeAll } from './cases.ts';
import { compare } from './figures.ts';
import { outcomeOf } from './statistics.ts';
import { componentFigures, targetFigures, type TargetFigure } from './targets.ts';

/** What the figures were when they were last accepted; `npm run accuracy -- --accept` writes it. */
const baseline = JSON.parse(readFileSync(new URL('baseline.json', import.meta.url), 'utf8')) as readonly TargetFigure[];

/** Percentage points by which a figure may move without being worse: the last digit that the report prints. */
const ROUNDING = 0.01;

/** How far a figure is from what is promised to be the best: 0 % off, or the middle of a range. */
function distance({ value, target }: TargetFigure): number {
  return typeof target === 'number' ? value : Math.max(0, target[0] - value, value - target[1]);
}

describe('the estimates of logs that nothing was fitted on', () => {
  const judged = judgeAll('validation');
  const rows = judged.flatMap(compare);
  const figures = [...targetFigures(judged, rows), ...componentFigures(rows)];

  it.each(figures.map((figure) => [figure.name, figure] as const))(
    '%s: no worse than when accepted',
    (name, figure) => {
      const accepted = baseline.find((other) => other.name === name);
      expect(accepted, 'not in baseline.json').toBeDefined();
      expect(figure.cases).toBeGreaterThanOrEqual(accepted?.cases ?? 0);
      expect(distance(figure)).toBeLessThanOrEqual((accepted ? distance(accepted) : 0) + ROUNDING);
    },
  );

  it('call no launch that failed a fit, on either side', () => {
    const wrong = [...judged, ...judgeAll('calibration')].filter(
      (one) => outcomeOf(one) === 'failed' && one.estimate.verdict === 'fits',
    );
    expect(wrong.map(({ logCase }) => logCase.id)).toEqual([]);
  });

  it('keep no log on both sides', () => {
    const families = new Set(judgeAll('calibration').map(({ logCase }) => logCase.family));
    expect(judged.map(({ logCase }) => logCase.family).filter((family) => families.has(family))).toEqual([]);
  });
});
