/** A comment on the pull request, or on lines of it. */
export interface Comment {
  readonly id: number;
  body: string;
  readonly author: string;
}

const FIELDS = { comments: 'databaseId body viewerDidAuthor isMinimized', threads: 'databaseId body viewerDidAuthor' };
const HEAD =
  /^query ?\(\$owner: String!, \$repo: String!, \$number: Int!(?:, \$after: String)?\) \{ repository\(owner: \$owner, name: \$repo\) \{ pullRequest\(number: \$number\) \{ /;
const COMMENTS = `comments(first: 100, after: $after) { nodes { ${FIELDS.comments} } pageInfo { hasNextPage endCursor } } } } }`;
const THREADS = `reviewThreads(first: 100) { nodes { comments(first: 100) { nodes { ${FIELDS.threads} } } } } } } }`;

/** Answers the two queries that Headroom asks and refuses every other, as GitHub refuses a field that it lacks. */
export function answerGraphql(
  query: string,
  after: string | null,
  viewer: string,
  comments: readonly Comment[],
  threads: readonly Comment[],
): object {
  const flat = query.replace(/\s+/g, ' ').trim();
  const asked = flat.replace(HEAD, '');
  const node = ({ id, body, author }: Comment) => ({ databaseId: id, body, viewerDidAuthor: author === viewer });
  const pullRequest = (content: object) => ({ data: { repository: { pullRequest: content } } });
  if (asked !== flat && asked === COMMENTS) {
    const start = Number(after ?? 0);
    const nodes = comments.slice(start, start + 100).map((comment) => ({ ...node(comment), isMinimized: false }));
    const hasNextPage = start + 100 < comments.length;
    return pullRequest({
      comments: { nodes, pageInfo: { hasNextPage, endCursor: hasNextPage ? String(start + 100) : null } },
    });
  }
  if (asked !== flat && asked === THREADS) {
    return pullRequest({
      reviewThreads: { nodes: threads.map((comment) => ({ comments: { nodes: [node(comment)] } })) },
    });
  }
  return { errors: [{ message: `The fake does not know this query: ${flat}` }] };
}
