import type { Client, Repository } from './client.ts';
import { unzipOne } from './zip.ts';

/** A report of hundreds of deployments is smaller; an artifact of a fork may be anything. */
const MAX_ARCHIVE_BYTES = 10 * 1024 * 1024;
const MAX_TEXT_BYTES = 20 * 1024 * 1024;

/** A file of an artifact that a workflow run left, as text, or why there is none. Nothing in it may be trusted. */
export async function artifactText(
  client: Client,
  repository: Repository,
  runId: number,
  artifact: string,
  file: string,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const { data } = await client.rest.actions.listWorkflowRunArtifacts({
    ...repository,
    run_id: runId,
    name: artifact,
    per_page: 100,
  });
  const found = data.artifacts.find(({ name, expired }) => name === artifact && !expired);
  if (!found) return { problem: `the run left no artifact called ${artifact}` };
  if (found.size_in_bytes > MAX_ARCHIVE_BYTES) return { problem: `the artifact ${artifact} is too large` };
  const answer = await client.rest.actions.downloadArtifact({
    ...repository,
    artifact_id: found.id,
    archive_format: 'zip',
  });
  const bytes = answer.data instanceof ArrayBuffer ? Buffer.from(answer.data) : null;
  if (bytes === null || bytes.length > MAX_ARCHIVE_BYTES) return { problem: `the artifact ${artifact} is no archive` };
  const content = unzipOne(bytes, file, MAX_TEXT_BYTES);
  return content === null
    ? { problem: `the artifact ${artifact} holds no ${file}` }
    : { text: content.toString('utf8') };
}
