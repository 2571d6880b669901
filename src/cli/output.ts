import { renderHtml } from '../report/html/page.ts';
import { renderJson } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { renderTerminal, type TerminalOptions } from '../report/terminal.ts';
import { type Arguments, single } from './args.ts';
import type { Surroundings } from './surroundings.ts';
import { whatIfOf } from './what-if.ts';

/** Width of a log or a file, in characters: what a GitHub job log shows without wrapping. */
const LOG_WIDTH = 120;
const NARROWEST = 40;

/** Prints a report in the format asked for. */
export function printReport(report: Report, args: Arguments, surroundings: Surroundings): void {
  const format = single(args, 'format');
  if (format === 'json') return surroundings.out(renderJson(report));
  if (format === 'html') return surroundings.out(renderHtml(report, whatIfOf(report)));
  // A terminal or a file has no limit; the limit is a comment's.
  if (format === 'markdown') return surroundings.out(renderMarkdown(report, Infinity));
  surroundings.out(renderTerminal(report, terminalOptions(surroundings)));
}

/** How wide to write, and whether in colour. */
export function terminalOptions(surroundings: Surroundings): TerminalOptions {
  return { colour: wantsColour(surroundings), width: Math.max(NARROWEST, surroundings.columns ?? LOG_WIDTH) };
}

/** As https://no-color.org and https://force-color.org say: a set and not empty NO_COLOR wins. */
export function wantsColour({ env, columns }: Surroundings): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return columns !== null && env['TERM'] !== 'dumb';
}
