import { llamaBench, type LlamaSide } from '../../test/accuracy/llama-cpp/cases.ts';
import { scoresOf } from '../../test/accuracy/llama-cpp/statistics.ts';
import type { Grid } from './accuracy-tables.ts';

/** How far llama.cpp's buffers are off, by part. */
export function llamaGrid(side: LlamaSide): Grid {
  const bench = llamaBench(side);
  const evaluated = new Set(bench.figures.map(({ id }) => id)).size;
  return {
    title: `llama.cpp: ${evaluated} of ${bench.logs} logs evaluated`,
    head: ['buffer', 'figures', 'within 1 MiB', 'median', 'p90', 'inside the interval'],
    rows: scoresOf(bench).map(({ part, figures, withinMib, median, p90, covered }) => [
      part,
      String(figures),
      String(withinMib),
      `${median.toFixed(2)} %`,
      `${p90.toFixed(2)} %`,
      String(covered),
    ]),
  };
}
