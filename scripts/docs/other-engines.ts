import type { Grid } from './accuracy-tables.ts';
import { table, type Generators } from './fill.ts';
import { llamaGrid } from './llama-accuracy.ts';
import { byFigure, leftOut, promised, sglangBench } from './sglang-accuracy.ts';

/** The tables of docs/accuracy.md on the engines beside vLLM. */
export const otherEngineGenerators: Generators = {
  'accuracy-sglang-targets': () => markdown(promised(sglangBench('validation'))),
  'accuracy-sglang-components': () => markdown(byFigure(sglangBench('validation'))),
  'accuracy-sglang-left-out': () => markdown(leftOut(sglangBench('validation'))),
  'accuracy-llama': () => markdown(llamaGrid('validation')),
};

function markdown({ head, rows }: Grid): string {
  return table(head, rows);
}
