import type { Thread } from './comment.ts';

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

/** A review comment of ours that stands on the pull request. */
export interface OwnThread {
  readonly commentId: number;
  readonly print: string;
  /** Somebody answered or resolved it: it is theirs now. */
  readonly touched: boolean;
  readonly outdated: boolean;
}

/**
 * The threads that this id began on the pull request.
 * @throws Octokit's error.
 */
export async function ownThreads({ client, repository, number }: Thread, id: string): Promise<OwnThread[]> {
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
