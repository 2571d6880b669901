import { info, notice, setFailed, setSecret, warning } from '@actions/core';
import modelData from '../catalogue/models.json' with { type: 'json' };
import { type Client, makeClient, sayFailure } from '../github/client.ts';
import { type Occasion, occasionOf } from '../github/event.ts';
import {
  type Changes,
  commitFiles,
  isCandidate,
  isSubmodule,
  mayLaunch,
  pullRequestFiles,
  rangeFiles,
} from '../github/files.ts';
import { pullRequestOf } from '../github/pull-request.ts';
import { loadHardware } from '../hardware/gpus.ts';
import { makeModelCatalogue } from '../models/catalogue.ts';
import { logSafe } from '../report/escape.ts';
import type { Report } from '../report/report.ts';
import { renderTerminal } from '../report/terminal.ts';
import { VERSION } from '../version.ts';
import { judgesChanged, policyAt } from './base-files.ts';
import { type Delivered, type Delivery, deliver } from './deliver.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { type Ends, gatherAndCheck } from './gather.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { markerId } from './marker-id.ts';
import { factsAt, hubOf } from './model-facts.ts';
import { annotate, setOutputs, writeSummary } from './outputs.ts';
import { writeUp } from './second-step.ts';

/** One run of the action. Sets the exit code by the verdict alone; trouble with reporting is said and changes nothing. */
export async function run(): Promise<void> {
  const inputs = readInputs();
  if ('problem' in inputs) return stop(inputs.problem);
  setSecret(inputs.token);
  if (inputs.hubToken !== null) setSecret(inputs.hubToken);
  const environment = readEnvironment(process.env);
  if ('problem' in environment) return stop(environment.problem);
  const client = makeClient(inputs.token);
  const occasion = occasionOf(environment.eventName, environment.payload, inputs.pullRequest, environment.sha);
  if (occasion.kind === 'nothing') {
    notice(logSafe(`Headroom judged nothing: ${occasion.reason}.`));
    return setOutputs(null, environment);
  }
  if (occasion.kind === 'workflow_run') return writeUp(occasion, inputs, environment, client);
  try {
    await judge(inputs, environment, client, occasion);
  } catch (failure) {
    stop(sayFailure('Headroom could not read the change, so nothing was judged', failure));
  }
}

/** A pull request of which all is known, two commits without one, or one commit as a whole. */
type Judged = Extract<Occasion, { kind: 'pull_request' | 'range' | 'commit' }>;

async function judge(
  inputs: Inputs,
  environment: Environment,
  client: Client,
  given: Judged | Extract<Occasion, { kind: 'pull_request_number' }>,
): Promise<void> {
  const { repository } = environment;
  const occasion =
    given.kind === 'pull_request_number'
      ? { ...(await pullRequestOf(client, repository, given.number)), kind: 'pull_request' as const }
      : given;
  const changes = await changesOf(client, repository, occasion);
  // One commit as a whole is judged by its own policy; nobody can slip anything past a base.
  const ends = { headSha: occasion.headSha, baseSha: occasion.kind === 'commit' ? occasion.headSha : occasion.baseSha };
  if (!isRelevant(changes)) return nothingChanged(inputs, environment, client, occasion, changes, ends);
  const hardware = loadHardware();
  const [judges, facts] = await Promise.all([
    policyAt(client, environment, inputs, ends.baseSha, hardware),
    factsAt(client, environment, ends.baseSha),
  ]);
  if ('problem' in judges) return stop(judges.problem);
  const { policy } = judges;
  if (facts !== null && 'problem' in facts) return stop(`${facts.problem} Nothing was judged.`);
  const hub = await hubOf(inputs, policy, environment);
  if (hub !== null && 'problem' in hub) return stop(`${hub.problem}, so nothing was judged`);
  const input = { policy, hardware, models: makeModelCatalogue(modelData), facts, today: today(), version: VERSION };
  const gathered = await gatherAndCheck(client, repository, ends, changes, input, hub?.hub ?? null);
  const { files, asides } = gathered;
  const notRead = [...(hub?.notes ?? []), ...gathered.notRead];
  const report = { ...gathered.report, commits: { base: ends.baseSha, head: ends.headSha } };
  const notes = changes.whole
    ? []
    : await judgesChanged(client, environment, inputs, changes, ends.headSha, judges, hardware);
  info(logSafe(renderTerminal(report, { colour: false, width: 160 })));
  const delivered = await tell(inputs, environment, client, occasion, changes, {
    report,
    files,
    notes,
    asides: notRead,
  });
  for (const text of [...notes, ...notRead, ...delivered.drops]) warning(logSafe(text));
  for (const text of asides) info(logSafe(text));
  annotate(report);
  await writeSummary({ report, files }, [...notes, ...notRead, ...delivered.drops, ...asides]);
  const category = inputs.commentId ?? markerId(environment);
  setOutputs({ report, files, commentUrl: delivered.commentUrl, category }, environment);
  if (report.deployments.length + report.unsupported.length === 0) notice('Headroom: no serving config is changed.');
  if (report.conclusion === 'fail') setFailed(logSafe(`Headroom: ${report.reasons.join('; ')}`));
}

/** The day on which waivers are held to their last one, in UTC. */
function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function changesOf(client: Client, repository: Environment['repository'], occasion: Judged): Promise<Changes> {
  if (occasion.kind === 'commit') return commitFiles(client, repository, occasion.headSha);
  return occasion.kind === 'pull_request'
    ? pullRequestFiles(client, repository, occasion.number, occasion.changedFiles, occasion)
    : rangeFiles(client, repository, occasion.baseSha, occasion.headSha);
}

/** Whether any file of the change could hold a launch, or be read by one. Lock files say which engine is installed. */
function isRelevant({ files, missing }: Changes): boolean {
  if (missing.length > 0) return true;
  return files.some(
    (file) => mayLaunch(file.path) || isCandidate(file) || /\.lock$/i.test(file.path) || isSubmodule(file),
  );
}

/** Passes at once. Only what an earlier run said is brought up to date. */
async function nothingChanged(
  inputs: Inputs,
  environment: Environment,
  client: Client,
  occasion: Judged,
  changes: Changes,
  ends: Ends,
): Promise<void> {
  const text = `No serving config is among the ${changes.files.length} changed files.`;
  const report: Report = {
    version: VERSION,
    deployments: [],
    unsupported: [],
    findings: [],
    policyPath: null,
    failOn: [],
    filesRead: 0,
    conclusion: 'pass',
    reasons: [],
    commits: { base: ends.baseSha, head: ends.headSha },
  };
  const { commentUrl, drops } = await tell(inputs, environment, client, occasion, changes, {
    report,
    files: new Map(),
    notes: [],
    asides: [],
  });
  for (const drop of drops) warning(logSafe(drop));
  notice(`Headroom: ${text}`);
  await writeSummary(null, [text, ...drops]);
  setOutputs(
    { report, files: new Map(), commentUrl, category: inputs.commentId ?? markerId(environment) },
    environment,
  );
}

/** Comment and suggestions, where there is a pull request to write them on. */
async function tell(
  inputs: Inputs,
  environment: Environment,
  client: Client,
  occasion: Judged,
  changes: Changes,
  what: Pick<Delivery, 'report' | 'files' | 'notes' | 'asides'>,
): Promise<Delivered> {
  if (occasion.kind !== 'pull_request') return { commentUrl: null, drops: [] };
  const { repository, runNumber, runUrl } = environment;
  const marker = { id: inputs.commentId ?? markerId(environment), run: runNumber, sha: occasion.headSha };
  const { number } = occasion;
  try {
    return await deliver({ ...what, client, repository, number, marker, changed: changes.files, inputs, runUrl });
  } catch (failure) {
    return { commentUrl: null, drops: [sayFailure('Nothing could be written to the pull request', failure)] };
  }
}

/** Ends the run without a verdict: the step fails, for what was not judged must not pass. */
function stop(problem: string): void {
  setFailed(logSafe(`Headroom: ${problem}`));
}
