import type { Client, Repository } from './client.ts';
import { findMarker, type Marker, printMarker } from './marker.ts';

/** One comment of ours on the pull request. */
interface OwnComment {
  readonly commentId: number;
  readonly body: string;
  readonly marker: Marker;
}

/** What became of the comment. */
export type CommentOutcome =
  | { readonly kind: 'created' | 'updated' | 'unchanged'; readonly url: string | null }
  /** A later run has already written; or there was nothing to say and nothing to take back. */
  | { readonly kind: 'superseded' | 'none'; readonly url: null };

/** Who wrote a comment is asked of GitHub itself: a marker that somebody else plants is not ours. */
const COMMENTS = `query ($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        nodes { databaseId body viewerDidAuthor isMinimized }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;

interface CommentsAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly comments: {
        readonly nodes: readonly {
          readonly databaseId: number | null;
          readonly body: string;
          readonly viewerDidAuthor: boolean;
        }[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    } | null;
  } | null;
}

/**
 * Puts the text into the one comment of this id: creates it, updates it in place, or leaves it when nothing changed.
 * @param body null when there is nothing to say; then only an existing comment is brought up to date with `settled`.
 * @throws Octokit's error; the caller says it and goes on.
 */
export async function putComment(
  client: Client,
  repository: Repository,
  number: number,
  marker: Marker,
  body: string | null,
  settled: string,
): Promise<CommentOutcome> {
  const own = await ownComments(client, repository, number, marker.id);
  if (own.some((comment) => comment.marker.run > marker.run)) return { kind: 'superseded', url: null };
  const [first, ...others] = own;
  for (const { commentId } of others) await client.rest.issues.deleteComment({ ...repository, comment_id: commentId });
  if (!first) {
    if (body === null) return { kind: 'none', url: null };
    const created = await client.rest.issues.createComment({
      ...repository,
      issue_number: number,
      body: `${printMarker(marker)}\n${body}`,
    });
    return { kind: 'created', url: created.data.html_url };
  }
  const text = body ?? settled;
  if (withoutMarker(first.body) === text.trim()) return { kind: 'unchanged', url: null };
  const updated = await client.rest.issues.updateComment({
    ...repository,
    comment_id: first.commentId,
    body: `${printMarker(marker)}\n${text}`,
  });
  return { kind: 'updated', url: updated.data.html_url };
}

/** Own comments with the id, the oldest first. Two come of runs that started together. */
async function ownComments(client: Client, repository: Repository, number: number, id: string): Promise<OwnComment[]> {
  const found: OwnComment[] = [];
  let after: string | null = null;
  do {
    const answer: CommentsAnswer = await client.graphql(COMMENTS, { ...repository, number, after });
    const comments = answer.repository?.pullRequest?.comments;
    for (const { databaseId, body, viewerDidAuthor } of comments?.nodes ?? []) {
      const marker = viewerDidAuthor ? findMarker(body, id) : null;
      if (marker && databaseId !== null) found.push({ commentId: databaseId, body, marker });
    }
    after = comments?.pageInfo.hasNextPage ? comments.pageInfo.endCursor : null;
  } while (after !== null);
  return found.sort((a, b) => a.commentId - b.commentId);
}

function withoutMarker(body: string): string {
  return body
    .replace(/\r\n/g, '\n')
    .replace(/^<!--[^>]*-->\n/, '')
    .trim();
}
