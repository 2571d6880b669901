import { createHash } from 'node:crypto';
import { failureOf } from './client.ts';
import type { Thread } from './comment.ts';

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
  /** Comments that GitHub would not take where they were put. */
  readonly refused: readonly ReviewComment[];
}

/** More in one review is noise; GitHub refuses more than about a hundred. */
export const MAX_COMMENTS = 30;
/** Comments that are tried one by one after GitHub refused them together; each is a write of its own. */
const MAX_SINGLE = 10;

const THREADS = `query ($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        nodes {
          isResolved
          isOutdated
          comments(first: 1) { totalCount nodes { fullDatabaseId body viewerDidAuthor } }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

interface ThreadsAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly reviewThreads: {
        readonly nodes: readonly (ThreadNode | null)[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    } | null;
  } | null;
}

interface ThreadNode {
  readonly isResolved: boolean;
  readonly isOutdated: boolean;
  readonly comments: {
    readonly totalCount: number;
    readonly nodes: readonly ({
      readonly fullDatabaseId: string | number | null;
      readonly body: string;
      readonly viewerDidAuthor: boolean;
    } | null)[];
  };
}

interface OwnThread {
  readonly commentId: number;
  readonly print: string;
  /** Somebody answered or resolved it: it is theirs now. */
  readonly touched: boolean;
  readonly outdated: boolean;
}

/**
 * Makes the review comments of this id be exactly these: posts the new ones in one review, keeps those that still
 * hold, and deletes own ones that no longer do and that nobody answered. One whose lines have changed since no longer
 * stands for anything: it goes, and its like is posted anew.
 * @throws Octokit's error; the caller puts the changes into the comment instead.
 */
export async function putReview(
  thread: Thread,
  headSha: string,
  id: string,
  comments: readonly ReviewComment[],
): Promise<ReviewOutcome> {
  const wanted = new Map(comments.map((comment) => [fingerprint(comment), comment]));
  let [kept, removed] = [0, 0];
  for (const { commentId, print, touched, outdated } of await ownThreads(thread, id)) {
    if (!outdated && wanted.delete(print)) kept++;
    else if (!touched) {
      await remove(thread, commentId);
      removed++;
    }
  }
  const refused = wanted.size === 0 ? [] : await post(thread, headSha, id, [...wanted]);
  return { posted: wanted.size - refused.length, kept, removed, refused };
}

async function remove({ client, repository }: Thread, commentId: number): Promise<void> {
  try {
    await client.rest.pulls.deleteReviewComment({ ...repository, comment_id: commentId });
  } catch (error) {
    // Another run was quicker.
    if (failureOf(error).status !== 404) throw error;
  }
}

/** One review with all of them; where GitHub refuses it for one bad anchor, each by itself. Gives those refused. */
async function post(
  { client, repository, number }: Thread,
  headSha: string,
  id: string,
  wanted: readonly (readonly [string, ReviewComment])[],
): Promise<readonly ReviewComment[]> {
  // From the bottom up, so that applying one does not shift the others of its file.
  const ordered = wanted.toSorted(([, a], [, b]) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : b.endLine - a.endLine,
  );
  const place = { ...repository, pull_number: number, commit_id: headSha };
  try {
    const body = 'Headroom suggests the values that fit. The breakdown is in its comment on this pull request.';
    await client.rest.pulls.createReview({ ...place, event: 'COMMENT', body, comments: ordered.map(anchored(id)) });
    return [];
  } catch (error) {
    if (failureOf(error).status !== 422) throw error;
  }
  const refused = ordered.slice(MAX_SINGLE).map(([, comment]) => comment);
  for (const one of ordered.slice(0, MAX_SINGLE)) {
    try {
      await client.rest.pulls.createReviewComment({ ...place, ...anchored(id)(one) });
    } catch (error) {
      if (failureOf(error).status !== 422) throw error;
      refused.push(one[1]);
    }
  }
  return refused;
}

function anchored(id: string) {
  return ([print, { path, startLine, endLine, body }]: readonly [string, ReviewComment]) => ({
    path,
    line: endLine,
    side: 'RIGHT' as const,
    // GitHub wants start_line strictly before line, or not at all.
    ...(startLine < endLine ? { start_line: startLine, start_side: 'RIGHT' as const } : {}),
    body: `<!-- headroom:v1:${id}:${print} -->\n${body}`,
  });
}

async function ownThreads({ client, repository, number }: Thread, id: string): Promise<OwnThread[]> {
  const marker = new RegExp(`^<!-- headroom:v1:${id}:([0-9a-f]{16}) -->`);
  const found: OwnThread[] = [];
  let after: string | null = null;
  do {
    const answer: ThreadsAnswer = await client.graphql(THREADS, { ...repository, number, after });
    const threads = answer.repository?.pullRequest?.reviewThreads;
    for (const node of threads?.nodes ?? []) {
      const [first] = node?.comments.nodes ?? [];
      const print = first?.viewerDidAuthor ? marker.exec(first.body)?.[1] : undefined;
      if (!node || !first || print === undefined || first.fullDatabaseId === null) continue;
      const touched = node.isResolved || node.comments.totalCount > 1;
      found.push({ commentId: Number(first.fullDatabaseId), print, touched, outdated: node.isOutdated });
    }
    after = threads?.pageInfo.hasNextPage ? threads.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}

function fingerprint({ path, identity }: ReviewComment): string {
  return createHash('sha256').update(`${path}\n${identity}`).digest('hex').slice(0, 16);
}
