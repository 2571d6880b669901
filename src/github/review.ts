import { createHash } from 'node:crypto';
import type { Client, Repository } from './client.ts';

/** A review comment to be: lines of the head, right side, all in one hunk. */
export interface ReviewComment {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly body: string;
  /** What it proposes, without line numbers, so that a re-run knows its own. */
  readonly identity: string;
}

export interface ReviewOutcome {
  readonly posted: number;
  readonly kept: number;
  readonly removed: number;
}

/** More in one review is noise; GitHub refuses more than about a hundred. */
export const MAX_COMMENTS = 30;

const THREADS = `query ($owner: String!, $repo: String!, $number: Int!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      reviewThreads(first: 100) {
        nodes { comments(first: 100) { nodes { databaseId body viewerDidAuthor } } }
      }
    }
  }
}`;

interface ThreadsAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewThreads: {
        readonly nodes: readonly {
          readonly comments: {
            readonly nodes: readonly {
              readonly databaseId: number | null;
              readonly body: string;
              readonly viewerDidAuthor: boolean;
            }[];
          };
        }[];
      };
    } | null;
  } | null;
}

/**
 * Makes the review comments of this id be exactly these: posts the new ones in one review, keeps those that still
 * hold, and deletes own ones that no longer do and that nobody answered.
 * @throws Octokit's error; the caller puts the changes into the comment instead.
 */
export async function putReview(
  client: Client,
  repository: Repository,
  number: number,
  headSha: string,
  id: string,
  comments: readonly ReviewComment[],
): Promise<ReviewOutcome> {
  const wanted = new Map(comments.map((comment) => [fingerprint(comment), comment]));
  const standing = await ownThreads(client, repository, number, id);
  let [kept, removed] = [0, 0];
  for (const { commentId, print, answered } of standing) {
    if (wanted.delete(print)) kept++;
    else if (!answered) {
      await client.rest.pulls.deleteReviewComment({ ...repository, comment_id: commentId });
      removed++;
    }
  }
  if (wanted.size > 0) {
    await client.rest.pulls.createReview({
      ...repository,
      pull_number: number,
      commit_id: headSha,
      event: 'COMMENT',
      body: 'Headroom suggests the values that fit. The breakdown is in its comment on this pull request.',
      // From the bottom up, so that applying one does not shift the others of its file.
      comments: [...wanted]
        .sort(([, a], [, b]) => (a.path < b.path ? -1 : a.path > b.path ? 1 : b.endLine - a.endLine))
        .map(anchored(id)),
    });
  }
  return { posted: wanted.size, kept, removed };
}

function anchored(id: string) {
  return ([print, { path, startLine, endLine, body }]: [string, ReviewComment]) => ({
    path,
    line: endLine,
    side: 'RIGHT',
    // GitHub wants start_line strictly before line, or not at all.
    ...(startLine < endLine ? { start_line: startLine, start_side: 'RIGHT' } : {}),
    body: `<!-- headroom:v1:${id}:${print} -->\n${body}`,
  });
}

async function ownThreads(client: Client, repository: Repository, number: number, id: string) {
  const answer: ThreadsAnswer = await client.graphql(THREADS, { ...repository, number });
  const marker = new RegExp(`^<!-- headroom:v1:${id}:([0-9a-f]{16}) -->`);
  return (answer.repository?.pullRequest?.reviewThreads.nodes ?? []).flatMap(({ comments }) => {
    const [first, ...replies] = comments.nodes;
    const print = first?.viewerDidAuthor ? marker.exec(first.body)?.[1] : undefined;
    if (!first || print === undefined || first.databaseId === null) return [];
    return [{ commentId: first.databaseId, print, answered: replies.length > 0 }];
  });
}

function fingerprint({ path, identity }: ReviewComment): string {
  return createHash('sha256').update(`${path}\n${identity}`).digest('hex').slice(0, 16);
}
