import { baseName, placeOf, type SourceFile } from '../../text.ts';
import type { Lookup } from './lookup.ts';
import { foldersFrom, folderOf, pathIn } from '../../paths.ts';
import { exactVersion, packageName, readRequirement } from './requirement.ts';
import { combined, type Statement } from './statement.ts';

/** Longest text that is looked at; a lock file of a large project has about a million characters. */
const MAX_CHARACTERS = 1_200_000;
const MAX_LINE_CHARACTERS = 2_000;
/** Files that one may include, and those in turn. */
const MAX_INCLUDES = 10;
/** Lines of one file that name the engine; an honest one has one or two. */
const MAX_STATEMENTS = 20;
/** Folders above the command's own in which a file that it names is looked for. */
const MAX_FOLDERS = 8;

/**
 * What a requirements file says that a command names (`pip install -r app/requirements.txt`). Its path is one inside an
 * image or from some working folder: the nearest file of that path, or of that name, is taken.
 */
export function requirementFile(path: string, lookup: Lookup): Statement | null {
  if (!/^[\w./ -]{1,200}$/.test(path)) return null;
  const base = baseName(path);
  for (const folder of foldersFrom(lookup.folder, MAX_FOLDERS)) {
    const paths = new Set(path.startsWith('/') ? [base] : [path, base]);
    for (const relative of paths) {
      const full = pathIn(folder, relative);
      const file = full === null || full === '' ? null : lookup.read(full);
      if (file) return requirementsOf(file, lookup);
    }
  }
  return null;
}

interface Line {
  readonly text: string;
  readonly start: number;
}

/** The lines that hold one of some words, without the rest of a file that may be large. */
function* linesWith(text: string, words: RegExp): Generator<Line> {
  const whole = text.slice(0, MAX_CHARACTERS);
  if (!words.test(whole)) return;
  for (let start = 0; start < whole.length;) {
    const newline = whole.indexOf('\n', start);
    const end = newline === -1 ? whole.length : newline;
    const line = whole.slice(start, Math.min(end, start + MAX_LINE_CHARACTERS)).replace(/\r$/, '');
    if (words.test(line)) yield { text: line, start };
    start = end + 1;
  }
}

/** Any of some package names, in whatever case and with whatever separators. */
function namesOf(packages: readonly string[], more = ''): RegExp {
  const names = packages.map((name) => packageName(name).replaceAll('-', '[-_.]'));
  return new RegExp(`${names.join('|')}${more}`, 'im');
}

/** A requirements file, with what it includes. `environment.yml` of conda is one with dashes in front. */
export function requirementsOf(
  file: SourceFile,
  lookup: Lookup,
  left: { includes: number } = { includes: MAX_INCLUDES },
): Statement | null {
  const found: Statement[] = [];
  for (const { text, start } of linesWith(file.text, namesOf(lookup.packages, '|^\\s{0,10}(?:-r|--requirement)'))) {
    if (found.length >= MAX_STATEMENTS) break;
    const line = text.replace(/(?:^|\s)#.*$/, '').replace(/\\?\s*$/, '');
    const included = /^\s{0,10}(?:-r|--requirement)[ =]{0,10}(\S{1,200})/.exec(line)?.[1];
    if (included !== undefined) {
      const path = pathIn(folderOf(file.path), included);
      const next = path === null || left.includes-- <= 0 ? null : lookup.read(path);
      const statement = next && requirementsOf(next, lookup, left);
      if (statement) found.push(statement);
      continue;
    }
    const written = line.replace(/^\s{0,20}-\s{1,10}/, '').trim();
    const single = /^([\w-]{1,80})=([^=\s]{1,80})(?:=\S{0,80})?$/.exec(written);
    const statement = statementOf(file, single ? `${single[1]}==${single[2]}` : written, start, text, lookup);
    if (statement) found.push(statement);
  }
  return combined(found);
}

/** The dependencies of a `pyproject.toml`: quoted requirements anywhere, and poetry's keys. */
export function projectOf(file: SourceFile, lookup: Lookup): Statement | null {
  const found: Statement[] = [];
  const names = namesOf(lookup.packages, '|^\\s{0,10}\\[');
  let section = '';
  for (const { text, start } of linesWith(file.text, names)) {
    if (found.length >= MAX_STATEMENTS) break;
    const header = /^\s{0,10}\[{1,2}([^\]]{1,200})\]{1,2}\s{0,20}(?:#.*)?$/.exec(text)?.[1];
    if (header !== undefined) {
      section = header;
      continue;
    }
    if (/^\s*#/.test(text) || !DEPENDENCY_SECTION.test(section)) continue;
    const [, key = '', value = ''] = /^\s{0,10}["']?([\w.-]{1,80})["']?\s{0,10}=\s{0,10}(.{1,400})$/.exec(text) ?? [];
    if (DESCRIBES.test(key)) continue;
    const named = lookup.packages.some((name) => packageName(name) === packageName(key));
    const written = named && POETRY_SECTION.test(section) ? poetryRequirement(key, value) : null;
    if (written !== null) {
      const statement = statementOf(file, written, start, text, lookup);
      if (statement) found.push(statement);
      continue;
    }
    for (const [, double, single = ''] of text.matchAll(/"([^"]{1,300})"|'([^']{1,300})'/g)) {
      const statement = statementOf(file, double ?? single, start, text, lookup);
      if (statement) found.push(statement);
    }
  }
  return combined(found);
}

/** Tables that hold requirements (docs: pyproject.toml, uv, poetry, pdm, hatch). */
const DEPENDENCY_SECTION = /^project$|dependenc|^tool\.(?:uv|pdm|hatch|poetry)\b/;
const POETRY_SECTION = /^tool\.poetry\..*dependencies$/;
/** Keys of those tables that only speak of a package. */
const DESCRIBES = /^(?:name|keywords|description|classifiers|readme|packages)$/;

/** `vllm = "0.9.1"` is that version alone, `"^0.9"` is a range (docs: poetry, dependency specification). */
function poetryRequirement(name: string, value: string): string {
  const written =
    /^["']([^"']{0,100})["']/.exec(value)?.[1] ?? /\bversion\s{0,10}=\s{0,10}["']([^"']{0,100})["']/.exec(value)?.[1];
  if (written === undefined || written === '*') return name;
  if (exactVersion(written) !== null) return `${name}==${written}`;
  return /^[<>=!~]/.test(written) ? `${name}${written}` : `${name}>=${written.replace(/^\^/, '')}`;
}

/** The version that a lock file of uv, poetry or pdm has settled on: `[[package]]`, `name = …`, `version = …`. */
export function lockedIn(file: SourceFile, lookup: Lookup): Statement | null {
  const found: Statement[] = [];
  const whole = file.text.slice(0, MAX_CHARACTERS);
  for (const name of lookup.packages) {
    const key = `name = "${packageName(name)}"`;
    for (
      let at = whole.indexOf(key);
      at !== -1 && found.length < MAX_STATEMENTS;
      at = whole.indexOf(key, at + key.length)
    ) {
      if (at > 0 && whole[at - 1] !== '\n') continue;
      const next = whole.slice(at, at + 400);
      const [line, written] = /\nversion = "([^"\n]{1,100})"/.exec(next.split('\n[', 1)[0] ?? '') ?? [];
      const version = written === undefined ? null : exactVersion(written);
      if (line === undefined || version === null) continue;
      const start = at + next.indexOf(line) + 1;
      const place = placeOf(file, start, start + line.length - 1);
      found.push({ version, text: `${name} ${version}`, place, replaces: true });
    }
  }
  return combined(found);
}

function statementOf(
  file: SourceFile,
  written: string,
  start: number,
  line: string,
  { packages }: Lookup,
): Statement | null {
  const requirement = readRequirement(written);
  if (requirement === null || !packages.some((name) => packageName(name) === requirement.name)) return null;
  const { version, text } = requirement;
  // A bare name takes what is there already.
  const replaces = version !== null || /[<>=~!@]/.test(text);
  return { version, text, place: placeOf(file, start, start + line.length), replaces };
}
