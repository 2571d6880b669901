import type { TextEdit } from '../edit.ts';
import type { Report } from '../report/report.ts';
import { isUnknown } from '../report/headline.ts';
import { hanging } from '../report/terminal-short.ts';
import { runsOnGpu } from '../report/verdicts.ts';
import { type Arguments, single } from './args.ts';
import { writeBaseline } from './baseline.ts';
import { editedFiles, filesToEdit, fixesOf, withTexts, writeFiles } from './fixes.ts';
import { printReport, terminalOptions } from './output.ts';
import { prepare } from './prepare.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

/** `headroom check`: judges the serving configs under the paths; with `--fix`, after the recommended edits. */
export async function runCheck(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const prepared = await prepare(args, surroundings);
  if ('problem' in prepared) return complain(surroundings, prepared);
  const { root, input, run } = prepared;
  if (args.values.has('write-baseline')) return writeBaseline(prepared, surroundings);
  let judged = input;
  let report = await run(judged);
  if (args.values.has('fix')) {
    const edits = fixesOf(report).fixes.flatMap((fix) => fix.edits);
    const files = editedFiles(filesToEdit(input, edits), edits);
    const problem = writeFiles(root, files);
    if (problem !== null) return complain(surroundings, problem);
    for (const { path } of files) surroundings.err(`headroom: changed ${path}\n`);
    if (files.length > 0) {
      judged = withTexts(input, files);
      report = await run(judged);
    }
  }
  await printReport(report, args, surroundings, filesToEdit(judged, editsOf(report)));
  const next = nextStep(report);
  if (next !== null && (single(args, 'format') ?? 'text') === 'text')
    surroundings.out(`${hanging('→ ', next, terminalOptions(surroundings).width).join('\n')}\n`);
  return report.conclusion === 'pass' ? 0 : 1;
}

/** Every edit that the report recommends. */
function editsOf({ deployments }: Report): readonly TextEdit[] {
  return deployments.flatMap(({ recommendation }) => recommendation?.changes.flatMap(({ edits }) => edits) ?? []);
}

/** What to do where no GPU counts, so that nothing is gated yet. */
function nextStep({ deployments, unsupported }: Report): string | null {
  if (deployments.length + unsupported.length === 0)
    return "If there is one, Headroom's docs/formats.md says what is read: no Markdown, no notebooks, nothing that .gitignore names. headroom estimate -- COMMAND judges a command line.";
  if (!deployments.some(runsOnGpu) || deployments.some(({ targets }) => targets.some(({ gated }) => gated)))
    return null;
  return deployments.filter(runsOnGpu).every(isUnknown)
    ? 'headroom init writes a policy that says what is missing.'
    : 'Name your GPUs: --gpu l4 judges on one now, headroom init writes a policy with them.';
}
