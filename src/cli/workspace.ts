import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { inFolder } from '../paths.ts';
import type { SourceFile } from '../text.ts';
import { isUsualConfig } from '../policy/paths.ts';
import { type IgnoreRule, isIgnored, parseGitignore } from './gitignore.ts';
import type { UsageProblem } from './surroundings.ts';

/** No serving config comes near this; what is larger is data. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Enough for the largest repositories; a home folder given by mistake stops here. */
const MAX_FILES = 50_000;
const NEVER = new Set(['.git', 'node_modules']);
/** The text files under some paths. */
export interface Workspace {
  /** Absolute, without links. File paths are relative to it. */
  readonly root: string;
  readonly files: readonly SourceFile[];
  /** What was left out that a reader may miss, in words. */
  readonly leftOut: readonly string[];
}

/** The folder that paths are shown from: the repository round `path`, else the folder itself or the one it is in. */
export function rootOf(path: string, cwd: string): string | UsageProblem {
  const absolute = resolve(cwd, path);
  if (!existsSync(absolute)) return { problem: `'${path}' does not exist`, remedy: 'Name a file or a folder.' };
  const here = realpathSync(cwd);
  const found = realpathSync(absolute);
  const folder = lstatSync(found).isDirectory() ? found : dirname(found);
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) break;
  }
  return isUnder(folder, here) ? here : folder;
}

/** Reads every text file under the paths that git does not ignore. Links are never followed. */
export function readWorkspace(paths: readonly string[], cwd: string): Workspace | UsageProblem {
  const root = rootOf(paths[0] ?? '.', cwd);
  if (typeof root !== 'string') return root;
  const gathering: Gathering = {
    root,
    files: new Map(),
    folders: new Set(),
    large: [],
    links: [],
    unreadable: [],
    binary: [],
    overflow: false,
  };
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    if (!existsSync(absolute)) return { problem: `'${path}' does not exist`, remedy: 'Name a file or a folder.' };
    if (lstatSync(absolute).isSymbolicLink()) {
      return { problem: `'${path}' is a link`, remedy: 'Links are never followed; name what it points to.' };
    }
    const real = realpathSync(absolute);
    if (!isUnder(real, root)) {
      return { problem: `'${path}' lies outside ${root}`, remedy: 'Check one repository at a time.' };
    }
    const inside = pathFrom(root, real);
    const stat = lstatSync(real);
    if (stat.isDirectory()) gatherFolder(gathering, inside, rulesAbove(root, inside));
    else if (stat.isFile()) gatherFile(gathering, inside);
    else return { problem: `'${path}' is no file and no folder`, remedy: 'Name a file or a folder.' };
    const { large, unreadable, binary } = gathering;
    if ([...large, ...unreadable, ...binary].includes(inside === '' ? '.' : inside))
      return { problem: `'${path}' cannot be checked`, remedy: `${leftOut(gathering).join('; ')}.` };
  }
  const files = [...gathering.files].map(([path, text]) => ({ path, text }));
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { root, files, leftOut: leftOut(gathering) };
}

/** Any other file of the repository as text, or null when there is none, it is no text, or a link leads to it. */
export function readFrom(root: string, path: string): SourceFile | null {
  if (path.includes('\0') || path.split('/').includes('..') || path.startsWith('/')) return null;
  const absolute = join(root, path);
  try {
    if (realpathSync(absolute) !== absolute) return null;
    const stat = lstatSync(absolute);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) return null;
    const text = textOf(readFileSync(absolute));
    return text === null ? null : { path, text };
  } catch {
    // Absent or not readable: to the caller the same.
    return null;
  }
}

/** Names of the ordinary files in a folder; none when there is no such folder, or a link leads to it. */
export function listFrom(root: string, folder: string): readonly string[] {
  if (folder.includes('\0') || folder.split('/').includes('..') || folder.startsWith('/')) return [];
  const absolute = join(root, folder);
  try {
    if (realpathSync(absolute) !== absolute) return [];
    return readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  } catch {
    // Absent or not readable: to the caller the same.
    return [];
  }
}

interface Gathering {
  readonly root: string;
  readonly files: Map<string, string>;
  readonly folders: Set<string>;
  readonly large: string[];
  readonly links: string[];
  /** The system gives no access to them, or they have gone meanwhile, or their names are not in UTF-8. */
  readonly unreadable: string[];
  /** They hold NUL bytes, as texts in UTF-16 do, and are called like configs. Bash passes over NUL bytes. */
  readonly binary: string[];
  overflow: boolean;
}

function gatherFolder(gathering: Gathering, folder: string, inherited: readonly IgnoreRule[]): void {
  gathering.folders.add(folder);
  const entries = entriesOf(join(gathering.root, folder));
  if (entries === null) {
    gathering.unreadable.push(folder === '' ? '.' : folder);
    return;
  }
  const own = readFrom(gathering.root, inFolder(folder, '.gitignore'));
  const rules = own === null ? inherited : [...inherited, ...parseGitignore(own.text, folder)];
  for (const entry of entries) {
    const path = inFolder(folder, entry.name);
    if (NEVER.has(entry.name) || isIgnored(path, entry.isDirectory(), rules)) continue;
    if (entry.isSymbolicLink()) gathering.links.push(path);
    else if (entry.isDirectory()) gatherFolder(gathering, path, rules);
    else if (entry.isFile()) gatherFile(gathering, path);
  }
}

function entriesOf(absolute: string): readonly Dirent[] | null {
  try {
    return readdirSync(absolute, { withFileTypes: true });
  } catch {
    return null;
  }
}

function gatherFile(gathering: Gathering, path: string): void {
  const absolute = join(gathering.root, path);
  try {
    if (lstatSync(absolute).size > MAX_FILE_BYTES) {
      if (isUsualConfig(path)) gathering.large.push(path);
      return;
    }
    if (gathering.files.size >= MAX_FILES) {
      gathering.overflow = true;
      return;
    }
    const bytes = readFileSync(absolute);
    const text = textOf(bytes);
    if (text !== null) gathering.files.set(path, text);
    else if (isUsualConfig(path)) gathering.binary.push(path);
  } catch {
    gathering.unreadable.push(path);
  }
}

/** Whether what a link leads to was read under its own name, so that nothing is missed. */
function isReadAnyway({ root, files, folders }: Gathering, link: string): boolean {
  try {
    const path = pathFrom(root, realpathSync(join(root, link)));
    return files.has(path) || folders.has(path);
  } catch {
    // It leads nowhere, or in a circle.
    return false;
  }
}

/** The rules of the .gitignore files above a folder, outermost first. */
function rulesAbove(root: string, folder: string): IgnoreRule[] {
  const rules: IgnoreRule[] = [];
  let base = '';
  for (const name of folder === '' ? [] : folder.split('/')) {
    const file = readFrom(root, inFolder(base, '.gitignore'));
    if (file) rules.push(...parseGitignore(file.text, base));
    base = inFolder(base, name);
  }
  return rules;
}

/** The text of some bytes, or null when a NUL says that it is none. */
function textOf(bytes: Buffer): string | null {
  return bytes.includes(0) ? null : bytes.toString('utf8');
}

function leftOut(gathering: Gathering): string[] {
  const { large, unreadable, binary, overflow } = gathering;
  const links = gathering.links.filter((link) => !isReadAnyway(gathering, link));
  const some = (paths: readonly string[]): string =>
    paths.slice(0, 5).join(', ') + (paths.length > 5 ? ` and ${paths.length - 5} more` : '');
  const notes: string[] = [];
  if (large.length > 0) notes.push(`not read, larger than 1 MiB: ${some(large)}`);
  if (unreadable.length > 0) notes.push(`could not be opened: ${some(unreadable)}`);
  if (binary.length > 0) notes.push(`not read, binary or in UTF-16: ${some(binary)}`);
  if (links.length > 0) notes.push(`links not followed: ${some(links)}`);
  if (overflow) notes.push(`only the first ${MAX_FILES} files were read; name the folders to check`);
  return notes;
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function pathFrom(root: string, absolute: string): string {
  return relative(root, absolute).split(sep).join('/');
}
