import type { Memory } from '../estimate.ts';
import { columns, wrap } from './columns.ts';
import { PARTS } from './figures.ts';

/** Characters of the longest bar. */
const BAR_WIDTH = 60;
const NARROWEST_BAR = 10;
/** Room kept for the labels. */
const LABEL_WIDTH = 30;
const NO_BREAK = '\u00A0';

export interface Bar {
  readonly label: string;
  readonly memory: Memory | null;
}

/** The parts of a GPU's memory to scale, a line for each bar, one letter each; `|` is where the GPU ends. Last the legend. */
export function memoryBars(bars: readonly Bar[], width: number): string[] {
  const letters = new Set<string>();
  const cells = Math.max(NARROWEST_BAR, Math.min(BAR_WIDTH, width - LABEL_WIDTH));
  const rows = bars.flatMap(({ label, memory }) => (memory ? [[label, barOf(memory, cells, letters)]] : []));
  if (rows.length === 0) return [];
  const legend = PARTS.filter(({ letter }) => letters.has(letter)).map(({ letter, title }) => `${letter} ${title}`);
  // A line breaks between two letters, never between a letter and what it means.
  const whole = [...legend, '. free', '| end of the GPU'].map((one) => one.replaceAll(' ', NO_BREAK)).join(', ');
  return [...columns(rows, [0, 1]), ...wrap(whole, width).map((line) => line.replaceAll(NO_BREAK, ' '))];
}

function barOf(memory: Memory, cells: number, letters: Set<string>): string {
  const parts = PARTS.map(({ field, letter }) => ({ letter, bytes: Math.max(0, memory[field].value) }));
  const total = memory.totalBytes.value;
  const used = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const at = (bytes: number): number => Math.round((bytes / Math.max(total, used)) * cells);
  let filled = '';
  let sum = 0;
  for (const { letter, bytes } of parts) {
    sum += bytes;
    const more = at(sum) - filled.length;
    if (more > 0) letters.add(letter);
    filled += letter.repeat(Math.max(0, more));
  }
  const limit = at(total);
  const bar = filled.padEnd(limit, '.');
  return `${bar.slice(0, limit)}|${bar.slice(limit)}`;
}
