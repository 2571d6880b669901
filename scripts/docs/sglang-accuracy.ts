import { evaluateCase, readCases, type Evaluated, type Judged, type Side } from '../../test/accuracy/sglang/cases.ts';
import { COMPONENTS, compare, targetFigures, type Comparison } from '../../test/accuracy/sglang/figures.ts';
import { confusion, summarize } from '../../test/accuracy/statistics.ts';
import { VERDICTS } from '../../src/estimate.ts';
import type { Grid } from './accuracy-tables.ts';

/** One side of SGLang's logs with everything that its tables are made of. */
export interface SglangBench {
  readonly side: Side;
  readonly evaluated: readonly Evaluated[];
  readonly judged: readonly Judged[];
  readonly rows: readonly Comparison[];
}

export function sglangBench(side: Side): SglangBench {
  const evaluated = readCases(side).map(evaluateCase);
  const judged = evaluated.filter((one) => 'estimate' in one);
  return { side, evaluated, judged, rows: judged.flatMap(compare) };
}

/** The tables of a report, in order. */
export function sglangGrids(bench: SglangBench): readonly Grid[] {
  return [leftOut(bench), byFigure(bench), verdicts(bench), worst(bench), promised(bench)];
}

export function leftOut({ evaluated }: SglangBench): Grid {
  const reasons = evaluated.flatMap((one) => ('excluded' in one ? [one.excluded] : []));
  const rows = [...new Set(reasons)].map((reason) => [reason, String(reasons.filter((one) => one === reason).length)]);
  return { title: 'left out', head: ['why', 'logs'], rows };
}

export function byFigure({ rows }: SglangBench): Grid {
  const lines = COMPONENTS.map((component) => {
    const own = rows.filter((row) => row.component === component);
    const { cases, median, p90, bias, covered, width } = summarize(own);
    return [component, String(cases), ...[median, p90, bias, covered, width].map(fraction)];
  });
  return {
    title: 'by figure',
    head: ['figure', 'cases', 'median', 'p90', 'bias', 'in the interval', 'its width'],
    rows: lines,
  };
}

function verdicts({ judged }: SglangBench): Grid {
  const counts = confusion(judged);
  const row = (outcome: 'started' | 'failed'): string[] => [
    outcome,
    ...VERDICTS.map((verdict) => String(counts[outcome][verdict] ?? 0)),
  ];
  return { title: 'verdicts', head: ['the launch', ...VERDICTS], rows: [row('started'), row('failed')] };
}

function worst({ rows }: SglangBench): Grid {
  const tokens = rows.filter(({ component }) => component === 'KV tokens');
  const sorted = tokens.toSorted((a, b) => Math.abs(b.errorFraction) - Math.abs(a.errorFraction)).slice(0, 10);
  return {
    title: 'KV tokens, farthest off',
    head: ['log', 'predicted', 'logged', 'error', ''],
    rows: sorted.map(({ judged, predicted, measured, errorFraction, covered }) => [
      judged.logCase.id,
      predicted.toFixed(0),
      measured.toFixed(0),
      fraction(errorFraction),
      covered ? '' : 'outside',
    ]),
  };
}

export function promised({ rows }: SglangBench): Grid {
  return {
    title: 'promised and held',
    head: ['figure', 'cases', 'promised', 'held'],
    rows: targetFigures(rows).map(({ name, cases, value, target }) => [
      name,
      String(cases),
      target === null ? '' : `≤ ${target} %`,
      `${value.toFixed(2)} %`,
    ]),
  };
}

function fraction(value: number): string {
  return Number.isNaN(value) ? '' : `${(value * 100).toFixed(2)} %`;
}
