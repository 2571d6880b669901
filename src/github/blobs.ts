import { createHash } from 'node:crypto';
import type { SourceFile } from '../text.ts';
import { type Client, failureOf, type Repository } from './client.ts';

/** A file by the id of its blob. */
export interface BlobAt {
  readonly path: string;
  readonly sha: string;
}

/** The text of a blob, or why it is not read. */
export type BlobText = { readonly text: string } | { readonly reason: string };

/** Why a binary file is not read: nothing to tell, but of one that is called like a config (Bash passes over NUL bytes). */
export const BINARY = 'it is binary, or holds NUL bytes';
/** A serving config is far smaller; the same cap as the command line's. */
const MAX_FILE_BYTES = 1024 * 1024;
/** Blobs in one query: it counts as one request, and its answer stays small. */
const BATCH = 40;
/** Queries under way at once, and REST requests for what one of them left; GitHub allows a hundred together. */
const QUERIES = 4;
const CONCURRENCY = 8;
/** Text that is held of one repository, in UTF-16 units: a hostile change must not fill the memory of the runner. */
const MAX_TOTAL = 256 * 1024 * 1024;
/** The first line of what Git LFS commits in the place of a file (git-lfs docs/spec.md). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

const FULL: BlobText = {
  reason: `the files before it are more than Headroom reads of one repository (${MAX_TOTAL} characters)`,
};

/** Reads blobs by their ids. Links give their own text and are never followed. A blob that was read is not read again. */
export interface BlobReader {
  read(wanted: readonly BlobAt[]): Promise<ReadonlyMap<string, BlobText>>;
}

/** The texts by path. Trouble with the one query for many is not told: each blob is then asked for by itself. */
export function blobReader(client: Client, repository: Repository): BlobReader {
  const known = new Map<string, BlobText>();
  let held = 0;
  const keep = (sha: string, text: BlobText): void => {
    known.set(sha, text);
    if ('text' in text) held += text.text.length;
  };
  return {
    async read(wanted) {
      const open = [...new Set(wanted.map(({ sha }) => sha))].filter((sha) => !known.has(sha));
      const batches: string[][] = [];
      for (let at = 0; at < open.length; at += BATCH) batches.push(open.slice(at, at + BATCH));
      await inParallel(batches, QUERIES, async (batch) => {
        if (held > MAX_TOTAL) return;
        const found = await readTogether(client, repository, batch);
        for (const [sha, text] of found) keep(sha, text);
        const left = batch.filter((sha) => !found.has(sha));
        await inParallel(left, CONCURRENCY, async (sha) => keep(sha, await readAlone(client, repository, sha)));
      });
      return new Map(wanted.map(({ path, sha }) => [path, known.get(sha) ?? FULL]));
    },
  };
}

/** What is exactly as git stores it; the others (cut, transcoded, binary, absent) are left to REST. */
async function readTogether(
  client: Client,
  repository: Repository,
  shas: readonly string[],
): Promise<ReadonlyMap<string, BlobText>> {
  const found = new Map<string, BlobText>();
  if (shas.length === 0) return found;
  const variables = shas.map((_, at) => `$o${at}: GitObjectID!`).join(', ');
  const fields = shas
    .map((_, at) => `b${at}: object(oid: $o${at}) { ... on Blob { oid text isBinary byteSize } }`)
    .join('\n');
  const query = `query ($owner: String!, $repo: String!, ${variables}) {
    repository(owner: $owner, name: $repo) { ${fields} }
  }`;
  const oids = Object.fromEntries(shas.map((sha, at) => [`o${at}`, sha]));
  try {
    const answer: BlobsAnswer = await client.graphql(query, { ...repository, ...oids });
    for (const blob of Object.values(answer.repository ?? {})) {
      if (!blob?.oid) continue;
      const { oid, text, isBinary, byteSize } = blob;
      if ((byteSize ?? 0) > MAX_FILE_BYTES) found.set(oid, tooLarge(byteSize ?? 0));
      else if (isBinary === true) found.set(oid, { reason: BINARY });
      else if (typeof text === 'string' && isBlob(oid, text)) found.set(oid, judged(text));
    }
  } catch {
    // Whatever it is, REST says it better, blob by blob.
  }
  return found;
}

interface BlobsAnswer {
  readonly repository: Readonly<
    Record<string, { oid?: string; text?: string | null; isBinary?: boolean | null; byteSize?: number } | null>
  > | null;
}

async function readAlone(client: Client, repository: Repository, sha: string): Promise<BlobText> {
  try {
    const { data } = await client.rest.git.getBlob({ ...repository, file_sha: sha });
    if ((data.size ?? 0) > MAX_FILE_BYTES) return tooLarge(data.size ?? 0);
    const bytes = Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8');
    return bytes.includes(0) ? { reason: BINARY } : judged(bytes.toString('utf8'));
  } catch (error) {
    const { status } = failureOf(error);
    if (status === 404 || status === 422) return { reason: 'GitHub has no blob for it' };
    if (status === 403) return { reason: 'GitHub does not give it (403); it may be too large' };
    throw error;
  }
}

function judged(text: string): BlobText {
  return text.startsWith(LFS_POINTER)
    ? { reason: 'it is stored in Git LFS, and only its pointer is in the repository' }
    : { text };
}

function tooLarge(bytes: number): BlobText {
  return { reason: `${bytes} bytes is more than Headroom reads (${MAX_FILE_BYTES})` };
}

/** Whether a text is byte for byte the blob of that id (git hashes `blob SIZE\0` and the content). */
function isBlob(oid: string, text: string): boolean {
  const bytes = Buffer.from(text, 'utf8');
  return (
    createHash(oid.length === 40 ? 'sha1' : 'sha256')
      .update(`blob ${bytes.length}\0`)
      .update(bytes)
      .digest('hex') === oid
  );
}

/** The file, when its text was read. */
export function fileOf(path: string, text: BlobText | undefined): SourceFile | null {
  return text && 'text' in text ? { path, text: text.text } : null;
}

async function inParallel<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
