import type { Deployment } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { dockerfileStatement } from './dockerfile.ts';
import type { Lookup } from './lookup.ts';
import { folderOf, foldersFrom, inFolder } from '../../paths.ts';
import { lockedIn, projectOf, requirementsOf } from './requirement-files.ts';
import type { Statement } from './statement.ts';

/** The repository as the edges show it: what a folder holds, and any text. */
export interface Repository {
  read(path: string): SourceFile | null;
  /** Names of the files in a folder (`''` is the root), without those of the folders in it. */
  list(folder: string): readonly string[];
}

/** Folders from the config's own up to the root. */
const MAX_FOLDERS = 20;
/** Files of one kind in one folder. */
const MAX_FILES = 8;

const DOCKERFILE = /^(?:[\w.-]{1,80}\.)?(?:Dockerfile|Containerfile)(?:\.[\w.-]{1,80})?$/i;
const REQUIREMENTS = /^(?:[\w.-]{1,60}[-_.])?requirements?(?:[-_.][\w.-]{1,60})?\.(?:txt|in)$|^environment\.ya?ml$/i;
const LOCKS = ['uv.lock', 'poetry.lock', 'pdm.lock'];

/** Where the version of a deployment is looked for that states none itself. What is found once serves all its neighbours. */
export type VersionFinder = (deployment: Deployment, engine: Engine) => Deployment;

/**
 * Files beside the configs that say which engine is installed: the nearest folder, up to the root, whose Dockerfile,
 * requirements, project or lock file names it. A range names it and leaves the version open.
 */
export function versionFinder(repository: Repository): VersionFinder {
  const known = new Map<string, Statement | null>();
  const statedIn = (folder: string, engine: Engine): Statement | null => {
    const key = `${engine.id} ${folder}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const found = statementIn(folder, engine, repository);
    known.set(key, found);
    return found;
  };
  return (deployment, engine) => {
    const { version, versionSource } = deployment.engine;
    if (version !== null || versionSource !== null) return deployment;
    const own = folderOf(deployment.file);
    for (const folder of foldersFrom(own, MAX_FOLDERS)) {
      const found = statedIn(folder, engine);
      if (found) return { ...deployment, engine: { ...deployment.engine, ...stated(found, own) } };
    }
    return deployment;
  };
}

function stated({ version, text, place }: Statement, own: string): Partial<Deployment['engine']> {
  const base = baseName(place.file);
  const file = folderOf(place.file) === own ? `${base} beside it` : place.file;
  const versionSource =
    version === null
      ? `${file} names no one version (${text}, line ${place.line})`
      : `${file} (${text}, line ${place.line})`;
  return { version, versionSource, versionPlace: place };
}

/** What one folder says: its Dockerfile first, for it has the last word on what is installed; exact versions before ranges. */
function statementIn(folder: string, engine: Engine, { read, list }: Repository): Statement | null {
  const names = list(folder);
  const lookup: Lookup = { packages: engine.packages, folder, read };
  const fileOf = (name: string): SourceFile | null => read(inFolder(folder, name));
  const built = oneOf(names, DOCKERFILE, /^(?:Dockerfile|Containerfile)$/i, (name) => {
    const file = fileOf(name);
    return file && dockerfileStatement(file, engine, lookup);
  });
  if (built) return built;
  const required = oneOf(names, REQUIREMENTS, /^requirements\.txt$/i, (name) => {
    const file = fileOf(name);
    return file && requirementsOf(file, lookup);
  });
  if (required && required.version !== null) return required;
  const project = names.includes('pyproject.toml') ? fileOf('pyproject.toml') : null;
  const depended = project && projectOf(project, lookup);
  if (!depended || depended.version !== null) return depended ?? required;
  for (const name of LOCKS.filter((lock) => names.includes(lock))) {
    const file = fileOf(name);
    const locked = file && lockedIn(file, lookup);
    if (locked) return locked;
  }
  return required ?? depended;
}

/** The file of the usual name when it names the engine, else all others of its kind, which must agree. */
function oneOf(
  names: readonly string[],
  kind: RegExp,
  usual: RegExp,
  statementOf: (name: string) => Statement | null,
): Statement | null {
  const all = names.filter((name) => kind.test(name)).toSorted();
  for (const name of all.filter((one) => usual.test(one))) {
    const found = statementOf(name);
    if (found) return found;
  }
  const others = all.filter((name) => !usual.test(name)).slice(0, MAX_FILES);
  const found = others.flatMap((name) => statementOf(name) ?? []);
  const [first] = found.filter(({ version }) => version !== null);
  if (!first) return found[0] ?? null;
  const other = found.find(({ version }) => version !== null && version !== first.version);
  if (!other) return first;
  const text = `${first.text} there, ${other.text} in ${baseName(other.place.file)}`;
  return { ...first, version: null, text };
}
