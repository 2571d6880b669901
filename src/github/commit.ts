import type { Client, Repository } from './client.ts';
import type { PullRequest } from './pull-request.ts';

/** Whole new contents of a file. */
export interface NewContent {
  readonly path: string;
  readonly text: string;
}

export interface CommitText {
  readonly headline: string;
  readonly body: string;
}

/** Ends the message of every commit of ours; a head that carries it is never committed on again. */
const TRAILER = 'Committed-by: Headroom';
/** Where the follow-up pull requests of this action have their branches. */
const BRANCH_PREFIX = 'headroom/';

const COMMIT = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid url } }
}`;

interface CommitAnswer {
  readonly createCommitOnBranch: { readonly commit: { readonly oid: string; readonly url: string } | null } | null;
}

/** Why a pull request is not committed to, in words; null when it may be. */
export async function refusalToCommit(
  client: Client,
  repository: Repository,
  { headRepository, headBranch, headSha }: PullRequest,
): Promise<string | null> {
  if (headRepository?.toLowerCase() !== `${repository.owner}/${repository.repo}`.toLowerCase()) {
    return 'Nothing was committed: the branch is in a fork, which this token cannot write to. The suggestions and the patch hold the values.';
  }
  if (headBranch.startsWith(BRANCH_PREFIX)) {
    return 'Nothing was committed: this pull request is one of Headroom itself.';
  }
  const { data } = await client.rest.repos.getCommit({ ...repository, ref: headSha, per_page: 1 });
  if (data.commit.message.includes(TRAILER)) {
    return 'Nothing was committed: the last commit is one of Headroom itself, and a second would not do better.';
  }
  return null;
}

/**
 * One signed commit on top of the head. GitHub refuses it when the branch has moved since.
 * @throws Octokit's error.
 */
export async function commitTo(
  client: Client,
  repository: Repository,
  branchName: string,
  headSha: string,
  files: readonly NewContent[],
  text: CommitText,
): Promise<{ readonly sha: string; readonly url: string }> {
  const additions = files.map((file) => ({ path: file.path, contents: Buffer.from(file.text).toString('base64') }));
  const answer: CommitAnswer = await client.graphql(COMMIT, {
    input: {
      branch: { repositoryNameWithOwner: `${repository.owner}/${repository.repo}`, branchName },
      expectedHeadOid: headSha,
      message: { headline: text.headline, body: `${text.body}\n\n${TRAILER}` },
      fileChanges: { additions },
    },
  });
  const commit = answer.createCommitOnBranch?.commit;
  if (!commit) throw new Error('GitHub made no commit');
  return { sha: commit.oid, url: commit.url };
}

/**
 * The same commit on a branch of its own, and a pull request of it onto the branch of the pull request. A branch that an
 * earlier run left is set back to the head first.
 * @throws Octokit's error.
 */
export async function followUp(
  client: Client,
  repository: Repository,
  { number, headBranch, headSha }: PullRequest,
  files: readonly NewContent[],
  text: CommitText,
): Promise<{ readonly url: string }> {
  const branch = `${BRANCH_PREFIX}pr-${number}`;
  const [existing] = (
    await client.rest.pulls.list({
      ...repository,
      state: 'open',
      head: `${repository.owner}:${branch}`,
      base: headBranch,
    })
  ).data;
  if (existing) {
    const { data } = await client.rest.repos.getCommit({ ...repository, ref: existing.head.sha, per_page: 1 });
    if (data.parents.some(({ sha }) => sha === headSha)) return { url: existing.html_url };
  }
  await branchAt(client, repository, branch, headSha);
  await commitTo(client, repository, branch, headSha, files, text);
  if (existing) return { url: existing.html_url };
  const { data } = await client.rest.pulls.create({
    ...repository,
    title: text.headline,
    head: branch,
    base: headBranch,
    body: text.body,
  });
  return { url: data.html_url };
}

async function branchAt(client: Client, repository: Repository, branch: string, sha: string): Promise<void> {
  try {
    await client.rest.git.createRef({ ...repository, ref: `refs/heads/${branch}`, sha });
  } catch (error) {
    if ((error as { status?: unknown } | null)?.status !== 422) throw error;
    await client.rest.git.updateRef({ ...repository, ref: `heads/${branch}`, sha, force: true });
  }
}
