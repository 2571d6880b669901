import { GIB } from '../../../src/bytes.ts';
import type { Quantity } from '../../../src/quantity.ts';
import { summarize, type Compared, type Summary } from '../statistics.ts';
import type { Judged } from './cases.ts';

/** What is compared. Weights as the fall of the free memory, so that on unified memory the host's own use is among them. */
export const COMPONENTS = ['weights', 'draft weights', 'KV tokens', 'graphs'] as const;
export type Component = (typeof COMPONENTS)[number];

/** Predicted against measured for one figure, GiB or tokens. */
export interface Comparison extends Compared {
  readonly judged: Judged;
  readonly component: Component;
  readonly predicted: number;
}

/** Logs print GiB with two decimals. */
const GIB_ROUNDING = 0.005;
/** What the rounding of a GiB means in tokens of an average model. */
const TOKEN_ROUNDING = 0.0005;

/** Every figure of a case that the log states and the estimate has. */
export function compare(judged: Judged): Comparison[] {
  const { estimate, launch, logCase } = judged;
  const { memory } = estimate;
  // The ranks of a pipeline differ; the log states the first one's figures, the estimate the fullest one's.
  if (memory === null || launch.division.pipeline > 1) return [];
  const { measured } = logCase;
  const rows: Comparison[] = [];
  const add = (component: Component, quantity: Quantity, unit: number, truth: unknown): void => {
    if (typeof truth !== 'number' || truth <= 0) return;
    const [predicted, low, high] = [quantity.value / unit, quantity.low / unit, quantity.high / unit];
    const slack = unit === 1 ? TOKEN_ROUNDING * truth : GIB_ROUNDING;
    const covered = low - slack <= truth && truth <= high + slack;
    rows.push({
      judged,
      component,
      predicted,
      low,
      high,
      measured: truth,
      errorFraction: predicted / truth - 1,
      covered,
    });
  };
  add('weights', memory.weightsBytes, GIB, loadedGib(measured));
  add('draft weights', memory.drafterBytes, GIB, measured['draft_weights_gb']);
  // Tokens that an argument caps say nothing of the sizing.
  if (memory.kvCacheTokens.value !== launch.maxTotalTokens)
    add('KV tokens', memory.kvCacheTokens, 1, measured['max_total_num_tokens'] ?? measured['kv_cache_tokens']);
  add('graphs', memory.cudaGraphBytes, GIB, capturedGib(judged));
  return rows;
}

/** By the free memory of every rank where the log has it: ranks start up side by side, and their figures scatter. */
function loadedGib(measured: Judged['logCase']['measured']): number | null {
  const before = mean(measured['load_weight_begin_avail_gb_per_rank'] ?? measured['load_weight_begin_avail_gb']);
  const after = mean(measured['load_weight_end_avail_gb_per_rank'] ?? measured['load_weight_end_avail_gb']);
  const both = before !== null && after !== null ? before - after : null;
  const stated = measured['weights_gb'];
  const perRank = Array.isArray(measured['load_weight_begin_avail_gb_per_rank']);
  return perRank || typeof stated !== 'number' ? both : stated;
}

/** Decode graphs, with those of prefill where the launch has them; unified memory shows what the host frees meanwhile. */
function capturedGib({ launch, logCase: { measured } }: Judged): number | null {
  const [decode, prefill] = [measured['cuda_graph_gb'], measured['prefill_cuda_graph_gb']];
  if (typeof decode !== 'number' || launch.gpu.unifiedMemory) return null;
  if (launch.graphs.prefill.length === 0) return decode;
  return typeof prefill === 'number' ? decode + prefill : null;
}

function mean(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (!Array.isArray(value) || value.length === 0) return null;
  const numbers = value.filter((one) => typeof one === 'number');
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}

/** One figure that is held to a promise, or to what it was. Percent. */
export interface TargetFigure {
  readonly name: string;
  readonly cases: number;
  readonly value: number;
  /** The most that is promised; null where a figure is only watched. */
  readonly target: number | null;
}

/** The promised figures and those that are watched beside them. */
export function targetFigures(rows: readonly Comparison[]): readonly TargetFigure[] {
  const of = (component: Component, unified: boolean | null = null): Summary =>
    summarize(
      rows.filter(
        (row) => row.component === component && (unified === null || row.judged.launch.gpu.unifiedMemory === unified),
      ),
    );
  const figure = (name: string, summary: Summary, key: 'median' | 'p90', target: number | null): TargetFigure => ({
    name: `${name}, ${key}`,
    cases: summary.cases,
    value: Math.round(summary[key] * 10_000) / 100,
    target,
  });
  return [
    figure('KV tokens', of('KV tokens'), 'median', 2),
    figure('KV tokens', of('KV tokens'), 'p90', 8),
    figure('weights', of('weights'), 'median', 0.5),
    figure('weights', of('weights'), 'p90', null),
    figure('weights on cards with their own memory', of('weights', false), 'median', 0.5),
    figure('weights on unified memory', of('weights', true), 'median', null),
  ];
}
