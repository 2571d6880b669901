import type { Judged } from './cases.ts';
import { COMPONENTS, type Comparison } from './figures.ts';
import { gpuClass, versionRange } from './slices.ts';
import { confusion, summarize, type Summary } from './statistics.ts';

/** One promised figure with what it is now. */
export interface TargetFigure {
  readonly name: string;
  readonly cases: number;
  /** Percent, two decimals. */
  readonly value: number;
  /** The most that is promised, percent; a range for the cover of the intervals. */
  readonly target: number | readonly [number, number];
}

type Select = (judged: Judged) => boolean;

const recentH100: Select = ({ launch, workload }) =>
  launch !== null && versionRange(launch) === '0.16 to 0.19' && gpuClass(workload.target.gpu) === 'H100';
const firstEngine: Select = ({ launch }) => launch?.runner === 'v0';
const secondEngine: Select = ({ launch }) => launch !== null && launch.runner !== 'v0';
const speculative: Select = ({ launch }) => launch !== null && launch.speculation !== null;

/** The figures that the project promises on the validation side, from every comparison of that side. */
export function targetFigures(judged: readonly Judged[], rows: readonly Comparison[]): readonly TargetFigure[] {
  const of = (component: Comparison['component'], select: Select): Summary =>
    summarize(rows.filter((row) => row.component === component && select(row.judged)));
  const figure = (name: string, summary: Summary, key: 'median' | 'p90', target: number): TargetFigure => ({
    name: `${name}, ${key}`,
    cases: summary.cases,
    value: percent(summary[key]),
    target,
  });
  const weights = of('weights', () => true);
  const h100 = of('KV', recentH100);
  const v1 = of('KV', secondEngine);
  const verdicts = confusion(judged);
  const [started, failed] = [total(verdicts.started), total(verdicts.failed)];
  const all = of('KV', () => true);
  return [
    figure('weights', weights, 'median', 0.3),
    figure('weights', weights, 'p90', 2),
    figure('KV cache, 0.16 to 0.19 on H100', h100, 'median', 0.5),
    figure('KV cache, 0.16 to 0.19 on H100', h100, 'p90', 2),
    figure('KV cache, V1', v1, 'median', 2),
    figure('KV cache, V1', v1, 'p90', 8),
    figure('KV cache, V0', of('KV', firstEngine), 'median', 4),
    figure('KV cache, speculative', of('KV', speculative), 'median', 4),
    { name: 'started, called fails', cases: started, value: share(verdicts.started['fails'], started), target: 3 },
    { name: 'failed, called fits', cases: failed, value: share(verdicts.failed['fits'], failed), target: 0 },
    { name: 'KV cache within the 90 % interval', cases: all.cases, value: percent(all.covered), target: [88, 97] },
  ];
}

/** Every figure of every component, without a promise: they may move, but not for the worse unseen. */
export function componentFigures(rows: readonly Comparison[]): readonly TargetFigure[] {
  return COMPONENTS.flatMap((component) => {
    const { cases, median, p90 } = summarize(rows.filter((row) => row.component === component));
    const figure = (key: string, value: number): TargetFigure => ({
      name: `${component}, ${key} of all`,
      cases,
      value: percent(value),
      target: 0,
    });
    return [figure('median', median), figure('p90', p90)];
  });
}

export function percent(fraction: number): number {
  return Math.round(fraction * 10_000) / 100;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function share(part: number | undefined, whole: number): number {
  return whole === 0 ? 0 : percent((part ?? 0) / whole);
}
