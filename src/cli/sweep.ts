import type { ArgumentValue } from '../deployment.ts';
import { targetName } from '../hardware/gpu.ts';
import { columns, wrap } from '../report/columns.ts';
import { terminalText } from '../report/escape.ts';
import { gibCell, times } from '../report/figures.ts';
import type { TargetResult } from '../report/report.ts';
import { verdictPhrase } from '../report/verdicts.ts';
import { partsOf } from './settings.ts';
import type { UsageProblem } from './surroundings.ts';
import { grouped } from '../text.ts';

/** Values that a table and a plot hold. */
const MAX_VALUES = 40;
const STEPS = 8;
const BAR = 60;

export interface Sweep {
  readonly key: string;
  readonly values: readonly string[];
}

/**
 * `max_model_len=4096..131072` (doubling), `gpu_memory_utilization=0.6..0.9` (in steps of 0.05), `max_num_seqs=16..64:8`
 * (a step of one's own), `kv_cache_dtype=auto,fp8` (the values as they stand).
 */
export function sweepOf(text: string): Sweep | UsageProblem {
  const wrong = {
    problem: `--sweep cannot be '${text}'`,
    remedy: 'Write --sweep max_model_len=4096..131072, or values with commas.',
  };
  const parts = partsOf(text);
  if (!parts || parts.value === '') return wrong;
  const range = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?$/.exec(parts.value);
  if (!range) {
    if (parts.value.includes('..')) return wrong;
    const values = parts.value.split(',').map((value) => value.trim());
    return values.includes('') || values.length > MAX_VALUES ? wrong : { key: parts.key, values };
  }
  const [from, to] = [Number(range[1]), Number(range[2])];
  const step = range[3] === undefined ? null : Number(range[3]);
  if (from >= to || step === 0) return wrong;
  const values = step === null ? stepsOf(from, to) : linear(from, to, step);
  if (values.length > MAX_VALUES)
    return {
      problem: `--sweep would take ${values.length} values`,
      remedy: `Take a larger step: at most ${MAX_VALUES}.`,
    };
  return { key: parts.key, values: values.map(String) };
}

function stepsOf(from: number, to: number): number[] {
  if (to <= 1) return linear(from, to, 0.05);
  const whole = Number.isInteger(from) && Number.isInteger(to);
  if (!whole) return linear(from, to, (to - from) / STEPS);
  if (from === 0 || to / from < 4) return linear(from, to, Math.max(1, Math.round((to - from) / STEPS)));
  const values: number[] = [];
  for (let value = from; value < to; value *= 2) values.push(value);
  return [...values, to];
}

function linear(from: number, to: number, step: number): number[] {
  const many = Math.floor((to - from) / step + 1e-9);
  if (many > MAX_VALUES * 100) return Array.from({ length: MAX_VALUES + 1 }, () => from);
  const values = Array.from({ length: many + 1 }, (_, index) => Number((from + index * step).toFixed(6)));
  const last = values.at(-1) ?? from;
  return last < to - 1e-9 ? [...values, to] : values;
}

/** One value of a sweep on one GPU. */
export interface SweepPoint {
  readonly value: ArgumentValue | string;
  readonly result: TargetResult;
}

/** The curve on one GPU: a table, what each value needs of the GPU as a bar to scale, and why values have no figures. */
export function sweepText(key: string, points: readonly SweepPoint[], width: number): string {
  const [first] = points;
  if (!first) return '';
  const head = [
    key,
    'peak GiB',
    'free GiB',
    'KV cache GiB',
    'one request GiB',
    'concurrency',
    'longest length',
    'verdict',
  ];
  const rows = points.map(({ value, result: { estimate } }) => {
    const { memory, verdict } = estimate;
    if (memory === null) return [terminalText(String(value)), '–', '–', '–', '–', '–', '–', verdict];
    return [
      terminalText(String(value)),
      gibCell(memory.peakBytes.value),
      gibCell(memory.freeBytes.value),
      gibCell(memory.kvCacheBytes.value),
      gibCell(memory.kvCacheNeededBytes.value),
      times(memory.maxConcurrency.value),
      grouped(memory.maxModelLenThatFits.value),
      verdict,
    ];
  });
  const title = targetName(first.result.target);
  const table = columns([head, ...rows], [0, head.length - 1]);
  return [title, ...table, '', ...plot(points), ...refusals(points, width)].join('\n');
}

/** `65536, 131072: fails when the engine reads its arguments: …`, once for all values of which that is the same. */
function refusals(points: readonly SweepPoint[], width: number): string[] {
  const groups = new Map<string, { readonly why: string; readonly values: readonly string[] }>();
  for (const { value, result } of points) {
    const { memory, message } = result.estimate;
    if (memory !== null || message === null) continue;
    const why = `${verdictPhrase(result.estimate)}: ${message}`;
    // Messages that differ in the value alone are one; the first stands for all.
    const key = why.replaceAll(String(value), '');
    const known = groups.get(key);
    groups.set(key, { why: known?.why ?? why, values: [...(known?.values ?? []), String(value)] });
  }
  return [...groups.values()].flatMap(({ why, values }) => [
    '',
    ...wrap(terminalText(`${values.join(', ')}: ${why}`), width),
  ]);
}

/** `#` what the launch takes without its cache, `k` the KV cache of one request, `|` the end of the GPU. */
function plot(points: readonly SweepPoint[]): string[] {
  const needs = points.map(
    ({
      result: {
        estimate: { memory },
      },
    }) => {
      if (memory === null) return null;
      const rest = memory.peakBytes.value - Math.max(0, memory.kvCacheBytes.value);
      return { rest, request: memory.kvCacheNeededBytes.value, total: memory.totalBytes.value };
    },
  );
  const most = Math.max(1, ...needs.map((need) => (need ? Math.max(need.total, need.rest + need.request) : 0)));
  const at = (bytes: number): number => Math.round((bytes / most) * BAR);
  const rows = points.map(({ value, result }, index) => {
    const need = needs[index];
    if (!need) return [terminalText(String(value)), '', result.estimate.verdict];
    const [rest, all, end] = [at(need.rest), at(need.rest + need.request), at(need.total)];
    const bar = `${'#'.repeat(rest)}${'k'.repeat(all - rest)}`.padEnd(end, '.');
    return [terminalText(String(value)), `${bar.slice(0, end)}|${bar.slice(end)}`, result.estimate.verdict];
  });
  return [...columns(rows, [0, 1, 2]), '# without the cache, k KV cache of one request, . room, | end of the GPU'];
}
