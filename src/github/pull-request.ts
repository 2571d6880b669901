import type { Client, Repository } from './client.ts';

/** What is needed of a pull request beside its files. */
export interface PullRequest {
  readonly number: number;
  readonly baseSha: string;
  readonly headSha: string;
  readonly headBranch: string;
  /** `owner/name`; null when the fork was deleted. */
  readonly headRepository: string | null;
  readonly open: boolean;
  readonly changedFiles: number;
}

export async function pullRequestOf(client: Client, repository: Repository, number: number): Promise<PullRequest> {
  const { data } = await client.rest.pulls.get({ ...repository, pull_number: number });
  return {
    number,
    baseSha: data.base.sha,
    headSha: data.head.sha,
    headBranch: data.head.ref,
    headRepository: data.head.repo?.full_name ?? null,
    open: data.state === 'open',
    changedFiles: data.changed_files,
  };
}

/**
 * The open pull request whose head is exactly this commit of that branch and repository. A number that an artifact states is
 * not asked: it comes from whoever wrote the pull request.
 */
export async function pullRequestAt(
  client: Client,
  repository: Repository,
  head: { readonly headSha: string; readonly headBranch: string; readonly headRepository: string },
): Promise<number | null> {
  const [owner = ''] = head.headRepository.split('/');
  const { data } = await client.rest.pulls.list({
    ...repository,
    state: 'open',
    head: `${owner}:${head.headBranch}`,
    per_page: 100,
  });
  const same = data.filter((one) => one.head.sha === head.headSha && one.head.repo?.full_name === head.headRepository);
  return same[0]?.number ?? null;
}
