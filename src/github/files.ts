import { ENGINE_NAME } from '../formats/engine-signs.ts';
import type { SourceFile } from '../text.ts';
import { type Client, failureOf, type Repository } from './client.ts';
import { type Tree, treeAt } from './trees.ts';

/** A file that the change touches, as list-files and compare give it. */
export interface ChangedFile {
  readonly path: string;
  readonly status: string;
  /** Of the head's blob; null for what has none. */
  readonly sha: string | null;
  readonly patch: string | undefined;
  /** Path at the base, of a renamed file. */
  readonly previousPath: string | null;
}

export interface Changes {
  readonly files: readonly ChangedFile[];
  /** Commit that the head is compared with: where it left the base branch. Null while it is not known. */
  readonly mergeBaseSha: string | null;
  /** Whether these are all files of one commit, and not what changed. */
  readonly whole?: boolean;
  /** What GitHub did not list, in words; empty when the list is whole. */
  readonly missing: readonly string[];
}

/** GitHub lists no more files of a comparison than this (docs: compare two commits). */
const MAX_COMPARED_FILES = 300;

/**
 * Files that cannot launch an engine in any way that Headroom reads: media, archives, compiled files, prose and the
 * sources of languages in which nobody writes a command line to an engine.
 */
const NEVER_A_CONFIG =
  /\.(?:png|jpe?g|gif|webp|ico|svg|pdf|mp[34]|mov|wav|woff2?|ttf|eot|zip|gz|tgz|bz2|xz|zst|7z|jar|so|dll|exe|bin|safetensors|gguf|pt|pth|onnx|npy|parquet|arrow|pyc|wasm|map|lock|mdx?|rst|adoc|css|scss|less|html?|tsx|jsx|vue|svelte|rs|c|cc|cpp|cu|cuh|h|hpp|swift|rb|php|scala|dart|proto|sql|csv|tsv|ipynb|snap|sum|po)$/i;
/** Sources of languages in which programs describe what is deployed (Pulumi, AWS CDK), among many that do not. */
const PROGRAM = /\.(?:[cm]?[jt]s|go|cs|java|kt)$/i;
/** An option as engines have them: `--max-model-len`. */
const LONG_OPTION = /--[a-z]+-[a-z]/;
/** Written by a submodule's entry in a diff. */
const SUBMODULE = /^[-+]Subproject commit [0-9a-f]{40,64}(?:-dirty)?$/m;

/**
 * The files that a pull request changes, all pages of them. Where GitHub does not list them all (it stops at 3,000), the
 * trees of both commits are compared instead.
 */
export async function pullRequestFiles(
  client: Client,
  repository: Repository,
  number: number,
  changedFiles: number | null,
  commits: { readonly baseSha: string; readonly headSha: string },
): Promise<Changes> {
  const listed = await client.paginate(client.rest.pulls.listFiles, {
    ...repository,
    pull_number: number,
    per_page: 100,
  });
  const files = listed.map(changedFile);
  const whole = { files, mergeBaseSha: null, missing: [] };
  if (files.length >= (changedFiles ?? 0)) return whole;
  const mergeBaseSha = await mergeBaseOf(client, repository, commits.baseSha, commits.headSha);
  return completed({ ...whole, mergeBaseSha }, client, repository, mergeBaseSha, commits.headSha);
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
  const mergeBaseSha = data.merge_base_commit.sha;
  const listed = { files: (data.files ?? []).map(changedFile), mergeBaseSha, missing: [] };
  if (listed.files.length < MAX_COMPARED_FILES) return listed;
  return completed(listed, client, repository, mergeBaseSha, headSha);
}

/** Every file of a commit that could hold a launch. */
export async function commitFiles(client: Client, repository: Repository, sha: string): Promise<Changes> {
  const { blobs, truncated } = await treeAt(client, repository, sha);
  const files = [...blobs].flatMap(([path, blob]) =>
    mayLaunch(path) ? [{ path, status: 'added', sha: blob, patch: undefined, previousPath: null }] : [],
  );
  const missing = truncated
    ? ['The repository has more files than GitHub lists in one answer; the others were not read.']
    : [];
  return { files, mergeBaseSha: null, whole: true, missing };
}

/** Where the head left the base branch. */
export async function mergeBaseOf(
  client: Client,
  repository: Repository,
  baseSha: string,
  headSha: string,
): Promise<string> {
  const { data } = await client.rest.repos.compareCommitsWithBasehead({
    ...repository,
    basehead: `${baseSha}...${headSha}`,
    per_page: 1,
  });
  return data.merge_base_commit.sha;
}

/** A list that GitHub cut, with what the two trees say besides. */
async function completed(
  listed: Changes,
  client: Client,
  repository: Repository,
  baseSha: string,
  headSha: string,
): Promise<Changes> {
  const [base, head] = [await treeAt(client, repository, baseSha), await treeAt(client, repository, headSha)];
  const known = new Set(listed.files.flatMap(({ path, previousPath }) => [path, previousPath]));
  const others = differing(base, head).filter(({ path }) => !known.has(path));
  const missing =
    base.truncated || head.truncated
      ? [
          `GitHub lists ${listed.files.length} of the files of this change and not the whole tree; the others were not read.`,
        ]
      : [];
  return { ...listed, files: [...listed.files, ...others], missing };
}

function differing(base: Tree, head: Tree): ChangedFile[] {
  const files: ChangedFile[] = [];
  const entry = (path: string, status: string, sha: string | null): ChangedFile => ({
    path,
    status,
    sha,
    patch: undefined,
    previousPath: null,
  });
  for (const [path, sha] of head.blobs) {
    const before = base.blobs.get(path);
    if (before !== sha) files.push(entry(path, before === undefined ? 'added' : 'modified', sha));
  }
  for (const path of base.blobs.keys()) if (!head.blobs.has(path)) files.push(entry(path, 'removed', null));
  return files;
}

function changedFile(entry: {
  filename: string;
  status: string;
  sha: string | null;
  patch?: string;
  previous_filename?: string;
}): ChangedFile {
  const { filename: path, status, sha, patch, previous_filename: previousPath } = entry;
  return { path, status, sha: sha || null, patch, previousPath: previousPath ?? null };
}

/** Whether a changed file is a submodule, of which GitHub gives no text. */
export function isSubmodule({ patch }: ChangedFile): boolean {
  return patch !== undefined && SUBMODULE.test(patch);
}

/** Whether a file can hold a launch that is read, by its name. */
export function mayLaunch(path: string): boolean {
  return !NEVER_A_CONFIG.test(path) && !PROGRAM.test(path);
}

/**
 * Whether a changed file can hold a launch at all. A launch in a program is told of and not read, so programs are fetched
 * only where the change itself speaks of an engine: a pull request of nothing else costs no request.
 */
export function isCandidate(file: ChangedFile): boolean {
  if (file.status === 'removed' || file.sha === null || isSubmodule(file)) return false;
  return mayLaunch(file.path) || (PROGRAM.test(file.path) && speaksOfEngine(file.patch));
}

/** Whether the lines of a change, or those round them, name an engine or set an option; GitHub gives no patch of a large one. */
function speaksOfEngine(patch: string | undefined): boolean {
  return patch === undefined || ENGINE_NAME.test(patch) || LONG_OPTION.test(patch);
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
