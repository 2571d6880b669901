import { evaluateCase, readCases, type Evaluated, type Judged, type Side } from '../../test/accuracy/cases.ts';
import { compare, COMPONENTS, type Comparison } from '../../test/accuracy/figures.ts';
import { knownReason } from '../../test/accuracy/reasons.ts';
import { CUTS } from '../../test/accuracy/slices.ts';
import { confusion, outcomeOf, summarize } from '../../test/accuracy/statistics.ts';
import { targetFigures } from '../../test/accuracy/targets.ts';
import { VERDICTS } from '../../src/estimate.ts';
import { table, type Generators } from './fill.ts';

/** A table as data, for markdown and for the terminal. */
export interface Grid {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One side with everything that its tables are made of. */
export interface Bench {
  readonly side: Side;
  readonly evaluated: readonly Evaluated[];
  readonly judged: readonly Judged[];
  readonly rows: readonly Comparison[];
}

export function benchOf(side: Side): Bench {
  const evaluated = readCases(side).map(evaluateCase);
  const judged = evaluated.filter((one) => 'estimate' in one);
  return { side, evaluated, judged, rows: judged.flatMap(compare) };
}

const FIGURES = ['cases', 'median', 'p90', 'bias', 'in the interval', 'its width'] as const;

/** What the project promises, beside what it holds. */
export function targetGrid({ judged, rows }: Bench): Grid {
  return {
    title: 'promised and held',
    head: ['figure', 'cases', 'promised', 'held'],
    rows: targetFigures(judged, rows).map(({ name, cases, value, target }) => [
      name,
      String(cases),
      typeof target === 'number' ? `≤ ${target} %` : `${target[0]}–${target[1]} %`,
      `${value.toFixed(2)} %`,
    ]),
  };
}

export function componentGrid({ rows }: Bench): Grid {
  const lines = COMPONENTS.map((component) => [
    component,
    ...figures(rows.filter((row) => row.component === component)),
  ]);
  return { title: 'by figure', head: ['figure', ...FIGURES], rows: lines };
}

/** The KV cache and the weights by every cut, the labels in the order in which they sort. */
export function sliceGrid({ rows }: Bench): Grid {
  const lines = CUTS.flatMap(({ name, labelsOf }) => {
    const labels = [...new Set(rows.flatMap(({ judged }) => labelsOf(judged)))].toSorted();
    return labels.map((label) => {
      const own = rows.filter(({ judged }) => labelsOf(judged).includes(label));
      const weights = summarize(own.filter(({ component }) => component === 'weights'));
      const cache = figures(own.filter(({ component }) => component === 'KV'));
      return [`${name}: ${label}`, ...cache, fraction(weights.median), fraction(weights.p90)];
    });
  });
  const head = ['slice', ...FIGURES.map((name) => `KV ${name}`), 'weights median', 'weights p90'];
  return { title: 'KV cache and weights by slice', head, rows: lines };
}

export function verdictGrid({ judged }: Bench): Grid {
  const counts = confusion(judged);
  const row = (outcome: 'started' | 'failed'): string[] => [
    outcome,
    ...VERDICTS.map((verdict) => String(counts[outcome][verdict] ?? 0)),
  ];
  return { title: 'verdicts', head: ['the launch', ...VERDICTS], rows: [row('started'), row('failed')] };
}

/**
 * Mean absolute errors on the H100 sweep of vLLM 0.19 on which the llm-d planner published its own (llm-d-planner issue
 * 194, 61 runs), over the runs of it that are in the two files. Fitted constants make the calibration side no fair
 * comparison, so the validation side stands apart.
 */
function comparisonGrid(benches: readonly Bench[]): Grid {
  const published: Readonly<Partial<Record<Comparison['component'], string>>> = {
    weights: '0.84 %',
    'available KV': '7.82 %',
    concurrency: '16.65 %',
    activation: '213 %',
  };
  const rows = Object.entries(published).map(([component, theirs]) => {
    const ours = benches.map(({ rows: all }) => {
      const own = all.filter(
        ({ judged, component: of }) => of === component && judged.logCase.id.startsWith('llmdp-v0.19-'),
      );
      const mean = own.reduce((sum, { errorFraction }) => sum + Math.abs(errorFraction), 0) / own.length;
      return `${fraction(mean)} (${own.length})`;
    });
    return [component, theirs, ...ours];
  });
  const sides = benches.map(({ side }) => `Headroom, ${side} (runs)`);
  return { title: 'on the sweep of the llm-d planner', head: ['mean error', 'llm-d planner', ...sides], rows };
}

/** Launches that started and are called failures, and the other way round. */
export function missGrid({ judged }: Bench): Grid {
  const misses = judged.filter((one) => {
    const outcome = outcomeOf(one);
    return outcome === 'started'
      ? one.estimate.verdict === 'fails'
      : outcome === 'failed' && one.estimate.verdict === 'fits';
  });
  const rows = misses.map(({ logCase, estimate }) => [
    logCase.id,
    logCase.outcome,
    estimate.verdict,
    knownReason(logCase.id) ?? (estimate.message ?? 'open').slice(0, 120),
  ]);
  return { title: 'wrong verdicts', head: ['log', 'what happened', 'verdict', 'why'], rows };
}

/** The cases whose KV cache (or weights) are farthest off, with the reason where one is known. */
export function worstGrid({ rows }: Bench, most = 10): Grid {
  const worst = rows
    .filter(({ component }) => component === 'KV' || component === 'weights')
    .toSorted((a, b) => Math.abs(b.errorFraction) - Math.abs(a.errorFraction));
  const seen = new Set<string>();
  const distinct = worst.filter(({ judged }) => seen.size < seen.add(judged.logCase.id).size);
  return {
    title: 'farthest off',
    head: ['log', 'figure', 'predicted', 'logged', 'error', 'why'],
    rows: distinct.slice(0, most).map(worstLine),
  };
}

function worstLine({ judged, component, predicted, measured, errorFraction }: Comparison): string[] {
  const digits = measured > 1000 ? 0 : 2;
  const { id } = judged.logCase;
  return [
    id,
    component,
    predicted.toFixed(digits),
    measured.toFixed(digits),
    fraction(errorFraction),
    knownReason(id) ?? 'open',
  ];
}

export function leftOutGrid({ evaluated }: Bench): Grid {
  const counts = new Map<string, number>();
  for (const one of evaluated) if ('excluded' in one) counts.set(one.excluded, (counts.get(one.excluded) ?? 0) + 1);
  const rows = [...counts].toSorted((a, b) => b[1] - a[1]).map(([reason, count]) => [reason, String(count)]);
  return { title: 'left out', head: ['why', 'logs'], rows };
}

function figures(rows: readonly Comparison[]): string[] {
  const { cases, median, p90, bias, covered, width } = summarize(rows);
  const held = cases === 0 ? '' : `${(covered * 100).toFixed(0)} %`;
  return [String(cases), ...[median, p90, bias].map(fraction), held, fraction(width)];
}

function fraction(value: number): string {
  return Number.isNaN(value) ? '' : `${(value * 100).toFixed(2)} %`;
}

function markdown(side: Side, grid: (bench: Bench) => Grid): () => string {
  return () => {
    const { head, rows } = grid(bench(side));
    return table(head, rows);
  };
}

const benches = new Map<Side, Bench>();

function bench(side: Side): Bench {
  const known = benches.get(side) ?? benchOf(side);
  benches.set(side, known);
  return known;
}

/** The generated blocks of docs/accuracy.md. */
export const accuracyGenerators: Generators = {
  'accuracy-targets': markdown('validation', targetGrid),
  'accuracy-components': markdown('validation', componentGrid),
  'accuracy-slices': markdown('validation', sliceGrid),
  'accuracy-verdicts': markdown('validation', verdictGrid),
  'accuracy-calibration-verdicts': markdown('calibration', verdictGrid),
  'accuracy-worst': markdown('validation', worstGrid),
  'accuracy-comparison': () => {
    const { head, rows } = comparisonGrid([bench('validation'), bench('calibration')]);
    return table(head, rows);
  },
  'accuracy-left-out': markdown('validation', leftOutGrid),
  'accuracy-calibration': markdown('calibration', componentGrid),
  'accuracy-calibration-worst': markdown('calibration', worstGrid),
};
