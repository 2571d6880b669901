/**
 * Holds the estimates against public start-up logs: prints how far they are off, and writes docs/accuracy.md.
 * `node scripts/accuracy.ts [calibration|validation] [--cases] [--accept]`; `--cases` lists every figure. Only a run over
 * both sides writes the document. `--accept` makes the present figures those that the tests allow no worse than.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { SIDES, type Side } from '../test/accuracy/cases.ts';
import { componentFigures, targetFigures } from '../test/accuracy/targets.ts';
import {
  accuracyGenerators,
  benchOf,
  componentGrid,
  leftOutGrid,
  missGrid,
  sliceGrid,
  targetGrid,
  verdictGrid,
  worstGrid,
  type Bench,
  type Grid,
} from './docs/accuracy-tables.ts';
import { llamaGrid } from './docs/llama-accuracy.ts';
import { fillDocument } from './docs/fill.ts';
import { otherEngineGenerators } from './docs/other-engines.ts';
import { sglangBench, sglangGrids } from './docs/sglang-accuracy.ts';
import { targetFigures as sglangFigures } from '../test/accuracy/sglang/figures.ts';

const asked = SIDES.filter((side) => process.argv.includes(side));
for (const side of asked.length > 0 ? asked : SIDES) print(side);
if (asked.length === 0) {
  const url = new URL('../docs/accuracy.md', import.meta.url);
  writeFileSync(url, fillDocument(readFileSync(url, 'utf8'), { ...accuracyGenerators, ...otherEngineGenerators }));
}
if (process.argv.includes('--accept')) {
  const { judged, rows } = benchOf('validation');
  const text = `${JSON.stringify([...targetFigures(judged, rows), ...componentFigures(rows)], null, 2)}\n`;
  writeFileSync(new URL('../test/accuracy/baseline.json', import.meta.url), text);
  const sglang = `${JSON.stringify(sglangFigures(sglangBench('validation').rows), null, 2)}\n`;
  writeFileSync(new URL('../test/accuracy/sglang/baseline.json', import.meta.url), sglang);
}

function print(side: Side): void {
  const bench = benchOf(side);
  process.stdout.write(`\n${side}: ${bench.judged.length} of ${bench.evaluated.length} logs evaluated\n`);
  const grids = [leftOutGrid, componentGrid, sliceGrid, verdictGrid, missGrid, worstGrid, targetGrid];
  for (const grid of grids) process.stdout.write(`\n${aligned(grid(bench))}\n`);
  process.stdout.write(`\n${aligned(llamaGrid(side))}\n`);
  if (process.argv.includes('--cases')) process.stdout.write(`\n${aligned(caseGrid(bench))}\n`);
  const sglang = sglangBench(side);
  process.stdout.write(`\nSGLang, ${side}: ${sglang.judged.length} of ${sglang.evaluated.length} logs evaluated\n`);
  for (const grid of sglangGrids(sglang)) process.stdout.write(`\n${aligned(grid)}\n`);
}

/** Every figure of every case, farthest off first. */
function caseGrid({ rows }: Bench): Grid {
  const sorted = rows.toSorted((a, b) => Math.abs(b.errorFraction) - Math.abs(a.errorFraction));
  return {
    title: 'every figure',
    head: ['log', 'figure', 'predicted', 'low', 'high', 'logged', 'error', ''],
    rows: sorted.map(({ judged, component, predicted, low, high, measured, errorFraction, covered }) => [
      judged.logCase.id,
      component,
      ...[predicted, low, high, measured].map((value) => value.toFixed(measured > 1000 ? 0 : 2)),
      `${(errorFraction * 100).toFixed(2)} %`,
      covered ? '' : 'outside',
    ]),
  };
}

/** The first column to the left, the others to the right. */
function aligned({ title, head, rows }: Grid): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`;
  return [title, line(head), ...rows.map(line)].join('\n');
}
