import type { Argument } from '../deployment.ts';
import { engines } from '../engines/index.ts';
import type { EstimateCommandInput } from '../estimate-command.ts';
import { readCommandLine } from '../formats/command-line/index.ts';
import { jsonText, logSafe } from '../report/escape.ts';
import { documentOf } from '../report/json.ts';
import type { Report } from '../report/report.ts';
import { type Arguments, single } from './args.ts';
import { printReport, terminalOptions } from './output.ts';
import { settingsOf, withSettings } from './settings.ts';
import { sideBySide } from './side-by-side.ts';
import { complain, type ExitCode, type Surroundings, type UsageProblem } from './surroundings.ts';
import { sweepOf, type SweepPoint, sweepText } from './sweep.ts';

/** A launch, what is to be set on it, and how it is judged. */
export interface WhatIfInput {
  readonly input: EstimateCommandInput;
  readonly sets: readonly string[];
  readonly sweep: string | null;
  ask(input: EstimateCommandInput): Promise<Report | { readonly problem: string }>;
}

/** `--set` before and after, side by side; `--sweep` as a curve. The exit code is that of what would then be run. */
export async function answerWhatIf(
  { input, sets, sweep, ask }: WhatIfInput,
  args: Arguments,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const format = single(args, 'format') ?? 'text';
  if (sweep !== null && format !== 'text' && format !== 'json') {
    const remedy = 'Take --format json, or leave it out for the table.';
    return complain(surroundings, { problem: `a --sweep cannot be written as ${format}`, remedy });
  }
  const typed = readCommandLine(input.command, engines);
  const engine = 'problem' in typed ? undefined : engines.find(({ id }) => id === typed.engine.id);
  if ('problem' in typed || !engine) {
    const problem = 'problem' in typed ? typed.problem : 'Headroom does not model this engine';
    return complain(surroundings, { problem, remedy: 'Write the command as you would type it.' });
  }
  const judged = async (texts: readonly string[]): Promise<Report | UsageProblem> => {
    const settings: ReadonlyMap<string, Argument> | UsageProblem = settingsOf(
      texts,
      engine,
      sweep === null ? '--set' : '--sweep',
    );
    if ('problem' in settings) return settings;
    const report = await ask({ ...input, changed: (deployment) => withSettings(deployment, settings) });
    return 'problem' in report ? { ...report, remedy: 'Write the command as you would type it.' } : report;
  };
  if (sweep === null) return compare(await judged([]), await judged(sets), args, surroundings);
  const asked = sweepOf(sweep);
  if ('problem' in asked) return complain(surroundings, asked);
  const reports: { readonly value: string; readonly report: Report }[] = [];
  for (const value of asked.values) {
    const report = await judged([...sets, `${asked.key}=${value}`]);
    if ('problem' in report) return complain(surroundings, report);
    reports.push({ value, report });
  }
  if (format === 'json') {
    surroundings.out(`${jsonText(reports.map(({ value, report }) => ({ value, report: documentOf(report) })))}\n`);
  } else {
    const curves = input.targets.map((_, index) =>
      sweepText(
        asked.key,
        reports.flatMap(({ value, report }): SweepPoint[] => {
          const result = report.deployments[0]?.targets[index];
          return result ? [{ value, result }] : [];
        }),
        terminalOptions(surroundings).width,
      ),
    );
    surroundings.out(logSafe(`${curves.join('\n\n')}\n`));
  }
  return reports.every(({ report }) => report.conclusion === 'pass') ? 0 : 1;
}

async function compare(
  before: Report | UsageProblem,
  after: Report | UsageProblem,
  args: Arguments,
  surroundings: Surroundings,
): Promise<ExitCode> {
  if ('problem' in before) return complain(surroundings, before);
  if ('problem' in after) return complain(surroundings, after);
  const format = single(args, 'format') ?? 'text';
  const [was, now] = [before.deployments[0], after.deployments[0]];
  if (format === 'json') surroundings.out(`${jsonText({ before: documentOf(before), after: documentOf(after) })}\n`);
  else if (format !== 'text' || !was || !now) await printReport(after, args, surroundings);
  else surroundings.out(logSafe(sideBySide(was, now, terminalOptions(surroundings).width)));
  return after.conclusion === 'pass' ? 0 : 1;
}
