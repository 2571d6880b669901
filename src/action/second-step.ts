import { notice, setOutput, warning } from '@actions/core';
import { artifactText } from '../github/artifact.ts';
import { type Client, sayFailure } from '../github/client.ts';
import { putComment } from '../github/comment.ts';
import type { Occasion } from '../github/event.ts';
import { pullRequestAt } from '../github/pull-request.ts';
import { loadHardware } from '../hardware/gpus.ts';
import { renderComment } from '../report/comment.ts';
import { logSafe } from '../report/escape.ts';
import { readReport } from '../report/read.ts';
import type { Environment } from './environment.ts';
import type { Inputs } from './inputs.ts';
import { markerId } from './marker-id.ts';
import { REPORT_FILE } from './outputs.ts';

const NOTE =
  'This pull request comes from a fork: the figures are those that its own run of the check reported. The check itself decides, not this comment.';
const SETTLED = 'No serving config is changed by this pull request any more.';

/**
 * The second step for forks: writes up what the run of the pull request found. The artifact comes from whoever wrote the pull
 * request, so it is held against the published schema, rendered anew, and gives neither the number of the pull request nor
 * any suggestion. Nothing here fails the step: the first step is the gate.
 */
export async function writeUp(
  occasion: Extract<Occasion, { kind: 'workflow_run' }>,
  inputs: Inputs,
  environment: Environment,
  client: Client,
): Promise<void> {
  setOutput('comment-url', '');
  try {
    const said = await commentFor(occasion, inputs, environment, client);
    notice(logSafe(`Headroom: ${said}.`));
  } catch (failure) {
    warning(logSafe(sayFailure('The report of the pull request could not be written up', failure)));
  }
}

/** What became of it, in words. */
async function commentFor(
  occasion: Extract<Occasion, { kind: 'workflow_run' }>,
  inputs: Inputs,
  environment: Environment,
  client: Client,
): Promise<string> {
  const { repository } = environment;
  const number = await pullRequestAt(client, repository, occasion);
  if (number === null) return 'no open pull request has the head that was judged; a later run will answer';
  const found = await artifactText(client, repository, occasion.runId, inputs.reportArtifact, REPORT_FILE);
  if ('problem' in found) return `nothing was written, ${found.problem}`;
  const report = readReport(found.text, loadHardware());
  if ('problem' in report) return `nothing was written, the report is not to be used: ${report.problem}`;
  if (report.commits?.head !== occasion.headSha) return 'nothing was written, the report is of another commit';
  const relevant = report.deployments.length + report.unsupported.length > 0;
  const text = renderComment({ report, notes: [NOTE], asides: [], patch: '', runUrl: null });
  const outcome = await putComment(
    { client, repository, number },
    { id: inputs.commentId ?? markerId(environment), run: environment.runNumber, sha: occasion.headSha },
    { mode: inputs.commentMode, body: relevant ? text : null, settled: SETTLED },
  );
  setOutput('comment-url', outcome.url ?? '');
  return `the comment on pull request ${number} is ${outcome.kind}`;
}
