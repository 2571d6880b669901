import { readFileSync } from 'node:fs';
import { buildSchema, graphql } from 'graphql';
import type { World } from './world.ts';

/** A comment on the pull request. */
export interface Comment {
  readonly id: number;
  body: string;
  readonly author: string;
  minimized?: string;
}

/** A comment on lines of it, with its answers. */
export interface ReviewThread extends Comment {
  readonly path: string;
  /** Absent on a comment on the file as a whole. */
  readonly line?: number;
  readonly start_line?: number;
  readonly subject_type?: 'line' | 'file';
  replies: number;
  resolved: boolean;
  outdated: boolean;
}

export interface MadeCommit {
  readonly branch: string;
  readonly parent: string;
  readonly message: string;
  readonly files: ReadonlyMap<string, string>;
}

export interface GraphqlState {
  readonly comments: Comment[];
  readonly threads: ReviewThread[];
  readonly commits: MadeCommit[];
}

/** GitHub takes no more nodes of a connection at once (docs: node limit). */
const MAX_PAGE = 100;

const schema = buildSchema(readFileSync(new URL('schema.slice.graphql', import.meta.url), 'utf8'), {
  assumeValidSDL: true,
});

interface Request {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

/** Runs a document against GitHub's own schema, cut to what is used; a field that GitHub lacks is refused as GitHub would. */
export async function answerGraphql(
  request: Request,
  world: World,
  state: GraphqlState,
  blobs: (sha: string) => string | null,
): Promise<object> {
  const connection = <T>(all: readonly T[], { first, after }: { first?: number; after?: string | null }) => {
    if (first === undefined || first > MAX_PAGE) throw new Error('Requesting too many records on a connection');
    const start = Number(after ?? 0);
    const hasNextPage = start + first < all.length;
    return {
      nodes: all.slice(start, start + first),
      totalCount: all.length,
      pageInfo: { hasNextPage, endCursor: hasNextPage ? String(start + first) : null },
    };
  };
  const forbidden = (access: string): void => {
    if (access !== 'write') throw new Error('Resource not accessible by integration');
  };
  const own = ({ author }: Comment): boolean => author === world.viewer;
  const commentNode = (comment: Comment) => ({
    id: `IC_${comment.id}`,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    url: `https://github.test/comments/${comment.id}`,
    viewerDidAuthor: own(comment),
    isMinimized: comment.minimized !== undefined,
  });
  const threadNode = (thread: ReviewThread) => ({
    isResolved: thread.resolved,
    isOutdated: thread.outdated,
    comments: (page: { first?: number }) => {
      const answers = Array.from({ length: thread.replies }, () => ({
        fullDatabaseId: '0',
        body: 'an answer',
        viewerDidAuthor: false,
      }));
      const first = { fullDatabaseId: String(thread.id), body: thread.body, viewerDidAuthor: own(thread) };
      return connection([first, ...answers], page);
    },
  });
  const minimize = (subjectId: string, why: string | undefined) => {
    forbidden(world.permissions.pull_requests);
    const found = state.comments.find(({ id }) => `IC_${id}` === subjectId);
    if (!found) throw new Error(`Could not resolve to a node with the global id of '${subjectId}'.`);
    if (why === undefined) delete found.minimized;
    else found.minimized = why;
    return { ...commentNode(found), __typename: 'IssueComment' };
  };
  const rootValue = {
    repository: () => ({
      pullRequest: () => ({
        comments: (page: object) => connection(state.comments.map(commentNode), page),
        reviewThreads: (page: object) => connection(state.threads.map(threadNode), page),
        headRefOid: world.headSha,
      }),
      object: ({ oid }: { oid?: string }) => {
        const text = oid === undefined ? null : blobs(oid);
        if (text === null) return null;
        const isBinary = text.includes('\0');
        return {
          __typename: 'Blob',
          oid,
          text: isBinary ? null : text,
          isBinary,
          byteSize: Buffer.byteLength(text),
          isTruncated: false,
        };
      },
    }),
    minimizeComment: ({ input }: { input: { subjectId: string; classifier: string } }) => ({
      minimizedComment: minimize(input.subjectId, input.classifier),
    }),
    unminimizeComment: ({ input }: { input: { subjectId: string } }) => ({
      unminimizedComment: minimize(input.subjectId, undefined),
    }),
    createCommitOnBranch: ({ input }: { input: CommitInput }) => {
      forbidden(world.permissions.contents);
      if (input.branch.repositoryNameWithOwner !== `${world.owner}/${world.repo}`)
        throw new Error('No such repository');
      if (input.expectedHeadOid !== world.headSha) throw new Error(`Expected branch to point to "${world.headSha}"`);
      const files = input.fileChanges.additions.map(
        ({ path, contents }) => [path, Buffer.from(contents, 'base64').toString('utf8')] as const,
      );
      const message = [input.message.headline, input.message.body].join('\n\n');
      state.commits.push({
        branch: input.branch.branchName,
        parent: input.expectedHeadOid,
        message,
        files: new Map(files),
      });
      return { commit: { oid: 'd'.repeat(40), url: 'https://github.test/commit/d' } };
    },
  };
  const answer = await graphql({
    schema,
    source: request.query,
    rootValue,
    variableValues: request.variables,
  });
  return { ...answer, errors: answer.errors?.map(({ message }) => ({ message })) };
}

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body: string };
  readonly fileChanges: { readonly additions: readonly { readonly path: string; readonly contents: string }[] };
}
