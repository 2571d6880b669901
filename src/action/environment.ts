import { readFileSync } from 'node:fs';
import type { Repository } from '../github/client.ts';

/** What the runner tells an action through its environment (docs: default environment variables). */
export interface Environment {
  readonly repository: Repository;
  readonly eventName: string;
  readonly payload: unknown;
  /** The commit that started the run. */
  readonly sha: string;
  readonly runNumber: number;
  /** Address of this run, whose summary holds everything; null where the runner does not say. */
  readonly runUrl: string | null;
  readonly workflow: string;
  readonly job: string;
  /** Folder for files of this job. */
  readonly temp: string;
  /** `HF_ENDPOINT` and `HF_TOKEN` of the job, or null. */
  readonly hubEndpoint: string | null;
  readonly hubToken: string | null;
}

/** A payload is at most 25 MB (docs: webhook events and payloads). */
const MAX_PAYLOAD_BYTES = 25 * 1024 * 1024;

export function readEnvironment(env: NodeJS.ProcessEnv): Environment | { readonly problem: string } {
  const [owner, repo] = (env['GITHUB_REPOSITORY'] ?? '').split('/');
  if (!owner || !repo) return { problem: 'GITHUB_REPOSITORY is not set; this program runs inside GitHub Actions' };
  let payload: unknown = null;
  try {
    const text = readFileSync(env['GITHUB_EVENT_PATH'] ?? '', 'utf8');
    if (text.length <= MAX_PAYLOAD_BYTES) payload = JSON.parse(text);
  } catch {
    return { problem: 'the event payload at GITHUB_EVENT_PATH cannot be read' };
  }
  return {
    repository: { owner, repo },
    eventName: env['GITHUB_EVENT_NAME'] ?? '',
    payload,
    sha: env['GITHUB_SHA'] ?? '',
    runNumber: Number(env['GITHUB_RUN_NUMBER']) || 0,
    runUrl: runUrlOf(env, owner, repo),
    workflow: env['GITHUB_WORKFLOW'] ?? '',
    job: env['GITHUB_JOB'] ?? '',
    temp: env['RUNNER_TEMP'] ?? '.',
    hubEndpoint: env['HF_ENDPOINT'] || null,
    hubToken: env['HF_TOKEN'] || null,
  };
}

/** What is put into a link: nothing but an address over TLS or plain HTTP that the runner itself gives. */
function runUrlOf(env: NodeJS.ProcessEnv, owner: string, repo: string): string | null {
  const [server, id] = [env['GITHUB_SERVER_URL'] ?? '', env['GITHUB_RUN_ID'] ?? ''];
  if (!/^https?:\/\/[\w.-]+(?::\d+)?$/.test(server) || !/^\d+$/.test(id)) return null;
  return `${server}/${owner}/${repo}/actions/runs/${id}`;
}
