import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import { type Context, OpenAPIBackend } from 'openapi-backend';
import { shaOf, type Store } from './store.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface DraftComment {
  readonly path: string;
  readonly line: number;
  readonly start_line?: number;
  readonly subject_type?: 'line' | 'file';
  readonly body: string;
}

interface Body {
  readonly body: string;
  readonly comments?: DraftComment[];
  readonly event?: string;
  readonly title: string;
  readonly head: string;
  readonly base: string;
  readonly ref: string;
  readonly sha: string;
}

/** The error text of the API names this figure (it accepts more today, which nobody promised). */
const MAX_COMMENT_CHARACTERS = 65_536;
const TOO_LONG = 'body is too long (maximum is 65536 characters)';
const MAX_LISTED_FILES = 3_000;
const MAX_COMPARED_FILES = 300;
/** Undocumented; more than about a hundred in one review is refused. */
const MAX_REVIEW_COMMENTS = 100;

/** GitHub's REST API as far as Headroom calls it, held against GitHub's own description with closed bodies. */
export async function restApi(store: Store): Promise<OpenAPIBackend> {
  const { world, fake } = store;
  const api = new OpenAPIBackend({
    definition: JSON.parse(readFileSync(new URL('openapi.slice.json', import.meta.url), 'utf8')),
    quick: true,
    ajvOpts: { strict: false },
    customizeAjv: (ajv) => {
      addFormats.default(ajv);
      return ajv.addFormat('repo.nwo', /^[\w.-]+(?:\/[\w.-]+)?$/);
    },
  });
  const body = (c: Context) => c.request.requestBody as Body;
  const comment = (c: Context) => fake.comments.find(({ id }) => id === Number(c.request.params['comment_id']));
  const tooLong = (text: string) => text.length > MAX_COMMENT_CHARACTERS;
  const pull = () => ({
    number: world.number,
    state: 'open',
    changed_files: world.changedFiles ?? store.changes().length,
    html_url: `https://github.test/pull/${world.number}`,
    head: { sha: world.headSha, ref: world.headBranch, repo: { full_name: world.headRepository } },
    base: { sha: world.baseSha, ref: 'main' },
  });
  const anchored = ({ path, line, start_line: start }: DraftComment): boolean =>
    (start === undefined || start < line) && store.anchors(path, start ?? line, line);
  const addThread = (draft: DraftComment): void => {
    fake.threads.push({
      ...draft,
      id: store.nextId(),
      author: world.viewer,
      replies: 0,
      resolved: false,
      outdated: false,
    });
  };
  api.register({
    notFound: () => refuse(404, 'Not Found'),
    validationFail: (c: Context) => {
      fake.violations.push(`${c.operation.operationId}: ${JSON.stringify(c.validation.errors)}`);
      return refuse(422, 'Invalid request');
    },
    'pulls/get': () => ok(pull()),
    'pulls/list': (c: Context) => {
      const [head, base] = [c.request.query['head'], c.request.query['base']];
      const [owner] = world.headRepository.split('/');
      const own = head === `${owner}:${world.headBranch}` ? [pull()] : [];
      const made = fake.pulls
        .filter((one) => head === `${world.owner}:${one.head}` && (base === undefined || base === one.base))
        .map((one) => ({
          html_url: 'https://github.test/pull/99',
          head: {
            sha: fake.branches.get(one.head),
            ref: one.head,
            repo: { full_name: `${world.owner}/${world.repo}` },
          },
        }));
      return ok([...own, ...made]);
    },
    'pulls/create': (c: Context) => {
      const { title, head, base, body: text } = body(c);
      fake.pulls.push({ title, head, base, body: text });
      return { status: 201, body: { html_url: 'https://github.test/pull/99', number: 99 } };
    },
    'pulls/list-files': (c: Context) => {
      const size = Number(c.request.query['per_page'] ?? 30);
      const page = Number(c.request.query['page'] ?? 1);
      const all = store.changes().slice(0, MAX_LISTED_FILES);
      const next = `<${store.url()}${c.request.path}?per_page=${size}&page=${page + 1}>; rel="next"`;
      const link = page * size < all.length ? { link: next } : {};
      return { ...ok(all.slice((page - 1) * size, page * size)), headers: link };
    },
    'repos/compare-commits-with-basehead': () =>
      ok({ files: store.changes().slice(0, MAX_COMPARED_FILES), merge_base_commit: { sha: world.baseSha } }),
    'repos/get-commit': (c: Context) => {
      const made = fake.commits.find(({ branch }) => fake.branches.get(branch) === c.request.params['ref']);
      return ok(
        made
          ? { commit: { message: made.message }, parents: [{ sha: made.parent }] }
          : { commit: { message: world.headMessage }, parents: [{ sha: world.baseSha }] },
      );
    },
    'git/get-blob': (c: Context) => {
      const text = store.blob(String(c.request.params['file_sha']));
      if (text === null) return refuse(404, 'Not Found');
      const bytes = Buffer.from(text);
      return ok({ content: bytes.toString('base64'), encoding: 'base64', size: bytes.length });
    },
    'git/get-tree': (c: Context) => {
      const tree = [...store.entries(String(c.request.params['tree_sha']))].map(([path, { text, mode }]) => ({
        path,
        mode,
        type: mode === '160000' ? 'commit' : 'blob',
        sha: mode === '160000' ? text : shaOf(text),
      }));
      return ok({ tree, truncated: false });
    },
    'git/create-ref': (c: Context) => {
      const { ref, sha } = body(c);
      const branch = ref.replace('refs/heads/', '');
      if (fake.branches.has(branch)) return refuse(422, 'Reference already exists');
      fake.branches.set(branch, sha);
      return { status: 201, body: { ref } };
    },
    'git/update-ref': (c: Context) => {
      fake.branches.set(String(c.request.params['ref']).replace('heads/', ''), body(c).sha);
      return ok({});
    },
    'repos/get-content': (c: Context) => {
      const path = decodeURIComponent(String(c.request.params['path']));
      const found = store.entries(String(c.request.query['ref'])).get(path);
      if (!found) return refuse(404, 'Not Found');
      return ok({ type: 'file', encoding: 'base64', content: Buffer.from(found.text).toString('base64') });
    },
    'issues/create-comment': (c: Context) => {
      if (tooLong(body(c).body)) return refuse(422, TOO_LONG);
      const created = { id: store.nextId(), body: body(c).body, author: world.viewer };
      fake.comments.push(created);
      return { status: 201, body: { id: created.id, html_url: `https://github.test/comments/${created.id}` } };
    },
    'issues/update-comment': (c: Context) => {
      const found = comment(c);
      if (!found) return refuse(404, 'Not Found');
      if (found.author !== world.viewer) return refuse(403, 'Must have admin rights to Repository.');
      if (tooLong(body(c).body)) return refuse(422, TOO_LONG);
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
      if ([body(c), ...drafts].some((one) => tooLong(one.body))) return refuse(422, TOO_LONG);
      if (drafts.length > MAX_REVIEW_COMMENTS) return refuse(422, 'Too many comments');
      if (!drafts.every(anchored)) return refuse(422, 'Line could not be resolved');
      fake.reviews.push(body(c));
      drafts.forEach(addThread);
      return ok({ id: store.nextId() });
    },
    'pulls/create-review-comment': (c: Context) => {
      const draft = body(c) as unknown as DraftComment;
      if (tooLong(draft.body)) return refuse(422, TOO_LONG);
      if (draft.subject_type === 'file') {
        // A file has no lines, and must be among the changed ones (docs: create a review comment).
        if (draft.line !== undefined || !store.changes().some(({ filename }) => filename === draft.path))
          return refuse(422, 'pull_request_review_thread.path is invalid');
      } else if (!anchored(draft)) return refuse(422, 'pull_request_review_thread.line must be part of the diff');
      addThread(draft);
      return { status: 201, body: { id: store.nextId() } };
    },
    'pulls/delete-review-comment': (c: Context) => {
      const at = fake.threads.findIndex(({ id }) => id === Number(c.request.params['comment_id']));
      if (at < 0) return refuse(404, 'Not Found');
      fake.threads.splice(at, 1);
      return { status: 204, body: null };
    },
    'actions/list-workflow-run-artifacts': (c: Context) =>
      ok({
        artifacts: world.artifacts
          .filter(({ runId, name }) => runId === Number(c.request.params['run_id']) && name === c.request.query['name'])
          .map(({ id, name, archive, expired = false }) => ({ id, name, expired, size_in_bytes: archive.length })),
      }),
    'actions/download-artifact': (c: Context) => ({
      status: 302,
      body: null,
      headers: { location: `${store.url()}/storage/${String(c.request.params['artifact_id'])}` },
    }),
  });
  await api.init();
  return api;
}

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function refuse(status: number, message: string): Answer {
  return { status, body: { message } };
}
