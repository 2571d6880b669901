import { createHash } from 'node:crypto';
import { renderCodeQuality } from '../report/code-quality.ts';
import { renderHtml } from '../report/html/page.ts';
import { jsonOf } from '../report/json.ts';
import { renderJunit } from '../report/junit.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { renderSarif } from '../report/sarif.ts';
import { renderTerminal, type TerminalOptions } from '../report/terminal.ts';
import type { SourceFile } from '../text.ts';
import { type Arguments, single } from './args.ts';
import type { Surroundings } from './surroundings.ts';
import { widthOf } from './width.ts';
import { whatIfOf } from './what-if.ts';
import { table } from '../table.ts';

/** How each format is written, by its name; text is what a person reads. */
const WRITERS: Readonly<Record<string, (report: Report, files: readonly SourceFile[]) => string | Iterable<string>>> =
  table({
    json: jsonOf,
    html: (report) => renderHtml(report, whatIfOf(report)),
    // A terminal or a file has no limit; the limit is a comment's.
    markdown: (report) => renderMarkdown(report, Infinity),
    sarif: (report, files) => renderSarif(report, new Map(files.map((file) => [file.path, file])), 'cli'),
    junit: renderJunit,
    'code-quality': (report) =>
      renderCodeQuality(report, (text) => createHash('sha256').update(text).digest('hex').slice(0, 32)),
  });

/**
 * Prints a report in the format asked for.
 * @param files texts that the recommended edits belong to, where there are any.
 */
export async function printReport(
  report: Report,
  args: Arguments,
  surroundings: Surroundings,
  files: readonly SourceFile[] = [],
): Promise<void> {
  const write = WRITERS[single(args, 'format') ?? 'text'];
  const written = write
    ? write(report, files)
    : renderTerminal(report, { ...terminalOptions(surroundings), verbose: args.values.has('verbose') });
  for (const piece of typeof written === 'string' ? [written] : written) {
    surroundings.out(piece);
    await surroundings.drained?.();
  }
}

/** How wide to write, and whether in colour. */
export function terminalOptions(surroundings: Surroundings): TerminalOptions {
  return { colour: wantsColour(surroundings), width: widthOf(surroundings) };
}

/** As https://no-color.org and https://force-color.org say: a set and not empty NO_COLOR wins. */
function wantsColour({ env, columns }: Surroundings): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return columns !== null && env['TERM'] !== 'dumb';
}
