/**
 * Cuts the types and fields that Headroom asks for out of GitHub's published GraphQL schema, for the fake GitHub of the tests:
 *   npm i --ignore-scripts --prefix /tmp/graphql @octokit/graphql-schema
 *   node scripts/slice-graphql.ts /tmp/graphql/node_modules/@octokit/graphql-schema/schema.graphql
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DefinitionNode, type FieldDefinitionNode, Kind, parse, print, type TypeNode, visit } from 'graphql';

/** Fields by type; what they take and what scalars and inputs they need comes along whole. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  Query: ['repository', 'viewer'],
  Mutation: ['createCommitOnBranch', 'minimizeComment', 'unminimizeComment'],
  User: ['login'],
  Repository: ['pullRequest', 'object', 'ref', 'nameWithOwner'],
  GitObject: ['oid'],
  Blob: ['oid', 'text', 'isBinary', 'isTruncated', 'byteSize'],
  Commit: ['oid', 'url', 'message'],
  Ref: ['name', 'target'],
  PullRequest: ['comments', 'reviewThreads', 'headRefOid', 'headRefName'],
  IssueCommentConnection: ['nodes', 'pageInfo'],
  IssueComment: ['id', 'fullDatabaseId', 'body', 'viewerDidAuthor', 'isMinimized', 'url'],
  PageInfo: ['hasNextPage', 'endCursor'],
  PullRequestReviewThreadConnection: ['nodes', 'pageInfo'],
  PullRequestReviewThread: ['isResolved', 'isOutdated', 'comments'],
  PullRequestReviewCommentConnection: ['nodes', 'totalCount'],
  PullRequestReviewComment: ['id', 'fullDatabaseId', 'body', 'viewerDidAuthor', 'isMinimized', 'path'],
  CreateCommitOnBranchPayload: ['commit', 'ref'],
  MinimizeCommentPayload: ['minimizedComment'],
  UnminimizeCommentPayload: ['unminimizedComment'],
  Minimizable: ['isMinimized'],
};
/** Interfaces and unions that stay; a type keeps only these of its own. */
const KEPT_ABSTRACT = new Set(['GitObject', 'Minimizable']);

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: slice-graphql.ts PATH_OF_SCHEMA_GRAPHQL');
const whole = new Map<string, DefinitionNode>();
for (const definition of parse(readFileSync(source, 'utf8')).definitions) {
  if ('name' in definition && definition.name) whole.set(definition.name.value, definition);
}

const kept = new Map<string, DefinitionNode>();
for (const name of Object.keys(FIELDS)) keep(name);
const text = [...kept.values()]
  .map((definition) => visit(definition, { StringValue: { enter: (node) => (node.block ? null : undefined) } }))
  .map((definition) => print(definition))
  .sort()
  .join('\n\n');
writeFileSync(new URL('../test/github-api/schema.slice.graphql', import.meta.url), `${text}\n`);

/** Takes a type over, of an object or interface only the listed fields, and whatever inputs and scalars those name. */
function keep(name: string): void {
  const definition = whole.get(name);
  if (!definition || kept.has(name)) return;
  if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
    const fields = (definition.fields ?? []).filter((field) => FIELDS[name]?.includes(field.name.value));
    const interfaces = (definition.interfaces ?? []).filter((one) => KEPT_ABSTRACT.has(one.name.value));
    kept.set(name, { ...definition, fields, interfaces, directives: [] });
    for (const field of fields) keepTypesOf(field);
    return;
  }
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) return;
  kept.set(name, definition);
  if (definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
    for (const field of definition.fields ?? []) keep(nameOf(field.type));
}

function keepTypesOf(field: FieldDefinitionNode): void {
  for (const argument of field.arguments ?? []) keep(nameOf(argument.type));
  const name = nameOf(field.type);
  if (name in FIELDS || !isComposite(name)) keep(name);
  else throw new Error(`${name}, the type of ${field.name.value}, has no entry in FIELDS`);
}

function isComposite(name: string): boolean {
  const kind = whole.get(name)?.kind;
  return (
    kind === Kind.OBJECT_TYPE_DEFINITION ||
    kind === Kind.INTERFACE_TYPE_DEFINITION ||
    kind === Kind.UNION_TYPE_DEFINITION
  );
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}
