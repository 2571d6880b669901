import { check, type CheckInput } from '../check.ts';
import type { Client, Repository } from '../github/client.ts';
import { type Changes, isCandidate, readBlob, treeAt } from '../github/files.ts';
import { askerOf } from '../models/asker.ts';
import type { Hub } from '../hub/client.ts';
import type { ModelRequest } from '../models/stated-facts.ts';
import { isChecked } from '../policy/paths.ts';
import type { Report } from '../report/report.ts';
import type { SourceFile } from '../text.ts';

/** Changed files read in one run; GITHUB_TOKEN has 1,000 requests an hour for the whole repository. */
const MAX_FILES = 400;
/** Requests under way at once; GitHub allows a hundred. */
const CONCURRENCY = 8;
/** Other files that a check may ask for; a handful is usual. */
const MAX_ASKED_FILES = 200;
/** A folder may hold a file that names a second, and that a third (Dockerfile, requirements, what they include). */
const MAX_ROUNDS = 5;
/** A model may name a drafter, and nothing names a third. */
const MAX_HUB_ROUNDS = 3;

export interface Gathered {
  readonly report: Report;
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What was not read, in words. */
  readonly notRead: readonly string[];
}

/**
 * Reads the changed files at the head and checks them. The check is pure and cannot fetch: what else it asks for (a
 * model's config.json, the Dockerfile beside) is noted, read from the head's tree, and the check is run again. The tree
 * is one request and says which of these files there are, so that only those cost another. Models that the repository does
 * not know are then asked of the Hub, where there is one to ask.
 */
export async function gatherAndCheck(
  client: Client,
  repository: Repository,
  headSha: string,
  changes: Changes,
  input: Omit<CheckInput, 'files' | 'read' | 'list' | 'hub'>,
  hub: Hub | null = null,
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

  let blobs: ReadonlyMap<string, string> | null = null;
  let folders: ReadonlyMap<string, readonly string[]> = new Map();
  const asked = new Set<string>();
  let left = MAX_ASKED_FILES;
  let hubRounds = 0;
  for (let round = 1; ; round++) {
    const wanted: ModelRequest[] = [];
    const missing = new Set<string>();
    let listed = false;
    const read = (path: string): SourceFile | null => {
      const file = files.get(path) ?? null;
      if (file === null && !asked.has(path)) missing.add(path);
      return file;
    };
    const list = (folder: string): readonly string[] => {
      listed = true;
      return folders.get(folder) ?? [];
    };
    const whole = { ...input, files: changed, read, list };
    const report = check(hub ? { ...whole, hub: askerOf(hub.answer, wanted) } : whole);
    const open = missing.size > 0 || (listed && blobs === null);
    if (!open || round >= MAX_ROUNDS) {
      // Not before the repository is read: it may hold the model's config.json itself.
      if (hub === null || wanted.length === 0 || ++hubRounds > MAX_HUB_ROUNDS) return { report, files, notRead };
      await hub.fetch(wanted);
      continue;
    }
    if (blobs === null) {
      const head = await treeAt(client, repository, headSha);
      if (head.truncated)
        notRead.push(
          'The repository has more files than GitHub lists in one answer; files that a config refers to may be missing.',
        );
      blobs = head.blobs;
      folders = byFolder(blobs.keys());
    }
    const present: { path: string; sha: string }[] = [];
    for (const path of missing) {
      const sha = blobs.get(path);
      if (sha !== undefined && left-- > 0) present.push({ path, sha });
      asked.add(path);
    }
    await fetchAll(present, true);
  }
}

/** Names of the files in each folder of a tree. */
function byFolder(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, slash));
    const names = folders.get(folder);
    if (names) names.push(path.slice(slash + 1));
    else folders.set(folder, [path.slice(slash + 1)]);
  }
  return folders;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, worker));
}
