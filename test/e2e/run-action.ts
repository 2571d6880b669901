import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import payloads from '../github/payloads.json' with { type: 'json' };
import type { World } from '../github-api/world.ts';

export interface Ran {
  readonly code: number;
  readonly log: string;
  readonly summary: string;
  readonly outputs: string;
  /** Files that the action left beside the job, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/** Folder of the bundle; another one is named to test a build before it is committed. */
const DIST = process.env['HEADROOM_DIST'] ?? new URL('../../dist', import.meta.url).pathname;

/**
 * Runs the bundled action as GitHub's runner does: a child process with the runner's environment and nothing else.
 * @param more variables of the runner's own (a proxy).
 */
export async function runAction(
  world: World,
  url: string,
  inputs: Readonly<Record<string, string>> = {},
  event = 'pull_request',
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-'));
  const at = (name: string): string => join(folder, name);
  for (const name of ['output', 'summary', 'state', 'env', 'path']) writeFileSync(at(name), '');
  writeFileSync(at('event.json'), JSON.stringify(payloadOf(world, event)));
  const given = { 'github-token': world.token, ...inputs };
  const env = {
    PATH: process.env['PATH'] ?? '',
    GITHUB_API_URL: url,
    GITHUB_GRAPHQL_URL: `${url}/graphql`,
    GITHUB_SERVER_URL: 'https://github.test',
    GITHUB_REPOSITORY: `${world.owner}/${world.repo}`,
    GITHUB_EVENT_NAME: event,
    GITHUB_EVENT_PATH: at('event.json'),
    GITHUB_SHA: world.headSha,
    GITHUB_REF: `refs/pull/${world.number}/merge`,
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_WORKFLOW: 'Gate',
    GITHUB_JOB: 'headroom',
    GITHUB_OUTPUT: at('output'),
    GITHUB_STEP_SUMMARY: at('summary'),
    GITHUB_STATE: at('state'),
    GITHUB_ENV: at('env'),
    GITHUB_PATH: at('path'),
    GITHUB_WORKSPACE: folder,
    RUNNER_TEMP: folder,
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    ...more,
  };
  const script = join(DIST, 'action.js');
  const ran = await new Promise<{ code: number; log: string }>((resolve) => {
    execFile(process.execPath, [script], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), log: stdout + stderr });
    });
  });
  const [summary, outputs] = [readFileSync(at('summary'), 'utf8'), readFileSync(at('output'), 'utf8')];
  const left = readdirSync(folder).filter((name) => name.startsWith('headroom'));
  const files = new Map(left.map((name) => [name, readFileSync(at(name), 'utf8')]));
  rmSync(folder, { recursive: true });
  return { ...ran, summary, outputs, files };
}

/** Run of the first workflow, whose artifact the second step reads. */
export const FIRST_RUN = 4711;

/** GitHub's own samples of the payloads, about this pull request. */
function payloadOf(world: World, event: string): object {
  const { number, baseSha, headSha, headBranch, headRepository, changedFiles } = world;
  const counted = changedFiles === null ? { changed_files: undefined } : { changed_files: changedFiles };
  if (event === 'push') return { ...payloads.push[0], before: baseSha, after: headSha };
  if (event === 'merge_group') {
    const ends = { base_sha: baseSha, head_sha: headSha };
    return { ...payloads.merge_group, merge_group: { ...payloads.merge_group.merge_group, ...ends } };
  }
  if (event === 'workflow_dispatch') return payloads.workflow_dispatch;
  if (event === 'workflow_run') {
    const head = { head_sha: headSha, head_branch: headBranch, head_repository: { full_name: headRepository } };
    const run = { id: FIRST_RUN, event: 'pull_request', pull_requests: [], ...head };
    return { ...payloads.workflow_run, workflow_run: { ...payloads.workflow_run.workflow_run, ...run } };
  }
  const { pull_request: sample } = payloads.pull_request;
  const ends = { base: { ...sample.base, sha: baseSha }, head: { ...sample.head, sha: headSha } };
  return { ...payloads.pull_request, number, pull_request: { ...sample, number, ...ends, ...counted } };
}
