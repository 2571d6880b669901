import type { Estimate, Memory } from '../estimate.ts';
import { targetName } from '../hardware/gpu.ts';
import { memoryBars } from './bars.ts';
import { targetBefore } from './compare.ts';
import { markdownText } from './escape.ts';
import { COLUMNS, fieldsOf, figure, gibCell, interval, TITLES, times } from './figures.ts';
import { markdownTable } from './markdown-table.ts';
import type { DeploymentResult, TargetResult } from './report.ts';
import { VERDICT_ICONS } from './verdicts.ts';
import { grouped } from '../text.ts';

/** GPUs side by side in one table; more are put below each other. */
const MAX_SIDE_BY_SIDE = 4;
/** Characters of a line of code that a comment shows without a scroll bar. */
const CODE_WIDTH = 96;
const MISSING = '–';
const ARROW = ' → ';

/** What decides, a row per GPU; a figure that the change moves is shown before → after. Empty when nothing is or was known. */
export function overviewTable(result: DeploymentResult): string {
  const { targets } = result;
  const estimates = targets.flatMap((one) => [one.estimate, targetBefore(result, one)?.estimate ?? one.estimate]);
  if (estimates.every(({ verdict, memory }) => verdict === 'unknown' && memory === null)) return '';
  const figures = [
    ['peak', 'peakBytes'],
    ['free', 'freeBytes'],
    ['KV cache', 'kvCacheBytes'],
    ['KV tokens', 'kvCacheTokens'],
    ['concurrency', 'maxConcurrency'],
    ['longest length that fits', 'maxModelLenThatFits'],
  ] as const;
  return markdownTable(
    ['GPU', 'verdict', ...figures.map(([title]) => title)],
    targets.map((one) => {
      const before = targetBefore(result, one)?.estimate ?? null;
      return [
        markdownText(targetName(one.target)),
        verdictCell(one, before, targets),
        ...figures.map(([, field]) => moved(field, before?.memory ?? null, one.estimate.memory)),
      ];
    }),
    (column) => column > 1,
  );
}

function verdictCell(
  { estimate: { verdict }, gated }: TargetResult,
  before: Estimate | null,
  targets: readonly TargetResult[],
): string {
  const counts = gated || !targets.some((one) => one.gated);
  const was = before === null || before.verdict === verdict ? '' : before.verdict + ARROW;
  return `${was}${VERDICT_ICONS[verdict]} ${verdict}${counts ? '' : ' (info)'}`;
}

/** `3.58 → 1.20 GiB`; the figure alone where both read the same. */
function moved(field: keyof Memory, before: Memory | null, now: Memory | null): string {
  if (now === null) return before === null ? MISSING : `${short(field, before)}${ARROW}${MISSING}`;
  const text = short(field, now);
  const was = before === null ? text : short(field, before);
  const unit = field.endsWith('Bytes') ? ' GiB' : '';
  return (was === text ? text : was + ARROW + text) + unit;
}

function short(field: keyof Memory, memory: Memory): string {
  if (field.endsWith('Bytes')) return minus(gibCell(partBytes(memory, field)));
  const { value } = memory[field];
  return field === 'maxConcurrency' ? times(value) : grouped(value);
}

/** Bars of the GPUs, with one for the base where the change moves it. Empty when nothing is known. */
export function barsBlock(result: DeploymentResult, targets: readonly TargetResult[]): string {
  const lines = memoryBars(
    targets.flatMap((one) => {
      const name = targetName(one.target);
      const { memory } = one.estimate;
      const before = targetBefore(result, one)?.estimate.memory ?? null;
      if (before === null || memory === null || looksTheSame(before, memory)) return [{ label: name, memory }];
      return [
        { label: `${name} before`, memory: before },
        { label: `${name} now`, memory },
      ];
    }),
    CODE_WIDTH,
  );
  return lines.length === 0 ? '' : `\`\`\`text\n${lines.join('\n')}\n\`\`\``;
}

function looksTheSame(a: Memory, b: Memory): boolean {
  const [one, other] = [a, b].map((memory) => memoryBars([{ label: '', memory }], CODE_WIDTH)[0]);
  return one === other;
}

/** Rows of a parts table: the parts that make the total, what is given back among them, then what one request needs. */
const PART_ROWS = [
  ...COLUMNS.filter(({ field }) => field !== 'totalBytes' && field !== 'freeBytes'),
  { field: 'releasedBytes', title: 'released' },
  { field: 'freeBytes', title: 'free' },
  { field: 'totalBytes', title: 'total' },
  { field: 'kvCacheNeededBytes', title: 'KV cache that one request of the full length needs' },
] as const;

function sameParts(a: Memory, b: Memory): boolean {
  return PART_ROWS.every(({ field }) => gibCell(a[field].value) === gibCell(b[field].value));
}

/** Bytes as they stand in a column that adds up to the total: what is given back is taken off, and no cache is less than none. */
function partBytes(memory: Memory, field: keyof Memory): number {
  const { value } = memory[field];
  if (field === 'releasedBytes') return -value;
  return field === 'kvCacheBytes' ? Math.max(0, value) : value;
}

/**
 * The parts of the memory: before, now and the difference where there is a before; else the GPUs side by side. Parts
 * that are nothing everywhere are left out.
 */
export function partsTables(result: DeploymentResult, targets: readonly TargetResult[]): string[] {
  const known = targets.filter(({ estimate }) => estimate.memory !== null);
  const compared = known.filter((one) => {
    const before = targetBefore(result, one)?.estimate.memory;
    return before && one.estimate.memory && !sameParts(before, one.estimate.memory);
  });
  const plain = known.filter((one) => !compared.includes(one));
  const tables = compared.map((one) => differenceTable(result, one));
  for (let at = 0; at < plain.length; at += MAX_SIDE_BY_SIDE) {
    tables.push(sideBySide(plain.slice(at, at + MAX_SIDE_BY_SIDE)));
  }
  return tables;
}

function differenceTable(result: DeploymentResult, one: TargetResult): string {
  const before = targetBefore(result, one)?.estimate.memory;
  const now = one.estimate.memory;
  if (!before || !now) return '';
  const rows = PART_ROWS.flatMap(({ field, title }) => {
    const [was, is] = [gibCell(partBytes(before, field)), gibCell(partBytes(now, field))];
    if (isNothing(was) && isNothing(is)) return [];
    const difference = gibCell(partBytes(now, field) - partBytes(before, field));
    return [[title, minus(was), minus(is), isNothing(difference) ? '' : signed(difference)]];
  });
  const head = [`GiB on ${markdownText(targetName(one.target))}`, 'before', 'now', 'difference'];
  return markdownTable(head, rows, (column) => column > 0);
}

function sideBySide(targets: readonly TargetResult[]): string {
  const rows = PART_ROWS.flatMap(({ field, title }) => {
    const cells = targets.map(({ estimate: { memory } }) => (memory ? gibCell(partBytes(memory, field)) : MISSING));
    return cells.every(isNothing) ? [] : [[title, ...cells.map(minus)]];
  });
  const head = ['GiB per GPU', ...targets.map(({ target }) => markdownText(targetName(target)))];
  return markdownTable(head, rows, (column) => column > 0);
}

function isNothing(cell: string): boolean {
  return cell === '0.00' || cell === '-0.00';
}

function signed(cell: string): string {
  return cell.startsWith('-') ? minus(cell) : `+${cell}`;
}

function minus(cell: string): string {
  return cell.replace(/^-/, '−');
}

/** The interval of a figure, with the sign that a minus has in text. */
export function spread(field: keyof Memory, memory: Memory): string {
  return interval(field, memory[field]).replace(/-(?=\d)/g, '−');
}

/** Every figure of one GPU with its interval, where it comes from and how it came about. */
export function workingTable({ target, estimate: { memory, working } }: TargetResult): string {
  if (memory === null) return '';
  const rows = fieldsOf(memory).map((field) => [
    TITLES[field],
    figure(field, memory[field].value).replace(/^-/, '−'),
    spread(field, memory),
    memory[field].basis,
    markdownText(working[field] ?? ''),
  ]);
  const table = markdownTable(
    ['per GPU', 'expected', 'interval', 'basis', 'working'],
    rows,
    (column) => column === 1 || column === 2,
  );
  return `**${markdownText(targetName(target))}**\n\n${table}`;
}
