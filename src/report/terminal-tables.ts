import type { Memory } from '../estimate.ts';
import { targetName } from '../hardware/gpu.ts';
import { memoryBars } from './bars.ts';
import { columns, widest } from './columns.ts';
import { columnsOf, gibCell, interval, times } from './figures.ts';
import { type Paint, VERDICT_STYLES } from './paint.ts';
import type { TargetResult } from './report.ts';
import { grouped } from '../text.ts';

const MISSING = '–';

/** The breakdown: a row per GPU, or a column per GPU where the terminal is too narrow for that. */
export function breakdown(targets: readonly TargetResult[], width: number, paint: Paint): string[] {
  const shown = columnsOf(targets.flatMap(({ estimate: { memory } }) => memory ?? []));
  const rows = (title: 'title' | 'short'): string[][] => [
    bold(paint, ['GiB per GPU', ...shown.map((column) => column[title]), 'verdict']),
    ...targets.map((result) => [
      targetName(result.target),
      ...shown.map(({ field }) => cell(result.estimate.memory, field)),
      verdictCell(result, targets, paint),
    ]),
  ];
  const last = shown.length + 1;
  const full = columns(rows('title'), [0, last]);
  if (widest(full) <= width) return full;
  const short = columns(rows('short'), [0, last]);
  return widest(short) <= width ? short : turned(rows('title'), width);
}

/** The cache in tokens and requests: a row per GPU, or a column per GPU. */
export function capacity(targets: readonly TargetResult[], width: number, paint: Paint): string[] {
  const rows = targets.flatMap(({ target, estimate: { memory } }) =>
    memory
      ? [
          [
            targetName(target),
            gibCell(memory.budgetBytes.value),
            gibCell(memory.kvCacheNeededBytes.value),
            bare(interval('kvCacheTokens', memory.kvCacheTokens)),
            interval('maxConcurrency', memory.maxConcurrency),
            bare(interval('maxModelLenThatFits', memory.maxModelLenThatFits)),
          ],
        ]
      : [],
  );
  if (rows.length === 0) return [];
  const head = ['KV cache', 'budget GiB', 'one request GiB', 'tokens', 'concurrency', 'longest length that fits'];
  const lines = columns([bold(paint, head), ...rows]);
  return widest(lines) <= width ? lines : turned([bold(paint, head), ...rows], width);
}

/** A table on its side: the heading as first column, and as many of the rows beside it as fit; the rest below. */
function turned([head = [], ...rows]: readonly (readonly string[])[], width: number): string[] {
  for (let shown = rows.length; shown > 0; shown--) {
    const some = rows.slice(0, shown);
    const lines = columns(head.map((title, at) => [title, ...some.map((row) => row[at] ?? '')]));
    if (shown > 1 && widest(lines) > width) continue;
    return shown === rows.length ? lines : [...lines, '', ...turned([head, ...rows.slice(shown)], width)];
  }
  return [];
}

/** One line per GPU, for a survey of many. */
export function survey(targets: readonly TargetResult[], paint: Paint): string[] {
  const head = ['GPU', 'total GiB', 'peak GiB', 'free GiB', 'KV tokens', 'concurrency', 'longest length', 'verdict'];
  const rows = targets.map((result) => {
    const { memory } = result.estimate;
    return [
      targetName(result.target),
      cell(memory, 'totalBytes'),
      cell(memory, 'peakBytes'),
      cell(memory, 'freeBytes'),
      memory ? grouped(memory.kvCacheTokens.value) : MISSING,
      memory ? times(memory.maxConcurrency.value) : MISSING,
      memory ? grouped(memory.maxModelLenThatFits.value) : MISSING,
      verdictCell(result, targets, paint),
    ];
  });
  return columns([bold(paint, head), ...rows], [0, head.length - 1]);
}

/** The parts of a GPU's memory to scale, one line per GPU. */
export function bars(targets: readonly TargetResult[], width: number): string[] {
  return memoryBars(
    targets.map(({ target, estimate: { memory } }) => ({ label: targetName(target), memory })),
    width,
  );
}

/** Where only some targets count, the others are marked. */
function verdictCell(result: TargetResult, targets: readonly TargetResult[], paint: Paint): string {
  const { verdict } = result.estimate;
  const counts = result.gated || !targets.some(({ gated }) => gated);
  return paint(VERDICT_STYLES[verdict], counts ? verdict : `${verdict} (info)`);
}

function bold(paint: Paint, cells: readonly string[]): string[] {
  return cells.map((text) => paint('bold', text));
}

function cell(memory: Memory | null, field: keyof Memory): string {
  if (memory === null) return MISSING;
  // What is given back is taken off.
  return gibCell(field === 'releasedBytes' ? -memory[field].value : memory[field].value);
}

function bare(text: string): string {
  return text.replace(/ tokens$/, '');
}
