import { columns, widest, wrap } from '../report/columns.ts';
import { jsonText, logSafe, markdownText } from '../report/escape.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { nearest } from '../nearest.ts';
import { type Arguments, single } from './args.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';
import { widthOf } from './width.ts';

/** A text in less room than this is harder to read than a long line. */
const NARROWEST_TEXT = 30;

/** A catalogue as a table: headings, rows of text, and the same as values for programs. */
export interface Listing {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Columns that hold text, not figures. */
  readonly left: readonly number[];
  readonly values: readonly object[];
}

/** Prints a catalogue in the format asked for. An empty answer to a filter is a wrong name: exit code 2. */
export function printListing(listing: Listing, args: Arguments, surroundings: Surroundings): ExitCode {
  const { head, rows, left, values } = listing;
  const format = single(args, 'format');
  if (format === 'json') surroundings.out(`${jsonText(values)}\n`);
  else if (format === 'markdown') {
    const escaped = rows.map((row) => row.map((cell) => markdownText(cell)));
    surroundings.out(`${markdownTable(head, escaped, (column) => !left.includes(column))}\n`);
  } else surroundings.out(logSafe(`${wrapped([head, ...rows], left, widthOf(surroundings)).join('\n')}\n`));
  return 0;
}

/** The table, its last column of text broken into lines where it is too long for the terminal. */
function wrapped(rows: readonly (readonly string[])[], left: readonly number[], width: number): string[] {
  const last = (rows[0]?.length ?? 1) - 1;
  const before =
    widest(
      columns(
        rows.map((row) => row.slice(0, last)),
        left,
      ),
    ) + 2;
  if (!left.includes(last) || width - before < NARROWEST_TEXT) return columns(rows, left);
  const broken = rows.flatMap((row) =>
    wrap(row[last] ?? '', width - before).map((text, at) => [
      ...row.slice(0, last).map((cell) => (at === 0 ? cell : '')),
      text,
    ]),
  );
  return columns(broken, left);
}

/** Whether one of the names holds every word of the filter, in any case. */
export function matchesFilter(names: readonly string[], filter: string | undefined): boolean {
  const wanted = (filter ?? '').toLowerCase().split(/\s/).filter(Boolean);
  return names.some((name) => wanted.every((word) => name.toLowerCase().includes(word)));
}

/**
 * What to say where nothing matches: the names that may have been meant, else the words of names, and which command lists
 * all.
 */
export function noMatch(
  filter: string | undefined,
  names: readonly string[],
  near: readonly string[],
  all: string,
): string {
  const words = new Set(names.flatMap((name) => name.toLowerCase().match(/[a-z0-9]{3,50}/g) ?? []));
  const meant = near.length > 0 ? near : nearest(filter ?? '', words, undefined, 2);
  return `${meant.length > 0 ? `Did you mean ${meant.join(' or ')}? ` : ''}${all}`;
}
