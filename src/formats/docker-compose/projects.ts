import { readDotenv } from '../../syntax/dotenv.ts';
import type { Lookup } from '../../syntax/interpolation.ts';
import { firstOf, noting } from '../../syntax/unread.ts';
import type { Word } from '../../syntax/word.ts';
import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { baseName } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, foldersFrom, inFolder, pathIn } from '../../paths.ts';
import { type Run, runsOf, usualIn } from './runs.ts';
import { OVERRIDE_NAMES, USUAL_NAMES } from './usual-names.ts';

/** A way in which a Compose file becomes part of a project. */
export interface Project {
  /** Files that it is laid over, the weakest first. */
  readonly below: readonly string[];
  /** The folder that its relative paths start from. */
  readonly directory: string;
  /** What Compose puts in for variables of the file. */
  readonly variables: Lookup;
}

/** Ways to start one file; what more there are says little else. */
const MAX_PROJECTS = 12;
/** Folders above a file in which others include it. */
const MAX_FOLDERS = 4;
const MAX_INCLUDERS = 12;
/** Characters of a file that includes others; what is longer is data. */
const MAX_CHARACTERS = 128 * 1024;

/**
 * The projects that a Compose file is part of: as scripts, `COMPOSE_FILE` and files that include it have it; by itself, with
 * the `.env` beside it, where there are none of these.
 */
export function projectsOf(path: string, context: FormatContext): readonly Project[] {
  const folder = folderOf(path);
  const beside = inFolder(folder, '.env');
  const runs = [...runsOf(path, context), ...namedRuns(path, context)];
  const started = runs.map((run) => ofRun(run, path, context));
  const included = includersOf(path, context).map((one) => ofInclude(one, path, context));
  const found = [...started, ...included];
  const isPlain = found.length === 0 || (started.length > 0 && context.read(beside) !== null && isUsual(path));
  const plain: Project = {
    below: overridden(path, context),
    directory: folder,
    variables: fromFiles([beside], NOTHING, context),
  };
  return firstOf([...(isPlain ? [plain] : []), ...found], MAX_PROJECTS, 'ways to start a Compose file');
}

const NOTHING: Lookup = () => null;

function isUsual(path: string): boolean {
  const base = baseName(path);
  return USUAL_NAMES.includes(base) || OVERRIDE_NAMES.includes(base);
}

/** What Compose lays a file over by its name alone. */
function overridden(path: string, context: FormatContext): readonly string[] {
  const base = baseName(path);
  if (!OVERRIDE_NAMES.includes(base)) return [];
  return usualIn(folderOf(path), context).filter((one) => one !== path);
}

function ofRun({ files, envFiles, directory, environment }: Run, path: string, context: FormatContext): Project {
  const own: Lookup = (name) => environment.get(name) ?? null;
  // Without any file of variables it is the one of the project's folder.
  const named = envFiles.length > 0 ? envFiles : [inFolder(directory, '.env')];
  return {
    below: files.slice(0, files.indexOf(path)),
    directory,
    variables: firstSet([own, fromFiles(named, own, context)]),
  };
}

/** `COMPOSE_FILE=a.yml:b.yml` in the `.env` of a folder (docs: pre-defined environment variables). */
function namedRuns(path: string, context: FormatContext): Run[] {
  return foldersFrom(folderOf(path), 2).flatMap((folder): Run[] => {
    const file = context.read(inFolder(folder, '.env'));
    const named = file?.text.includes('COMPOSE_FILE') ? readDotenv(file).get('COMPOSE_FILE') : undefined;
    if (!named || named.unresolved !== null) return [];
    const files = named.text.text.split(/[:;]/).flatMap((one) => pathIn(folder, one) ?? []);
    if (!files.includes(path)) return [];
    return [{ files, envFiles: [], directory: folder, environment: new Map<string, Word>() }];
  });
}

interface Include {
  readonly by: string;
  readonly paths: readonly string[];
  readonly envFiles: readonly string[];
  readonly directory: string | null;
}

function ofInclude({ by, paths, envFiles, directory }: Include, path: string, context: FormatContext): Project {
  const home = directory ?? folderOf(paths[0] ?? path);
  const [outer] = projectsOf(by, { ...context, list: () => [] });
  // The project that includes it goes before (docs: include, env_file).
  const own = fromFiles(envFiles.length > 0 ? envFiles : [inFolder(home, '.env')], NOTHING, context);
  return {
    below: paths.slice(0, paths.indexOf(path)),
    directory: home,
    variables: firstSet([outer?.variables ?? NOTHING, own]),
  };
}

/** The entries by which other files near include one. */
function includersOf(path: string, context: FormatContext): Include[] {
  const { list, read } = context;
  if (!list) return [];
  const names = foldersFrom(folderOf(path), MAX_FOLDERS).flatMap((folder) =>
    list(folder).flatMap((name) => (/compose[\w.-]*\.ya?ml$/i.test(name) ? [inFolder(folder, name)] : [])),
  );
  return names
    .filter((name) => name !== path)
    .slice(0, MAX_INCLUDERS)
    .flatMap((name) => {
      const file = read(name);
      const yaml =
        file && file.text.length <= MAX_CHARACTERS && /^include\s*:/m.test(file.text)
          ? noting(() => readYaml(file)).value
          : null;
      const [document] = yaml && 'documents' in yaml ? yaml.documents : [];
      return document ? includesIn(document).filter(({ paths }) => paths.includes(path)) : [];
    });
}

/** What a document includes, as paths in the repository; what lies elsewhere has none. */
export function includesIn(document: YamlValue): Include[] {
  const by = document.file.path;
  const folder = folderOf(by);
  const inside = (value: YamlValue | null): string[] => {
    const items = value?.kind === 'sequence' ? itemsOf(value) : value ? [value] : [];
    return items.flatMap((item) => {
      const text = textOf(item) ?? textOf(at(item, 'path'));
      return text === null || /^[a-z]+:\/\/|^git@/.test(text) ? [] : (pathIn(folder, text) ?? []);
    });
  };
  return itemsOf(at(document, 'include')).map((entry) => ({
    by,
    paths: inside(entry.kind === 'scalar' ? entry : at(entry, 'path')),
    envFiles: inside(at(entry, 'env_file')),
    directory: inside(at(entry, 'project_directory'))[0] ?? null,
  }));
}

/** The variables of some files, later ones winning. */
function fromFiles(paths: readonly string[], outer: Lookup, { read }: FormatContext): Lookup {
  let variables: Map<string, Word> | null = null;
  return (name) => {
    if (variables === null) {
      variables = new Map();
      for (const path of paths) {
        const file = read(path);
        for (const [key, word] of file ? readDotenv(file, outer) : []) variables.set(key, word);
      }
    }
    return variables.get(name) ?? null;
  };
}

function firstSet(lookups: readonly Lookup[]): Lookup {
  return (name) => {
    for (const lookup of lookups) {
      const found = lookup(name);
      if (found !== null) return found;
    }
    return null;
  };
}
