/**
 * Cuts the operations that Headroom calls out of GitHub's published description, for the fake GitHub of the tests:
 *   npm i --ignore-scripts --prefix /tmp/openapi @octokit/openapi
 *   node scripts/slice-openapi.ts /tmp/openapi/node_modules/@octokit/openapi/generated/api.github.com.json
 */
import { readFileSync, writeFileSync } from 'node:fs';

type Json = Record<string, unknown>;

const OPERATIONS = new Set([
  'pulls/get',
  'pulls/list',
  'pulls/create',
  'pulls/list-files',
  'git/get-blob',
  'git/get-tree',
  'git/get-ref',
  'git/create-ref',
  'git/update-ref',
  'repos/get',
  'repos/get-content',
  'repos/get-commit',
  'repos/compare-commits-with-basehead',
  'repos/list-pull-requests-associated-with-commit',
  'issues/list-comments',
  'issues/create-comment',
  'issues/update-comment',
  'issues/delete-comment',
  'pulls/create-review',
  'pulls/list-review-comments',
  'pulls/create-review-comment',
  'pulls/delete-review-comment',
  'actions/list-workflow-run-artifacts',
  'actions/download-artifact',
]);

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error('usage: slice-openapi.ts PATH_OF_API_GITHUB_COM_JSON');
const whole = JSON.parse(readFileSync(source, 'utf8')) as Json & { paths: Record<string, Record<string, Json>> };
const components: Record<string, Json> = {};

const paths: Record<string, Json> = {};
for (const [path, methods] of Object.entries(whole.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!OPERATIONS.has(String(operation['operationId']))) continue;
    const { operationId, parameters, requestBody } = operation;
    // Answers are the fake's own; only requests are held against the description.
    const kept = { operationId, parameters, ...(requestBody ? { requestBody: closed(requestBody) } : {}) };
    paths[path] = {
      ...paths[path],
      [method]: { ...(lean(kept, false) as Json), responses: { default: { description: '' } } },
    };
  }
}
writeFileSync(
  new URL('../test/github-api/openapi.slice.json', import.meta.url),
  `${JSON.stringify({ openapi: whole['openapi'], info: { ...pick(whole['info'] as Json) }, paths, components }, null, 1)}\n`,
);

function pick({ title, version, license }: Json): Json {
  return { title, version, license };
}

/** Copies without descriptions and examples, and brings along whatever a `$ref` names. `isMap`: keys are names. */
function lean(value: unknown, isMap: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => lean(item, false));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Json = {};
  for (const [key, inner] of Object.entries(value)) {
    if (!isMap && (key === 'description' || key === 'example' || key === 'examples' || key === 'externalDocs'))
      continue;
    if (key === '$ref' && typeof inner === 'string') bring(inner);
    copy[key] = lean(inner, !isMap && key === 'properties');
  }
  return copy;
}

function bring(ref: string): void {
  const [, , kind = '', name = ''] = ref.split('/');
  const group = (components[kind] ??= {});
  if (name in group) return;
  group[name] = {};
  group[name] = lean(((whole['components'] as Record<string, Json>)[kind] ?? {})[name], false);
}

/** GitHub's request bodies allow unknown properties, which lets a misspelt one pass: they are closed here. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Json = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  if (copy['type'] === 'object' && copy['properties'] && copy['additionalProperties'] === undefined)
    copy['additionalProperties'] = false;
  return copy;
}
