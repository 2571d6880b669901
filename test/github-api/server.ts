import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commentableLines, diffTrees } from './diff.ts';
import { answerGraphql } from './graphql.ts';
import { missingPermission } from './permissions.ts';
import { type Answer, ok, refuse, restApi } from './rest.ts';
import { type FakeGitHub, shaOf, type Store } from './store.ts';
import type { World } from './world.ts';

export type { FakeGitHub } from './store.ts';

/** A page holds no more (docs: using pagination in the REST API). */
const MAX_PAGE = 100;
/** Requests that make content, in a minute (docs: about secondary rate limits); no test takes longer. */
const MAX_CREATED = 80;
const CREATES = /create/;

/** Starts a GitHub on a free port that holds every request against GitHub's published descriptions. */
export async function startGitHub(world: World): Promise<FakeGitHub> {
  const fake: Store['fake'] = {
    comments: [],
    threads: [],
    commits: [],
    reviews: [],
    pulls: [],
    branches: new Map(),
    log: [],
    violations: [],
  };
  let [url, lastId, created] = ['', 0, 0];
  const changes = () => diffTrees(world.base, world.head, shaOf);
  const store: Store = {
    world,
    fake,
    url: () => url,
    nextId: () => ++lastId,
    entries: (ref) => (ref === world.headSha ? world.head : world.base),
    changes,
    blob(sha) {
      for (const tree of [world.head, world.base])
        for (const { text, mode } of tree.values()) if (mode !== '160000' && shaOf(text) === sha) return text;
      return null;
    },
    anchors(path, from, to) {
      const lines = commentableLines(changes().find(({ filename }) => filename === path)?.patch);
      const hunk = lines.get(from);
      return from <= to && hunk !== undefined && lines.get(to) === hunk;
    },
  };
  const api = await restApi(store);

  async function answer(request: IncomingMessage): Promise<Answer> {
    const target = new URL(request.url ?? '/', url);
    const text = await textOf(request);
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    const headers = request.headers as Record<string, string>;
    const query = Object.fromEntries(target.searchParams);
    const call = { method: request.method ?? 'GET', path: target.pathname, query, body: parsed, headers };
    // Where a download leads: another host, which takes no token (docs: download an artifact).
    const stored = /^\/storage\/(\d+)$/.exec(target.pathname)?.[1];
    if (stored !== undefined) return archiveOf(Number(stored));
    const operation =
      target.pathname === '/graphql'
        ? `graphql/${fieldOf((parsed as { query: string }).query)}`
        : (api.matchOperation(call)?.operationId ?? 'unknown');
    fake.log.push(operation);
    if (operation === 'unknown') fake.violations.push(`${call.method} ${call.path} is not in the slice`);
    if (!headers['authorization']?.endsWith(world.token)) return refuse(401, 'Bad credentials');
    const failure = world.failures.find((each) => each.operation === operation && each.times > 0);
    if (failure && (failure.after ?? 0) > 0) {
      world.failures = world.failures.map((each) =>
        each === failure ? { ...each, after: (each.after ?? 0) - 1 } : each,
      );
    } else if (failure) {
      world.failures = world.failures.map((each) => (each === failure ? { ...each, times: each.times - 1 } : each));
      if (failure.status === 0) return { status: 0, body: null };
      return {
        ...refuse(failure.status, failure.message ?? 'You have exceeded a secondary rate limit'),
        headers: failure.headers ?? {},
      };
    }
    if (Number(query['per_page'] ?? 0) > MAX_PAGE) fake.violations.push(`${operation} asks for more than a page holds`);
    if (CREATES.test(operation) && ++created > MAX_CREATED)
      return refuse(403, 'You have exceeded a secondary rate limit');
    const missing = missingPermission(operation, world.permissions);
    if (missing !== null) {
      const needed = { 'x-accepted-github-permissions': missing };
      return { ...refuse(403, 'Resource not accessible by integration'), headers: needed };
    }
    if (!operation.startsWith('graphql/')) return (await api.handleRequest(call)) as Answer;
    const said = await answerGraphql(parsed as Parameters<typeof answerGraphql>[0], world, fake, store.blob);
    if (!('data' in said)) fake.violations.push(JSON.stringify(said));
    return ok(said);
  }

  function archiveOf(id: number): Answer {
    const found = world.artifacts.find((one) => one.id === id);
    return found ? { status: 200, body: found.archive } : refuse(404, 'Not Found');
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { status, body, headers } = await answer(request);
      if (status === 0) return void response.destroy();
      const binary = Buffer.isBuffer(body);
      const type = binary ? 'application/zip' : 'application/json; charset=utf-8';
      response.writeHead(status, { 'content-type': type, date: new Date().toUTCString(), ...headers });
      response.end(binary ? body : body === null ? undefined : JSON.stringify(body));
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

/** The field of a document that tells what it is for. */
function fieldOf(query: string): string {
  const known = /\b(comments|reviewThreads|object|createCommitOnBranch|minimizeComment|unminimizeComment)\b/;
  return known.exec(query)?.[1] ?? 'unknown';
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
