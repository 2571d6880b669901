import type { SourceFile } from '../text.ts';
import { type Client, failureOf, type Repository } from './client.ts';

/** A file that the change touches, as list-files and compare give it. */
export interface ChangedFile {
  readonly path: string;
  readonly status: string;
  /** Of the head's blob; null for what has none (a submodule). */
  readonly sha: string | null;
  readonly patch: string | undefined;
}

export interface Changes {
  readonly files: readonly ChangedFile[];
  /** What GitHub did not list, in words; empty when the list is whole. */
  readonly missing: readonly string[];
}

/** GitHub lists no more files of a pull request than this (docs: list pull requests files). */
const MAX_LISTED_FILES = 3_000;
/** GitHub lists no more files of a comparison than this (docs: compare two commits). */
const MAX_COMPARED_FILES = 300;
/** A serving config is far smaller; the same cap as the command line's. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** Endings of files that cannot launch an engine in any way that Headroom reads: media, archives, compiled and lock files. */
const NEVER_A_CONFIG =
  /\.(?:png|jpe?g|gif|webp|ico|svg|pdf|mp[34]|mov|wav|woff2?|ttf|eot|zip|gz|tgz|bz2|xz|zst|7z|jar|so|dll|exe|bin|safetensors|gguf|pt|pth|onnx|npy|parquet|arrow|pyc|wasm|map|lock)$/i;

/** The files that a pull request changes, all pages of them. */
export async function pullRequestFiles(
  client: Client,
  repository: Repository,
  number: number,
  changedFiles: number | null,
): Promise<Changes> {
  const listed = await client.paginate(client.rest.pulls.listFiles, {
    ...repository,
    pull_number: number,
    per_page: 100,
  });
  const files = listed.map(changedFile);
  const all = changedFiles ?? files.length;
  const missing =
    files.length < all
      ? [
          `GitHub lists ${files.length} of the ${all} files of this pull request (at most ${MAX_LISTED_FILES}); the others were not read.`,
        ]
      : [];
  return { files, missing };
}

/** The files that differ between two commits. */
export async function rangeFiles(
  client: Client,
  repository: Repository,
  baseSha: string,
  headSha: string,
): Promise<Changes> {
  const { data } = await client.rest.repos.compareCommitsWithBasehead({
    ...repository,
    basehead: `${baseSha}...${headSha}`,
  });
  const files = (data.files ?? []).map(changedFile);
  const missing =
    files.length >= MAX_COMPARED_FILES
      ? [`GitHub lists the first ${MAX_COMPARED_FILES} files of a comparison; whatever else changed was not read.`]
      : [];
  return { files, missing };
}

function changedFile(entry: { filename: string; status: string; sha: string | null; patch?: string }): ChangedFile {
  return { path: entry.filename, status: entry.status, sha: entry.sha || null, patch: entry.patch };
}

/** Whether a changed file can hold a launch at all. */
export function isCandidate({ path, status, sha }: ChangedFile): boolean {
  return status !== 'removed' && sha !== null && !NEVER_A_CONFIG.test(path);
}

/**
 * The text of a blob. Blobs are read by their id, so a symbolic link gives its own text and is never followed.
 * @returns why it is not read, for what is too large, binary or not a blob at all (a submodule).
 */
export async function readBlob(
  client: Client,
  repository: Repository,
  path: string,
  sha: string,
): Promise<SourceFile | { readonly reason: string }> {
  try {
    const { data } = await client.rest.git.getBlob({ ...repository, file_sha: sha });
    if ((data.size ?? 0) > MAX_FILE_BYTES)
      return { reason: `${data.size} bytes is more than Headroom reads (${MAX_FILE_BYTES})` };
    const bytes = Buffer.from(data.content, data.encoding === 'base64' ? 'base64' : 'utf8');
    if (bytes.includes(0)) return { reason: 'it is binary' };
    return { path, text: bytes.toString('utf8') };
  } catch (error) {
    const { status } = failureOf(error);
    if (status === 404 || status === 422) return { reason: 'GitHub has no blob for it (a submodule?)' };
    throw error;
  }
}

/** Blob ids by path at a commit, of ordinary files alone: links and submodules are left out. */
export async function treeAt(
  client: Client,
  repository: Repository,
  sha: string,
): Promise<{ readonly blobs: ReadonlyMap<string, string>; readonly truncated: boolean }> {
  const { data } = await client.rest.git.getTree({ ...repository, tree_sha: sha, recursive: 'true' });
  const blobs = new Map<string, string>();
  for (const { path, mode, type, sha: blob } of data.tree) {
    if (path && blob && type === 'blob' && (mode === '100644' || mode === '100755')) blobs.set(path, blob);
  }
  return { blobs, truncated: data.truncated };
}

/**
 * One small file at a commit (the policy, from the base), or null when there is none.
 * @throws when the path holds something else: a policy that cannot be read is not the same as no policy.
 */
export async function readAt(
  client: Client,
  repository: Repository,
  path: string,
  ref: string,
): Promise<SourceFile | null> {
  try {
    const { data } = await client.rest.repos.getContent({ ...repository, path, ref });
    if (Array.isArray(data) || data.type !== 'file' || !('content' in data) || data.encoding !== 'base64') {
      throw new Error(`${path} on the base branch is not a file that can be read`);
    }
    return { path, text: Buffer.from(data.content, 'base64').toString('utf8') };
  } catch (error) {
    if (failureOf(error).status === 404) return null;
    throw error;
  }
}
