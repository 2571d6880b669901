import { columns } from '../report/columns.ts';
import { jsonText, logSafe, markdownText } from '../report/escape.ts';
import { markdownTable } from '../report/markdown-table.ts';
import { type Arguments, single } from './args.ts';
import type { ExitCode, Surroundings } from './surroundings.ts';

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
  } else surroundings.out(logSafe(`${columns([head, ...rows], left).join('\n')}\n`));
  return 0;
}

/** Whether one of the names holds the filter, in any case. */
export function matchesFilter(names: readonly string[], filter: string | undefined): boolean {
  const wanted = (filter ?? '').toLowerCase();
  return names.some((name) => name.toLowerCase().includes(wanted));
}
