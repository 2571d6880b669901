import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One repository of the fake Hub. */
export interface FakeModel {
  /** Default branch and any other: what `config.json` holds, as text, so that it may be broken. */
  readonly files: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly sizes?: Readonly<Record<string, number>>;
  /** `safetensors.parameters` of the description. */
  readonly elements?: Readonly<Record<string, number>>;
  /** Large files, which are served in parts. */
  readonly blobs?: Readonly<Record<string, Buffer>>;
  readonly gated?: boolean;
  readonly private?: boolean;
  /** Branches beside `main`, by name. */
  readonly branches?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Takes a request in place of the Hub; true when it answered. */
export type Prank = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface FakeHub {
  readonly url: string;
  /** `METHOD path status` of every request. */
  readonly log: string[];
  /** `authorization` of every request, empty where there was none. */
  readonly authorizations: string[];
  models: Record<string, FakeModel>;
  prank: Prank | null;
  /** Tokens that may read gated and private models. */
  readonly goodToken: string;
  close(): Promise<void>;
}

/**
 * A Hub over HTTP on this machine, after what huggingface_hub expects of the real one: `resolve` redirects to a cache
 * address of the same host and names the commit, errors carry `x-error-code`, answers carry ETags.
 */
export async function startHub(models: Record<string, FakeModel>): Promise<FakeHub> {
  const log: string[] = [];
  const authorizations: string[] = [];
  const goodToken = 'hf_canary_0123456789';
  const server: Server = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? '');
    response.on('finish', () => log.push(`${request.method} ${request.url} ${response.statusCode}`));
    if (hub.prank?.(request, response) === true) return;
    answer(hub, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub: FakeHub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log,
    authorizations,
    models,
    prank: null,
    goodToken,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return hub;
}

function answer(hub: FakeHub, request: IncomingMessage, response: ServerResponse): void {
  const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
  const cached = /^\/api\/resolve-cache\/models\/(.+?)\/([0-9a-f]{40})\/(.+)$/.exec(path);
  const resolve = /^\/(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path);
  const about = /^\/api\/models\/(.+?)\/revision\/(.+)$/.exec(path);
  const [, id = '', revision = '', file = ''] = cached ?? resolve ?? about ?? [];
  const model = Object.hasOwn(hub.models, id) ? hub.models[id] : undefined;
  const signedIn = request.headers.authorization === `Bearer ${hub.goodToken}`;
  if (request.headers.authorization && !signedIn) return fail(response, 401, null);
  if (!model || (model.private && !signedIn)) return fail(response, signedIn ? 404 : 401, 'RepoNotFound');
  const branch = Object.hasOwn(model.branches ?? {}, revision) ? model.branches?.[revision] : undefined;
  const files = revision === 'main' || revision === model.commit ? model.files : branch;
  if (!files) return fail(response, 404, 'RevisionNotFound');
  response.setHeader('x-repo-commit', model.commit);
  if (about) {
    const siblings = [
      ...new Set([...Object.keys(files), ...Object.keys(model.sizes ?? {}), ...Object.keys(model.blobs ?? {})]),
    ].map((rfilename) => ({
      rfilename,
      size: model.sizes?.[rfilename] ?? model.blobs?.[rfilename]?.length ?? files[rfilename]?.length,
    }));
    const safetensors = model.elements ? { safetensors: { parameters: model.elements } } : {};
    return send(request, response, JSON.stringify({ id, sha: model.commit, siblings, ...safetensors }));
  }
  if (model.gated && !signedIn) return fail(response, 401, 'GatedRepo');
  const blob = model.blobs?.[file];
  if (blob) return sendPart(request, response, blob);
  const text = files[file];
  if (text === undefined) return fail(response, 404, 'EntryNotFound');
  if (resolve && branch === undefined) {
    response.writeHead(307, { location: `/api/resolve-cache/models/${id}/${model.commit}/${file}?etag=x` }).end();
    return;
  }
  send(request, response, text);
}

function send(request: IncomingMessage, response: ServerResponse, text: string): void {
  const etag = `"${Buffer.from(text).toString('base64').length}-${text.length}"`;
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  response.writeHead(200, { etag, 'content-type': 'application/json' }).end(text);
}

function sendPart(request: IncomingMessage, response: ServerResponse, blob: Buffer): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (from === undefined || to === undefined) return void response.writeHead(200).end(blob);
  const part = blob.subarray(Number(from), Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${blob.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': part.length }).end(part);
}

function fail(response: ServerResponse, status: number, code: string | null): void {
  if (code !== null) response.setHeader('x-error-code', code);
  response.writeHead(status).end(JSON.stringify({ error: '::error::do not show this <script>' }));
}
