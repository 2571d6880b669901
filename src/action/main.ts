import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { error, info, notice, setFailed, setOutput, setSecret, summary, warning } from '@actions/core';
import modelData from '../catalogue/models.json' with { type: 'json' };
import { type Client, makeClient, sayFailure } from '../github/client.ts';
import { type Occasion, occasionOf } from '../github/event.ts';
import { type Changes, pullRequestFiles, rangeFiles, readAt } from '../github/files.ts';
import { MARKER_ID } from '../github/marker.ts';
import { loadHardware } from '../hardware/gpus.ts';
import { makeModelCatalogue } from '../models/catalogue.ts';
import { FACTS_PATH } from '../models/facts-file.ts';
import { defaultPolicy, parsePolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/policy.ts';
import { logSafe, markdownText } from '../report/escape.ts';
import { renderJson } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { renderTerminal } from '../report/terminal.ts';
import { BY_GRAVITY, gravest } from '../report/verdicts.ts';
import type { SourceFile } from '../text.ts';
import { VERSION } from '../version.ts';
import { type Delivered, deliver } from './deliver.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { gatherAndCheck } from './gather.ts';
import { factsAt, hubOf } from './model-facts.ts';
import { type Inputs, readInputs } from './inputs.ts';

/** GitHub drops a summary of more than 1 MiB whole (actions/runner, CreateStepSummaryCommand). */
const SUMMARY_LIMIT_BYTES = 900_000;
/** GitHub keeps ten annotations of each kind per step (actions/runner, ExecutionContext); the last error is the verdict. */
const MAX_ANNOTATIONS = 9;

/** One run of the action. Sets the exit code by the verdict alone; trouble with reporting is said and changes nothing. */
export async function run(): Promise<void> {
  const inputs = readInputs();
  if ('problem' in inputs) return stop(inputs.problem);
  setSecret(inputs.token);
  if (inputs.hubToken !== null) setSecret(inputs.hubToken);
  const environment = readEnvironment(process.env);
  if ('problem' in environment) return stop(environment.problem);
  const client = makeClient(inputs.token);
  try {
    await judge(inputs, environment, client);
  } catch (failure) {
    stop(sayFailure('Headroom could not read the pull request, so nothing was judged', failure));
  }
}

type Judged = Extract<Occasion, { kind: 'pull_request' | 'range' }>;

async function judge(inputs: Inputs, environment: Environment, client: Client): Promise<void> {
  const occasion = await completed(
    occasionOf(environment.eventName, environment.payload, inputs.pullRequest),
    environment,
    client,
  );
  if (occasion.kind === 'nothing') {
    notice(`Headroom judged nothing: ${occasion.reason}.`);
    return setOutputs(null, null, null);
  }
  const { repository } = environment;
  const changes: Changes =
    occasion.kind === 'pull_request'
      ? await pullRequestFiles(client, repository, occasion.number, occasion.changedFiles)
      : await rangeFiles(client, repository, occasion.baseSha, occasion.headSha);
  const hardware = loadHardware();
  const written = await readAt(client, repository, inputs.policyPath, occasion.baseSha);
  const policy = policyOf(written, inputs, hardware);
  if (policy === null) return;
  const facts = await factsAt(client, environment, occasion.baseSha);
  if (facts !== null && 'problem' in facts) return stop(`${facts.problem} Nothing was judged.`);
  const hub = await hubOf(inputs, policy, environment);
  if (hub !== null && 'problem' in hub) return stop(`${hub.problem}, so nothing was judged`);
  const input = { policy, hardware, models: makeModelCatalogue(modelData), facts, version: VERSION };
  const { headSha } = occasion;
  const gathered = await gatherAndCheck(client, repository, headSha, changes, input, hub?.hub ?? null);
  const { report, files, notRead } = gathered;
  const policyChanged = changes.files.some(({ path }) => path === inputs.policyPath);
  const notes = [
    ...(policyChanged
      ? [
          `This change touches the policy ${inputs.policyPath}. It was judged by the policy of the base; the new one holds once it is merged.`,
        ]
      : []),
    ...(changes.files.some(({ path }) => path === FACTS_PATH)
      ? [
          `This change touches ${FACTS_PATH}. It was judged by the facts of the base; the new ones hold once it is merged.`,
        ]
      : []),
    ...(hub?.notes ?? []),
    ...notRead,
  ];
  info(logSafe(renderTerminal(report, { colour: false, width: 160 })));
  const delivered = await tell(inputs, environment, client, occasion, changes, report, files, notes);
  for (const text of [...notes, ...delivered.drops]) warning(logSafe(text));
  annotate(report);
  await writeSummary(report, [...notes, ...delivered.drops]);
  setOutputs(report, delivered.commentUrl, writeReport(report, environment));
  if (report.deployments.length + report.unsupported.length === 0) notice('Headroom: no serving config is changed.');
  if (report.conclusion === 'fail') setFailed(`Headroom: ${report.reasons.join('; ')}`);
}

/** A pull request of which only the number is known, with its commits. */
async function completed(
  occasion: Occasion,
  { repository }: Environment,
  client: Client,
): Promise<Judged | Extract<Occasion, { kind: 'nothing' }>> {
  if (occasion.kind !== 'pull_request_number') return occasion;
  const { data } = await client.rest.pulls.get({ ...repository, pull_number: occasion.number });
  return {
    kind: 'pull_request',
    number: occasion.number,
    baseSha: data.base.sha,
    headSha: data.head.sha,
    changedFiles: data.changed_files,
  };
}

/** The policy of the base branch under the inputs; null (and the step failed) when it is wrong. */
function policyOf(file: SourceFile | null, inputs: Inputs, hardware: ReturnType<typeof loadHardware>): Policy | null {
  const parsed = file === null ? { policy: defaultPolicy() } : parsePolicy(file, hardware);
  if ('problems' in parsed) {
    for (const { place, message, remedy } of parsed.problems.slice(0, MAX_ANNOTATIONS)) {
      error(`${message}. ${remedy}`, { file: place.file, startLine: place.line, title: 'Headroom policy' });
    }
    stop(
      `the policy ${inputs.policyPath} of the base branch has ${parsed.problems.length} problem(s), so nothing was judged`,
    );
    return null;
  }
  return inputs.failOn === null ? parsed.policy : { ...parsed.policy, failOn: inputs.failOn };
}

/** Comment and suggestions, where there is a pull request to write them on. */
async function tell(
  inputs: Inputs,
  environment: Environment,
  client: Client,
  occasion: Judged,
  changes: Changes,
  report: Report,
  files: ReadonlyMap<string, SourceFile>,
  notes: readonly string[],
): Promise<Delivered> {
  if (occasion.kind !== 'pull_request') return { commentUrl: null, drops: [] };
  const marker = { id: inputs.commentId ?? markerId(environment), run: environment.runNumber, sha: occasion.headSha };
  const { repository } = environment;
  try {
    return await deliver({
      client,
      repository,
      number: occasion.number,
      marker,
      report,
      files,
      changed: changes.files,
      notes,
      inputs,
    });
  } catch (failure) {
    return { commentUrl: null, drops: [sayFailure('Nothing could be written to the pull request', failure)] };
  }
}

/** Workflow and job keep the comments of two jobs apart without anyone configuring it. */
function markerId({ workflow, job }: Environment): string {
  const slug = `${workflow}-${job}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-|-$/g, '');
  return MARKER_ID.test(slug) ? slug : 'default';
}

function annotate(report: Report): void {
  const findings = [...report.deployments.flatMap((result) => result.findings), ...report.findings];
  const say = { error, warning, info: notice };
  for (const severity of ['error', 'warning', 'info'] as const) {
    const own = findings.filter((finding) => finding.severity === severity);
    for (const { rule, place, message, remedy } of own.slice(0, MAX_ANNOTATIONS)) {
      say[severity](`${message} ${remedy}`, { file: place.file, startLine: place.line, title: `Headroom: ${rule}` });
    }
  }
}

async function writeSummary(report: Report, notes: readonly string[]): Promise<void> {
  try {
    const said = notes.map((note) => `> ${markdownText(note)}\n`).join('>\n');
    await summary.addRaw(`${renderMarkdown(report, SUMMARY_LIMIT_BYTES)}\n${said}`).write();
  } catch (failure) {
    warning(logSafe(sayFailure('The job summary could not be written', failure)));
  }
}

/** Writes the JSON report beside the job's other files; null when the disk refuses. */
function writeReport(report: Report, { temp }: Environment): string | null {
  const path = join(temp, 'headroom-report.json');
  try {
    writeFileSync(path, renderJson(report));
    return path;
  } catch (failure) {
    warning(logSafe(sayFailure('The JSON report could not be written', failure)));
    return null;
  }
}

function setOutputs(report: Report | null, commentUrl: string | null, path: string | null): void {
  const verdicts = (report?.deployments ?? []).map(gravest);
  setOutput('conclusion', report?.conclusion ?? 'pass');
  setOutput('verdict', BY_GRAVITY.find((verdict) => verdicts.includes(verdict)) ?? 'none');
  setOutput('deployments', verdicts.length);
  setOutput('failing', verdicts.filter((verdict) => verdict === 'fails').length);
  setOutput('comment-url', commentUrl ?? '');
  setOutput('report', path ?? '');
}

/** Ends the run without a verdict: the step fails, for what was not judged must not pass. */
function stop(problem: string): void {
  setFailed(logSafe(`Headroom: ${problem}`));
}
