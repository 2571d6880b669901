import { check, type CheckInput } from '../check.ts';
import type { Client, Repository } from '../github/client.ts';
import { type Changes, isCandidate, readBlob, treeAt } from '../github/files.ts';
import { isChecked } from '../policy/paths.ts';
import type { Report } from '../report/report.ts';
import type { SourceFile } from '../text.ts';

/** Changed files read in one run; GITHUB_TOKEN has 1,000 requests an hour for the whole repository. */
const MAX_FILES = 400;
/** Requests under way at once; GitHub allows a hundred. */
const CONCURRENCY = 8;
/** A file may name a second, and that a third (a config that names a model folder); chains end there. */
const MAX_ROUNDS = 3;

export interface Gathered {
  readonly report: Report;
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What was not read, in words. */
  readonly notRead: readonly string[];
}

/**
 * Reads the changed files at the head and checks them. The check is pure and cannot fetch: what else it asks for (a
 * model's config.json, an `.env`) is noted, read from the head's tree, and the check is run again.
 */
export async function gatherAndCheck(
  client: Client,
  repository: Repository,
  headSha: string,
  changes: Changes,
  input: Omit<CheckInput, 'files' | 'read'>,
): Promise<Gathered> {
  const notRead = [...changes.missing];
  const candidates = changes.files.filter((file) => isCandidate(file) && isChecked(file.path, input.policy));
  if (candidates.length > MAX_FILES) {
    notRead.push(
      `${candidates.length} changed files could hold a config; the first ${MAX_FILES} were read. Narrow \`paths\` in the policy.`,
    );
  }
  const files = new Map<string, SourceFile>();
  const fetchAll = (
    wanted: readonly { readonly path: string; readonly sha: string }[],
    quiet: boolean,
  ): Promise<void> =>
    inParallel(wanted, async ({ path, sha }) => {
      const read = await readBlob(client, repository, path, sha);
      if ('reason' in read) {
        if (!quiet) notRead.push(`${path}: ${read.reason}.`);
      } else files.set(path, read);
    });
  await fetchAll(
    candidates.slice(0, MAX_FILES).flatMap(({ path, sha }) => (sha === null ? [] : [{ path, sha }])),
    false,
  );
  const changed = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));

  let tree: ReadonlyMap<string, string> | null = null;
  const asked = new Set<string>();
  for (let round = 1; ; round++) {
    const missing = new Set<string>();
    const read = (path: string): SourceFile | null => {
      const file = files.get(path) ?? null;
      if (file === null && !asked.has(path)) missing.add(path);
      return file;
    };
    const report = check({ ...input, files: changed, read });
    if (missing.size === 0 || round === MAX_ROUNDS) return { report, files, notRead };
    if (tree === null) {
      const head = await treeAt(client, repository, headSha);
      if (head.truncated)
        notRead.push(
          'The repository has more files than GitHub lists in one answer; files that a config refers to may be missing.',
        );
      tree = head.blobs;
    }
    const blobs = tree;
    for (const path of missing) asked.add(path);
    await fetchAll(
      [...missing].flatMap((path) => (blobs.has(path) ? [{ path, sha: blobs.get(path) ?? '' }] : [])),
      true,
    );
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
}
