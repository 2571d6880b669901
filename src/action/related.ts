import { check, type CheckInput } from '../check.ts';
import { isCandidate, mayLaunch, type Changes } from '../github/files.ts';
import { isChecked, isUsualConfig } from '../policy/paths.ts';
import { folderOf } from '../paths.ts';
import type { SourceFile } from '../text.ts';
import { namesByFolder } from '../github/trees.ts';
import type { CommitView } from './commit-view.ts';

/** Files that are looked through for configs that use a changed file; two queries. */
const MAX_NEIGHBOURS = 80;
/** Folders up and down from a changed file in which its users are looked for: `base/x.yaml` is used in `overlays/prod`. */
const MAX_UP = 3;
const MAX_DOWN = 3;

/** Names of what a config reads beside itself: environment, image, script, values, dependencies, a model's config. */
const MAY_BE_USED =
  /(?:^|\/)(?:[^/]{0,100}\.)?(?:env|Dockerfile|Containerfile|Makefile|justfile)(?:\.[^/]{1,100})?$|\.(?:ya?ml|json|sh|bash|toml|cfg|conf|ini|properties|txt|in|tpl|tftpl|mk|tfvars|tf|service|container|lock|py)$/i;
export interface Related {
  /** Unchanged files with a launch that reads a changed file. */
  readonly files: readonly SourceFile[];
  /** How far was looked, in words; null when everything near was. */
  readonly note: string | null;
}

/**
 * Configs that the change does not touch but whose meaning it changes: their `.env`, Dockerfile, ConfigMap, values file or
 * started script is among the changed files. Each file near is read as a config would be, and what it asked for decides.
 */
export async function relatedFiles(
  view: CommitView,
  changes: Changes,
  input: Omit<CheckInput, 'files' | 'read' | 'list' | 'hub'>,
): Promise<Related> {
  const changed = new Set(
    changes.files.flatMap(({ path, previousPath }) => (previousPath === null ? [path] : [path, previousPath])),
  );
  const used = changes.files
    .filter(
      (file) =>
        (isCandidate(file) || file.status === 'removed' || file.path.endsWith('.lock')) && MAY_BE_USED.test(file.path),
    )
    .map(({ path }) => path);
  if (used.length === 0) return { files: [], note: null };
  const { blobs } = await view.tree();
  const stepsTo = distanceFrom(new Set(used.map(folderOf)));
  const near = [...blobs]
    .filter(([path]) => !changed.has(path) && mayLaunch(path) && isChecked(path, input.policy))
    .map(([path, sha]) => ({ path, sha, distance: stepsTo(folderOf(path)) }))
    .filter(({ distance }) => Number.isFinite(distance))
    .map((one) => ({ ...one, distance: one.distance + (isUsualConfig(one.path) ? 0 : MAX_UP + MAX_DOWN) }))
    .sort((a, b) => a.distance - b.distance || (a.path < b.path ? -1 : 1));
  const looked = near.slice(0, MAX_NEIGHBOURS);
  const neighbours = await view.load(looked, true);
  // Without a GPU nothing is estimated: what is read is all that matters here.
  const lean = {
    ...input,
    policy: { ...input.policy, gpus: [], scopes: [] },
    hardware: { ...input.hardware, gpus: [] },
  };
  const gone = namesByFolder([...changed].filter((path) => !blobs.has(path)));
  const files: SourceFile[] = [];
  for (const file of neighbours) {
    const uses = await view.settle(({ read, list }) => {
      let found = false;
      const noted = (path: string): SourceFile | null => {
        found ||= changed.has(path);
        return read(path);
      };
      // Names that are gone are shown too: who would have read them is who misses them.
      const whole = (folder: string): readonly string[] => [...list(folder), ...(gone.get(folder) ?? [])];
      const { deployments, unsupported } = check({ ...lean, files: [file], read: noted, list: whole });
      return found && deployments.length + unsupported.length > 0;
    });
    if (uses) files.push(file);
  }
  const note =
    near.length > looked.length
      ? `${looked.length} of ${near.length} files near the changed ones were looked through for configs that use them.`
      : null;
  return { files, note };
}

/** Steps from the nearest of some folders to another, up and down; infinite when all are too far apart. Each is counted once. */
function distanceFrom(folders: ReadonlySet<string>): (to: string) => number {
  const origins = [...folders].map(partsOf);
  const known = new Map<string, number>();
  return (to) => {
    const found = known.get(to);
    if (found !== undefined) return found;
    const parts = partsOf(to);
    const least = Math.min(...origins.map((origin) => stepsBetween(origin, parts)));
    known.set(to, least);
    return least;
  };
}

function stepsBetween(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < a.length && shared < b.length && a[shared] === b[shared]) shared++;
  const [up, down] = [a.length - shared, b.length - shared];
  return up > MAX_UP || down > MAX_DOWN ? Number.POSITIVE_INFINITY : up + down;
}

function partsOf(folder: string): readonly string[] {
  return folder === '' ? [] : folder.split('/');
}
