import { readJustfile } from '../../syntax/just/index.ts';
import { readMakefile } from '../../syntax/make/index.ts';
import { mappedFile } from '../../syntax/mapped-text.ts';
import { noting } from '../../syntax/unread.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { scopeOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { type ScriptStart, startsIn } from '../launch.ts';
import { sourcedFrom, writtenPath } from '../sourced-file.ts';
import { folderOf, foldersFrom, inFolder, pathIn } from '../../paths.ts';
import { composeCommandOf } from './run-command.ts';
import { OVERRIDE_NAMES, USUAL_NAMES } from './usual-names.ts';

/** One way in which a script of the repository starts a Compose project. */
export interface Run {
  /** Paths in the repository, each laid over those before it. */
  readonly files: readonly string[];
  readonly envFiles: readonly string[];
  readonly directory: string;
  /** What the script exports, or sets in front of the command. */
  readonly environment: ReadonlyMap<string, Word>;
}

/** Folders above a Compose file, and those in them, in which whoever runs it keeps scripts. */
const MAX_FOLDERS = 4;
const WITHIN = ['', 'scripts', 'bin'];
const MAX_SCRIPTS = 30;
/** Characters of all scripts that are read for one file; whoever starts a project does not write more. */
const MAX_CHARACTERS = 256 * 1024;
const SCRIPT = /^(?:(?:GNU)?makefile|justfile)$|\.(?:sh|bash|mk|just)$/i;
const MENTIONS = /\bcompose\b|\bstack\s+deploy\b/;

/** The ways in which scripts near a Compose file start it. */
export function runsOf(path: string, context: FormatContext): Run[] {
  const { list } = context;
  if (!list) return [];
  const base = baseName(path);
  const isUsual = USUAL_NAMES.includes(base) || OVERRIDE_NAMES.includes(base);
  const runs: Run[] = [];
  let left = MAX_SCRIPTS;
  let characters = MAX_CHARACTERS;
  for (const above of foldersFrom(folderOf(path), MAX_FOLDERS)) {
    for (const within of WITHIN) {
      const folder = [above, within].filter((part) => part !== '').join('/');
      for (const name of list(folder)) {
        if (!SCRIPT.test(name) || left-- <= 0) continue;
        const file = context.read(inFolder(folder, name));
        const speaks = file !== null && MENTIONS.test(file.text) && (isUsual || file.text.includes(base));
        if (!speaks || file.text.length > characters) continue;
        characters -= file.text.length;
        runs.push(...runsIn(file, path, context));
      }
    }
  }
  return runs;
}

function runsIn(file: SourceFile, path: string, context: FormatContext): Run[] {
  const folder = folderOf(file.path);
  const bases = foldersFrom(folder, MAX_FOLDERS * 2);
  return commandsOf(file, context).flatMap((commands) => {
    const entered: string[] = [];
    return commands.flatMap(({ words, environment }): Run[] => {
      const [program, target] = words;
      const into = program?.text.text === 'cd' && target ? writtenPath(target) : null;
      if (into !== null) entered.push(into);
      const command = composeCommandOf(words);
      if (!command) return [];
      const files = command.files.map(writtenPath);
      // What is named by a variable that nobody sets may be anything.
      const known = files.flatMap((one) => one ?? []);
      if (known.length < files.length) return [];
      const homes = [
        ...entered.toReversed().flatMap((one) => bases.flatMap((base) => pathIn(base, one) ?? [])),
        ...bases,
      ];
      for (const home of homes) {
        const paths = known.length > 0 ? known.map((one) => pathIn(home, one)) : usualIn(home, context, path);
        const all = paths.flatMap((one) => one ?? []);
        if (!all.includes(path)) continue;
        const inside = (word: Word): string[] => {
          const own = writtenPath(word);
          const at = own === null ? null : pathIn(home, own);
          return at === null ? [] : [at];
        };
        const [directory = folderOf(all[0] ?? '')] = command.directory ? inside(command.directory) : [];
        return [{ files: all, envFiles: command.envFiles.flatMap(inside), directory, environment }];
      }
      return [];
    });
  });
}

/** The commands of a script, taken apart once for all files that it may start. What a limit leaves out of it is said where it is judged. */
function commandsOf(file: SourceFile, context: FormatContext): ScriptStart[][] {
  const scripts = read.get(context.read) ?? new Map<string, ScriptStart[][]>();
  read.set(context.read, scripts);
  const known = scripts.get(file.path) ?? noting(() => scriptsOf(file, context)).value;
  scripts.set(file.path, known);
  return known;
}

const read = new WeakMap<FormatContext['read'], Map<string, ScriptStart[][]>>();

/** The commands of a script, or of each recipe of a makefile or a justfile. */
function scriptsOf(file: SourceFile, context: FormatContext): ScriptStart[][] {
  const folder = folderOf(file.path);
  const name = baseName(file.path);
  if (/justfile$|\.just$/i.test(name)) {
    const { recipes, exported } = readJustfile(file);
    return recipes.map(({ script, open }) =>
      withExported(startsIn(script, scopeOf(new Map([...exported, ...open]))), exported),
    );
  }
  if (/makefile$|\.mk$/i.test(name)) {
    const { targets, exported } = readMakefile(file, (named) => {
      const at = pathIn(folder, named);
      return at === null || at === file.path ? null : context.read(at);
    });
    const given = new Map([...exported].map(([key, text]) => [key, { text, unresolved: null }]));
    return targets.map(({ scripts, open, nameText }) => {
      const closed = [...open].map(
        ([key, unresolved]) => [key, { text: { ...nameText, text: '' }, unresolved }] as const,
      );
      const scope = scopeOf(new Map<string, Word>([...given, ...closed]));
      return scripts.flatMap((script) => withExported(startsIn(script, scope), given));
    });
  }
  return [startsIn(mappedFile(file), new Map(), sourcedFrom(folder, context))];
}

function withExported(starts: ScriptStart[], exported: ReadonlyMap<string, Word>): ScriptStart[] {
  if (exported.size === 0) return starts;
  return starts.map((start) => ({ ...start, environment: new Map([...exported, ...start.environment]) }));
}

/** What `docker compose` reads in a folder by itself: the first of the usual names, and what overrides it. `there`: a file that is there. */
export function usualIn(folder: string, { read: readFile }: Pick<FormatContext, 'read'>, there = ''): string[] {
  const find = (names: readonly string[]): string[] => {
    const paths = names.map((name) => inFolder(folder, name));
    const [found] = paths.filter((path) => path === there || readFile(path) !== null);
    return found === undefined ? [] : [found];
  };
  const base = find(USUAL_NAMES);
  return base.length === 0 ? [] : [...base, ...find(OVERRIDE_NAMES)];
}
