import { wrap } from '../report/columns.ts';
import type { Surroundings } from './surroundings.ts';

/** Width of a log or a file, in characters: what a GitHub job log shows without wrapping. */
const LOG_WIDTH = 120;
const NARROWEST = 40;
/** A width of nobody's terminal. */
const WIDEST = 1_000;

/** How wide to write, in characters: as the terminal is, else as `COLUMNS` says, but never too narrow for a word and its mark. */
export function widthOf({ columns, env }: Pick<Surroundings, 'columns' | 'env'>): number {
  const told = Number(env['COLUMNS']);
  return Math.max(NARROWEST, columns ?? (told > 0 ? Math.min(told, WIDEST) : LOG_WIDTH));
}

/**
 * Texts behind names, the names as a column of their own; a text goes on under its own beginning, or under its name where
 * there is too little room beside it.
 */
export function described(
  entries: readonly { readonly name: string; readonly text: string }[],
  width: number,
): string[] {
  const column = Math.max(...entries.map(({ name }) => name.length));
  const room = width - column - 4;
  return entries.flatMap(({ name, text }) =>
    room < NARROWEST
      ? [`  ${name}`, ...wrap(text, width - 6).map((line) => `      ${line}`)]
      : wrap(text, room).map((line, at) => `  ${(at === 0 ? name : '').padEnd(column)}  ${line}`),
  );
}
