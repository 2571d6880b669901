import { type Client, failureOf, type Repository } from './client.ts';
import { findMarker, type Marker, printMarker } from './marker.ts';

/**
 * How the comment of a later run takes the place of an earlier one; the words are Infracost's.
 * `update`: in place. `new`: beside it. `hide-and-new`, `delete-and-new`: after minimizing or deleting it. `off`: never.
 */
export const COMMENT_MODES = ['update', 'new', 'hide-and-new', 'delete-and-new', 'off'] as const;
export type CommentMode = (typeof COMMENT_MODES)[number];

/** One comment of ours on the pull request. */
interface OwnComment {
  /** Of GraphQL. */
  readonly nodeId: string;
  /** Of REST. */
  readonly commentId: number;
  readonly body: string;
  readonly hidden: boolean;
  readonly marker: Marker;
}

/** What became of the comment. */
export type CommentOutcome =
  | { readonly kind: 'created' | 'updated' | 'unchanged' | 'hidden' | 'deleted'; readonly url: string | null }
  /** A later run has already written; or there was nothing to say and nothing to take back. */
  | { readonly kind: 'superseded' | 'none'; readonly url: null };

export interface CommentWish {
  readonly mode: CommentMode;
  /** Null when there is nothing to say; then only what stands is taken back. */
  readonly body: string | null;
  /** What an existing comment says once there is nothing to say (mode `update`). */
  readonly settled: string;
}

/** Where a comment is put. */
export interface Thread {
  readonly client: Client;
  readonly repository: Repository;
  readonly number: number;
}

/** Who wrote a comment is asked of GitHub itself: a marker that somebody else plants is not ours. */
const COMMENTS = `query ($owner: String!, $repo: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      comments(first: 100, after: $after) {
        nodes { id fullDatabaseId body url viewerDidAuthor isMinimized }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
}`;
const MINIMIZE = `mutation ($id: ID!, $why: ReportedContentClassifiers!) {
  minimizeComment(input: { subjectId: $id, classifier: $why }) { minimizedComment { isMinimized } }
}`;
const UNMINIMIZE = `mutation ($id: ID!) {
  unminimizeComment(input: { subjectId: $id }) { unminimizedComment { isMinimized } }
}`;

interface CommentsAnswer {
  readonly repository: {
    readonly pullRequest: {
      readonly comments: {
        readonly nodes: readonly ({
          readonly id: string;
          readonly fullDatabaseId: string | number | null;
          readonly body: string;
          readonly viewerDidAuthor: boolean;
          readonly isMinimized: boolean;
        } | null)[];
        readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      };
    } | null;
  } | null;
}

/**
 * Puts the text where the mode wants it. Nothing is written when the comment says it already.
 * @throws Octokit's error; the caller says it and goes on.
 */
export async function putComment(thread: Thread, marker: Marker, wish: CommentWish): Promise<CommentOutcome> {
  const { mode, body } = wish;
  if (mode === 'off') return { kind: 'none', url: null };
  const own = await ownComments(thread, marker.id);
  if (own.some((comment) => comment.marker.run > marker.run)) return { kind: 'superseded', url: null };
  if (mode === 'update') return updateInPlace(thread, marker, wish, own);
  const shown = own.filter(({ hidden }) => !hidden);
  const last = shown.at(-1);
  if (last && body !== null && withoutMarker(last.body) === body.trim()) return { kind: 'unchanged', url: null };
  // The new one first: were it refused, the old one would still stand.
  const created = body === null ? null : await create(thread, marker, body);
  if (mode === 'hide-and-new') for (const { nodeId } of shown) await minimize(thread, nodeId, 'OUTDATED');
  if (mode === 'delete-and-new') for (const { commentId } of own) await remove(thread, commentId);
  if (created !== null) return { kind: 'created', url: created };
  if (shown.length === 0 || mode === 'new') return { kind: 'none', url: null };
  return { kind: mode === 'hide-and-new' ? 'hidden' : 'deleted', url: null };
}

async function updateInPlace(
  thread: Thread,
  marker: Marker,
  { body, settled }: CommentWish,
  own: readonly OwnComment[],
): Promise<CommentOutcome> {
  const [first, ...others] = own;
  for (const { commentId } of others) await remove(thread, commentId);
  if (!first) {
    if (body === null) return { kind: 'none', url: null };
    const url = await create(thread, marker, body);
    await settleRace(thread, marker, body);
    return { kind: 'created', url };
  }
  const text = body ?? settled;
  const same = withoutMarker(first.body) === text.trim();
  const url = same ? null : await update(thread, marker, first.commentId, text);
  if (body === null && !first.hidden) await minimize(thread, first.nodeId, 'RESOLVED');
  if (body !== null && first.hidden) await thread.client.graphql(UNMINIMIZE, { id: first.nodeId });
  return { kind: same ? 'unchanged' : 'updated', url };
}

/** Two runs that both found nothing both create: the oldest comment stays and takes the text of the later run. */
async function settleRace(thread: Thread, marker: Marker, body: string): Promise<void> {
  const [oldest, ...others] = await ownComments(thread, marker.id);
  if (!oldest || others.length === 0) return;
  const latest = Math.max(...others.map((one) => one.marker.run));
  if (oldest.marker.run <= marker.run && latest <= marker.run) await update(thread, marker, oldest.commentId, body);
  for (const { commentId } of others) await remove(thread, commentId);
}

async function create({ client, repository, number }: Thread, marker: Marker, body: string): Promise<string> {
  const text = `${printMarker(marker)}\n${body}`;
  const { data } = await client.rest.issues.createComment({ ...repository, issue_number: number, body: text });
  return data.html_url;
}

async function update(
  { client, repository }: Thread,
  marker: Marker,
  commentId: number,
  body: string,
): Promise<string> {
  const text = `${printMarker(marker)}\n${body}`;
  const { data } = await client.rest.issues.updateComment({ ...repository, comment_id: commentId, body: text });
  return data.html_url;
}

/** Gone is gone, whoever took it away. */
async function remove({ client, repository }: Thread, commentId: number): Promise<void> {
  try {
    await client.rest.issues.deleteComment({ ...repository, comment_id: commentId });
  } catch (error) {
    if (failureOf(error).status !== 404) throw error;
  }
}

async function minimize({ client }: Thread, id: string, why: 'OUTDATED' | 'RESOLVED'): Promise<void> {
  await client.graphql(MINIMIZE, { id, why });
}

/** Own comments with the id, the oldest first. Two come of runs that started together. */
async function ownComments({ client, repository, number }: Thread, id: string): Promise<OwnComment[]> {
  const found: OwnComment[] = [];
  let after: string | null = null;
  do {
    const answer: CommentsAnswer = await client.graphql(COMMENTS, { ...repository, number, after });
    const comments = answer.repository?.pullRequest?.comments;
    for (const node of comments?.nodes ?? []) {
      const marker = node?.viewerDidAuthor ? findMarker(node.body, id) : null;
      if (!node || !marker || node.fullDatabaseId === null) continue;
      const { id: nodeId, body, isMinimized: hidden } = node;
      found.push({ nodeId, commentId: Number(node.fullDatabaseId), body, hidden, marker });
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
