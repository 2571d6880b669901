import { check, type CheckInput } from '../check.ts';
import { blobReader } from '../github/blobs.ts';
import type { Client, Repository } from '../github/client.ts';
import { type ChangedFile, type Changes, isCandidate, isSubmodule, mergeBaseOf } from '../github/files.ts';
import { treeAt } from '../github/trees.ts';
import type { Hub } from '../hub/client.ts';
import { askerOf } from '../models/asker.ts';
import type { ModelRequest } from '../models/stated-facts.ts';
import { isChecked, isUsualConfig } from '../policy/paths.ts';
import { compareReports } from '../report/compare.ts';
import type { Report } from '../report/report.ts';
import type { SourceFile } from '../text.ts';
import { type CommitView, commitView } from './commit-view.ts';
import { relatedFiles } from './related.ts';

/** Changed files read in one run, forty to a request: as many as GitHub lists of one pull request. */
const MAX_FILES = 3_000;
/** A model may name a drafter, and nothing names a third. */
const MAX_HUB_ROUNDS = 3;
/** A path alone on a line: what git stores for a symbolic link. */
const LINK_TEXT = /^[\w.@+-]{1,100}(?:\/[\w.@+-]{1,100}){1,40}$|^[\w@+-]{1,100}\.[\w.]{1,20}$/;

export interface Gathered {
  readonly report: Report;
  /** Every file of the head that was judged, by path. */
  readonly files: ReadonlyMap<string, SourceFile>;
  /** What was not read and a reviewer has to know, in words. */
  readonly notRead: readonly string[];
  /** What only the log and the summary need to say. */
  readonly asides: readonly string[];
}

/** The two ends of a change. */
export interface Ends {
  readonly baseSha: string;
  readonly headSha: string;
}

type Input = Omit<CheckInput, 'files' | 'read' | 'list' | 'hub'>;

/**
 * Reads the changed files at the head, and the unchanged configs that use one of them, and checks them; then does the
 * same with the base and compares. The check is pure and cannot fetch: what else it asks for is read from the commit's tree,
 * and it is run again. Models that the repository does not know are then asked of the Hub, where there is one to ask.
 */
export async function gatherAndCheck(
  client: Client,
  repository: Repository,
  ends: Ends,
  changes: Changes,
  input: Input,
  hub: Hub | null = null,
): Promise<Gathered> {
  const blobs = blobReader(client, repository);
  const head = commitView(blobs, () => treeAt(client, repository, ends.headSha));
  const candidates = usualFirst(
    changes.files.filter((file) => isCandidate(file) && isChecked(file.path, input.policy)),
  );
  const changed = await head.load(
    candidates.slice(0, MAX_FILES).flatMap(({ path, sha }) => (sha === null ? [] : [{ path, sha }])),
  );
  const related = changes.whole ? { files: [], note: null } : await relatedFiles(head, changes, input);
  const own = inOrder([...changed.filter((file) => !isLink(file, changes)), ...related.files]);
  const report = await checked(head, own, input, hub);
  const asides: string[] = related.note === null ? [] : [related.note];
  const notRead = [
    ...changes.missing,
    ...head.notes,
    ...changes.files.filter(isSubmodule).map(({ path }) => `${path}: a submodule; what is in it is not read.`),
    ...changed.filter((file) => isLink(file, changes)).map(({ path }) => `${path}: a link; links are not followed.`),
    ...(candidates.length > MAX_FILES
      ? [
          `${candidates.length} files could hold a config; ${MAX_FILES} were read, those first that are called like one. Narrow \`paths\` in the policy.`,
        ]
      : []),
  ];
  const files = new Map(own.map((file) => [file.path, file]));
  const found = report.deployments.length + report.unsupported.length > 0;
  if (!found || changes.whole) return { report, files, notRead, asides };
  try {
    const mergeBase = changes.mergeBaseSha ?? (await mergeBaseOf(client, repository, ends.baseSha, ends.headSha));
    const base = commitView(blobs, () => treeAt(client, repository, mergeBase));
    const before = await baseReport(base, own, changes, input, hub);
    return { report: compareReports(report, before, renamesOf(changes)), files, notRead, asides };
  } catch (failure) {
    // The verdict is the head's alone.
    const why = failure instanceof Error ? failure.message : String(failure);
    return {
      report,
      files,
      notRead: [...notRead, `The base could not be read, so nothing is compared: ${why}`],
      asides,
    };
  }
}

/** The report of the base on the same files under their names there, and on the configs that are gone. */
async function baseReport(
  base: CommitView,
  own: readonly SourceFile[],
  changes: Changes,
  input: Input,
  hub: Hub | null,
): Promise<Report> {
  const renames = renamesOf(changes);
  const { blobs } = await base.tree();
  const gone = changes.files.filter((file) => file.status === 'removed' && isChecked(file.path, input.policy));
  const paths = [...own.map(({ path }) => renames.get(path) ?? path), ...gone.map(({ path }) => path)];
  const wanted = [...new Set(paths)].slice(0, MAX_FILES).flatMap((path) => {
    const sha = blobs.get(path);
    return sha === undefined ? [] : [{ path, sha }];
  });
  return checked(base, inOrder(await base.load(wanted)), input, hub);
}

async function checked(view: CommitView, files: readonly SourceFile[], input: Input, hub: Hub | null): Promise<Report> {
  for (let round = 0; ; round++) {
    const wanted: ModelRequest[] = [];
    const report = await view.settle(({ read, list }) => {
      wanted.length = 0;
      const whole = { ...input, files, read, list };
      return check(hub ? { ...whole, hub: askerOf(hub.answer, wanted) } : whole);
    });
    // Not before the repository is read: it may hold the model's config.json itself.
    if (hub === null || wanted.length === 0 || round >= MAX_HUB_ROUNDS) return report;
    await hub.fetch(wanted);
  }
}

/** Path at the head → path at the base. */
function renamesOf({ files }: Changes): ReadonlyMap<string, string> {
  return new Map(
    files.flatMap(({ path, previousPath, status }) =>
      previousPath !== null && status === 'renamed' ? [[path, previousPath] as const] : [],
    ),
  );
}

/** List-files gives no modes: a whole text that is one path without a newline is what git stores for a link. */
function isLink({ path, text }: SourceFile, { files }: Changes): boolean {
  const patch = files.find((file): file is ChangedFile => file.path === path)?.patch;
  return patch !== undefined && patch.includes('\\ No newline at end of file') && LINK_TEXT.test(text);
}

/** Where not all can be read, those that are called like configs are. */
function usualFirst(files: readonly ChangedFile[]): readonly ChangedFile[] {
  return [...files.filter(({ path }) => isUsualConfig(path)), ...files.filter(({ path }) => !isUsualConfig(path))];
}

function inOrder(files: readonly SourceFile[]): SourceFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
