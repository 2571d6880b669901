import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { error, notice, setOutput, summary, warning } from '@actions/core';
import { sayFailure } from '../github/client.ts';
import { annotationsOf } from '../report/annotations.ts';
import { patchSection } from '../report/comment.ts';
import { logSafe } from '../report/escape.ts';
import { renderJson } from '../report/json.ts';
import { quotes, renderMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { renderSarif } from '../report/sarif.ts';
import { BY_GRAVITY, gravest, runsOnGpu } from '../report/verdicts.ts';
import type { SourceFile } from '../text.ts';
import type { Environment } from './environment.ts';
import { copiedPatch, wholePatch } from './proposals.ts';

/** GitHub drops a summary of more than 1 MiB whole (actions/runner, CreateStepSummaryCommand). */
const SUMMARY_LIMIT_BYTES = 900_000;
/** Notes in the summary. */
const MAX_NOTES = 100;
/** A job's outputs together may have 1 MB, counted in UTF-16 (docs: limits); a report that is larger is in its file alone. */
const MAX_OUTPUT_CHARACTERS = 200_000;
/** Name of the report in the job's folder, and so inside the artifact that the second step for forks reads. */
export const REPORT_FILE = 'headroom-report.json';

/** Findings on the lines that they are about, within GitHub's limits. */
export function annotate(report: Report): void {
  const { shown, left } = annotationsOf(report);
  const say = { error, warning, info: notice };
  for (const { severity, file, line, title, message } of shown)
    say[severity](message, { file, startLine: line, title });
  if (left > 0) notice(`${left} more findings than GitHub annotates are in the job summary.`, { title: 'Headroom' });
}

/**
 * The report with its patch as the job's summary; null when nothing was judged.
 * @param notes what else is to be said below it.
 */
export async function writeSummary(
  judged: Pick<Written, 'report' | 'files'> | null,
  notes: readonly string[],
): Promise<void> {
  const said = quotes(notes, MAX_NOTES);
  const patch =
    judged === null ? '' : patchSection(copiedPatch(judged.report, judged.files), 'The values that fit, as a patch');
  const room = SUMMARY_LIMIT_BYTES - Buffer.byteLength(said + patch);
  const body = judged === null ? '' : renderMarkdown(judged.report, room).trimEnd();
  try {
    await summary.addRaw(`${[body, said, patch].filter((part) => part !== '').join('\n\n')}\n`).write();
  } catch (failure) {
    warning(logSafe(sayFailure('The job summary could not be written', failure)));
  }
}

export interface Written {
  readonly report: Report;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly commentUrl: string | null;
  /** Keeps the SARIF results of several uses apart. */
  readonly category: string;
}

/** The files beside the job and the outputs that name them; with null the outputs of a run that judged nothing. */
export function setOutputs(written: Written | null, environment: Environment): void {
  const report = written?.report ?? null;
  const results = report?.deployments ?? [];
  // What runs on no GPU has no verdict.
  const verdicts = results.filter(runsOnGpu).map(gravest);
  const json = report === null ? '' : renderJson(report);
  const patch = written === null ? '' : wholePatch(written.report, written.files);
  setOutput('conclusion', report?.conclusion ?? 'pass');
  setOutput('verdict', BY_GRAVITY.find((verdict) => verdicts.includes(verdict)) ?? 'none');
  setOutput('deployments', results.length);
  setOutput('changed', results.filter(({ comparison }) => comparison?.kind !== 'unchanged').length);
  for (const [name, verdict] of [
    ['failing', 'fails'],
    ['tight', 'tight'],
    ['degraded', 'degraded'],
    ['unknown', 'unknown'],
  ] as const)
    setOutput(name, verdicts.filter((one) => one === verdict).length);
  setOutput('unsupported', report?.unsupported.length ?? 0);
  setOutput('comment-url', written?.commentUrl ?? '');
  setOutput('report', json === '' ? '' : beside(environment, REPORT_FILE, json));
  setOutput('json', json.length <= MAX_OUTPUT_CHARACTERS ? json : '');
  setOutput(
    'sarif',
    written === null
      ? ''
      : beside(environment, 'headroom.sarif', renderSarif(written.report, written.files, written.category)),
  );
  setOutput('patch', patch === '' ? '' : beside(environment, 'headroom.patch', patch));
}

/** Writes a file beside the job's other files and gives its path; empty when the disk refuses, which is said. */
function beside({ temp }: Environment, name: string, text: string): string {
  const path = join(temp, name);
  try {
    writeFileSync(path, text);
    return path;
  } catch (failure) {
    warning(logSafe(sayFailure(`${name} could not be written`, failure)));
    return '';
  }
}
