import { GIB } from '../../src/bytes.ts';
import { chargesGraphs } from '../../src/engines/vllm/graph-memory.ts';
import type { Quantity } from '../../src/quantity.ts';
import type { Judged } from './cases.ts';

/** What is compared, in the order of a report. `KV` is the KV cache once per case: its tokens, else its GiB. */
export const COMPONENTS = [
  'weights',
  'activation',
  'non-torch',
  'graph estimate',
  'graphs',
  'available KV',
  'KV tokens',
  'concurrency',
  'KV',
] as const;
export type Component = (typeof COMPONENTS)[number];

/** Predicted against measured for one figure, in the unit of the log (GiB, tokens, requests). */
export interface Comparison {
  readonly judged: Judged;
  readonly component: Component;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly measured: number;
  /** predicted / measured − 1 */
  readonly errorFraction: number;
  /** Whether the interval holds the truth, the rounding of the log allowed for. */
  readonly covered: boolean;
}

/** Logs print GiB with two decimals or more. */
const GIB_ROUNDING = 0.005;
/** A GiB rounded to two decimals, as tokens of an average model: less than this fraction of any cache worth having. */
const TOKEN_ROUNDING = 0.0005;
/** Concurrency is printed with two decimals. */
const REQUEST_ROUNDING = 0.005;

type Interval = Pick<Quantity, 'value' | 'low' | 'high'>;

/** Every figure of a case that the log states and the estimate has. */
export function compare(judged: Judged): Comparison[] {
  const { memory } = judged.estimate;
  if (memory === null) return [];
  const { launch } = judged;
  const { measured } = judged.logCase;
  const loaded = sum(memory.weightsBytes, memory.drafterBytes);
  const weights = measured['model_loading_gib'] ?? measured['weights_gib'];
  const concurrency = measured['max_concurrency'];
  const rows: Comparison[] = [];
  const add = (component: Component, quantity: Interval, unit: number, truth: unknown, rounding: number): void => {
    if (typeof truth !== 'number' || truth <= 0) return;
    const [predicted, low, high] = [quantity.value / unit, quantity.low / unit, quantity.high / unit];
    const slack = component === 'KV tokens' ? rounding * truth : rounding;
    rows.push({
      judged,
      component,
      predicted,
      low,
      high,
      measured: truth,
      errorFraction: predicted / truth - 1,
      covered: low - slack <= truth && truth <= high + slack,
    });
  };
  // A pipeline's ranks differ; the log states the first one's figures, the estimate those of the rank that decides.
  if ((judged.launch?.parallelism.pipeline ?? 1) === 1) {
    add('weights', loaded, GIB, weights, GIB_ROUNDING);
    add('activation', memory.activationBytes, GIB, activationPeak(judged), GIB_ROUNDING);
    add('non-torch', memory.nonTorchBytes, GIB, measured['non_torch_gib'], GIB_ROUNDING);
    if (launch !== null && chargesGraphs(launch))
      add('graph estimate', memory.cudaGraphBytes, GIB, measured['cuda_graph_estimated_gib'], GIB_ROUNDING);
    if (scoresGraphs(judged)) add('graphs', memory.cudaGraphBytes, GIB, measured['cuda_graph_gib'], GIB_ROUNDING);
    add('available KV', memory.kvCacheBytes, GIB, measured['available_kv_cache_gib'], GIB_ROUNDING);
  }
  add('KV tokens', memory.kvCacheTokens, 1, measured['kv_cache_tokens'], TOKEN_ROUNDING);
  add('concurrency', memory.maxConcurrency, 1, times(concurrency), REQUEST_ROUNDING);
  const cache =
    rows.find((row) => row.component === 'KV tokens') ?? rows.find((row) => row.component === 'available KV');
  if (cache) rows.push({ ...cache, component: 'KV' });
  return rows;
}

/**
 * What the capture takes is scored where it is not the profiler's estimate that is predicted. On an H200 the printed growth
 * can be negative, and on unified memory it is what the operating system frees meanwhile.
 */
export function scoresGraphs({ launch }: Judged): boolean {
  if (launch === null || chargesGraphs(launch)) return false;
  const id = launch?.gpu.id ?? '';
  return !id.startsWith('h200') && launch?.gpu.unifiedMemory !== true;
}

/** Since 0.27 the printed peak holds the graph estimate where that is taken off the budget. */
function activationPeak({ launch, logCase: { measured } }: Judged): unknown {
  const peak = measured['activation_peak_gib'];
  const together =
    measured['consumed_weights_plus_non_torch_gib'] !== undefined && launch !== null && chargesGraphs(launch);
  if (!together || typeof peak !== 'number') return peak;
  const estimated = measured['cuda_graph_estimated_gib'];
  return typeof estimated === 'number' ? peak - estimated : null;
}

function times(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'x' in value ? value.x : value;
}

function sum(a: Quantity, b: Quantity): Interval {
  return { value: a.value + b.value, low: a.low + b.low, high: a.high + b.high };
}
