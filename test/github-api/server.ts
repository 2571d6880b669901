import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import { type Context, OpenAPIBackend } from 'openapi-backend';
import { hunksOf } from '../../src/github/hunks.ts';
import { diffTrees } from './diff.ts';
import { answerGraphql, type Comment } from './graphql.ts';
import type { Entry, World } from './world.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FakeGitHub {
  readonly url: string;
  readonly comments: Comment[];
  readonly threads: (Comment & { readonly path: string; readonly line: number })[];
  readonly reviews: unknown[];
  /** operationIds of all requests, in order. */
  readonly log: string[];
  /** Requests that GitHub's description does not allow. */
  readonly violations: string[];
  close(): Promise<void>;
}

interface DraftComment {
  readonly path: string;
  readonly line: number;
  readonly start_line?: number;
  readonly body: string;
}

/** The error text of the API names this figure (it accepts more today, which nobody promised). */
const MAX_COMMENT_CHARACTERS = 65_536;
const MAX_LISTED_FILES = 3_000;
const WRITES = /create|update|delete/;

/** Starts a GitHub on a free port that holds every request against GitHub's published description. */
export async function startGitHub(world: World): Promise<FakeGitHub> {
  const fake = { comments: [], threads: [], reviews: [], log: [], violations: [] } as Omit<FakeGitHub, 'url' | 'close'>;
  let [url, lastId] = ['', 0];
  const entries = (ref: string): Map<string, Entry> => (ref === world.headSha ? world.head : world.base);
  const changes = () => diffTrees(world.base, world.head, shaOf).slice(0, MAX_LISTED_FILES);
  const api = new OpenAPIBackend({
    definition: JSON.parse(readFileSync(new URL('openapi.slice.json', import.meta.url), 'utf8')),
    quick: true,
    ajvOpts: { strict: false },
    customizeAjv: (ajv) => {
      addFormats.default(ajv);
      return ajv;
    },
  });
  const body = (c: Context) => c.request.requestBody as { body: string; comments?: DraftComment[] };
  const comment = (c: Context) => fake.comments.find(({ id }) => id === Number(c.request.params['comment_id']));
  const tooLong = (text: string) => text.length > MAX_COMMENT_CHARACTERS;
  api.register({
    notFound: () => refuse(404, 'Not Found'),
    validationFail: (c: Context) => {
      fake.violations.push(`${c.operation.operationId}: ${JSON.stringify(c.validation.errors)}`);
      return refuse(422, 'Invalid request');
    },
    'pulls/get': () =>
      ok({
        number: world.number,
        changed_files: changes().length,
        head: { sha: world.headSha },
        base: { sha: world.baseSha },
      }),
    'pulls/list-files': (c: Context) => {
      const size = Number(c.request.query['per_page'] ?? 30);
      const page = Number(c.request.query['page'] ?? 1);
      const all = changes();
      const next = `<${url}${c.request.path}?per_page=${size}&page=${page + 1}>; rel="next"`;
      const link = page * size < all.length ? { link: next } : {};
      return { ...ok(all.slice((page - 1) * size, page * size)), headers: link };
    },
    'repos/compare-commits-with-basehead': () => ok({ files: changes().slice(0, 300) }),
    'git/get-blob': (c: Context) => {
      const all = [...world.head.values(), ...world.base.values()];
      const found = all.find(({ text, mode }) => mode !== '160000' && shaOf(text) === c.request.params['file_sha']);
      if (!found) return refuse(404, 'Not Found');
      const bytes = Buffer.from(found.text);
      return ok({ content: bytes.toString('base64'), encoding: 'base64', size: bytes.length });
    },
    'git/get-tree': (c: Context) => {
      const tree = [...entries(String(c.request.params['tree_sha']))].map(([path, { text, mode }]) => ({
        path,
        mode,
        type: mode === '160000' ? 'commit' : 'blob',
        sha: shaOf(text),
      }));
      return ok({ tree, truncated: false });
    },
    'repos/get-content': (c: Context) => {
      const found = entries(String(c.request.query['ref'])).get(decodeURIComponent(String(c.request.params['path'])));
      if (!found) return refuse(404, 'Not Found');
      return ok({ type: 'file', encoding: 'base64', content: Buffer.from(found.text).toString('base64') });
    },
    'issues/create-comment': (c: Context) => {
      if (tooLong(body(c).body)) return refuse(422, 'body is too long (maximum is 65536 characters)');
      const created = { id: ++lastId, body: body(c).body, author: world.viewer };
      fake.comments.push(created);
      return { status: 201, body: { id: lastId, html_url: `https://github.test/comments/${lastId}` } };
    },
    'issues/update-comment': (c: Context) => {
      const found = comment(c);
      if (!found) return refuse(404, 'Not Found');
      if (tooLong(body(c).body)) return refuse(422, 'body is too long (maximum is 65536 characters)');
      found.body = body(c).body;
      return ok({ id: found.id, html_url: `https://github.test/comments/${found.id}` });
    },
    'issues/delete-comment': (c: Context) => {
      const found = comment(c);
      if (!found) return refuse(404, 'Not Found');
      fake.comments.splice(fake.comments.indexOf(found), 1);
      return { status: 204, body: null };
    },
    'pulls/create-review': (c: Context) => {
      const drafts = body(c).comments ?? [];
      for (const { path, line, start_line: start = line - 1 } of drafts) {
        const hunks = hunksOf(changes().find(({ filename }) => filename === path)?.patch);
        const from = drafts.some((draft) => draft.line === line && draft.start_line !== undefined) ? start : line;
        const anchored = hunks.some(({ firstLine, lastLine }) => firstLine <= from && line <= lastLine);
        if (!anchored || start >= line) return refuse(422, 'Line could not be resolved');
      }
      fake.reviews.push(body(c));
      for (const draft of drafts) fake.threads.push({ ...draft, id: ++lastId, author: world.viewer });
      return ok({ id: ++lastId });
    },
    'pulls/delete-review-comment': (c: Context) => {
      const at = fake.threads.findIndex(({ id }) => id === Number(c.request.params['comment_id']));
      if (at < 0) return refuse(404, 'Not Found');
      fake.threads.splice(at, 1);
      return { status: 204, body: null };
    },
  });
  await api.init();

  async function answer(request: IncomingMessage): Promise<Answer> {
    const target = new URL(request.url ?? '/', url);
    const text = await textOf(request);
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    const headers = request.headers as Record<string, string>;
    const query = Object.fromEntries(target.searchParams);
    const call = { method: request.method ?? 'GET', path: target.pathname, query, body: parsed, headers };
    const operation = target.pathname === '/graphql' ? 'graphql' : (api.matchOperation(call)?.operationId ?? 'unknown');
    fake.log.push(operation);
    if (operation === 'unknown') fake.violations.push(`${call.method} ${call.path} is not in the slice`);
    if (!headers['authorization']?.endsWith(world.token)) return refuse(401, 'Bad credentials');
    const failure = world.failures.find((each) => each.operation === operation && each.times > 0);
    if (failure) {
      world.failures = world.failures.map((each) => (each === failure ? { ...each, times: each.times - 1 } : each));
      return { ...refuse(failure.status, 'You have exceeded a secondary rate limit'), headers: failure.headers ?? {} };
    }
    if (!world.mayWrite && WRITES.test(operation)) {
      const needed = { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' };
      return { ...refuse(403, 'Resource not accessible by integration'), headers: needed };
    }
    if (operation !== 'graphql') return (await api.handleRequest(call)) as Answer;
    const { query: asked, variables } = parsed as { query: string; variables: { after?: string | null } };
    const said = answerGraphql(asked, variables.after ?? null, world.viewer, fake.comments, fake.threads);
    if ('errors' in said) fake.violations.push(JSON.stringify(said));
    return ok(said);
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, body: content, headers } = await answer(request);
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(content === null ? undefined : JSON.stringify(content));
    } catch (error) {
      fake.violations.push(String(error));
      response.writeHead(500).end();
    }
  }

  const server = createServer((request, response) => {
    void respond(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { ...fake, url, close };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function refuse(status: number, message: string): Answer {
  return { status, body: { message } };
}

function shaOf(text: string): string {
  return createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
