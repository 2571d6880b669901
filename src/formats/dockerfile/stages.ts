import { execForm, type Heredoc, instructionsOf, type Instruction } from '../../syntax/dockerfile.ts';
import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { joinMapped, type MappedText, placeOfMapped, sliceMapped, writtenAs } from '../../syntax/mapped-text.ts';
import { readShell, type Scope } from '../../syntax/shell/index.ts';
import { splitWords } from '../../syntax/shell/split-words.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName, placeOf, type SourceFile } from '../../text.ts';
import type { Located } from '../../deployment.ts';
import type { FormatContext } from '../format.ts';
import { startsIn } from '../launch.ts';
import type { NestedFile } from '../nested-file.ts';
import { type Installed, installedBy } from '../version/install-command.ts';
import type { Placed } from '../started-script.ts';
import { folderOf, pathIn } from '../../paths.ts';
import { behind, filesWrittenBy } from '../written-files.ts';
import { firstOf } from '../../syntax/unread.ts';

/** ENTRYPOINT or CMD: words as they stand, or a text for a shell. */
export type CommandForm =
  | { readonly kind: 'exec'; readonly words: readonly Word[] }
  | { readonly kind: 'shell'; readonly text: MappedText };

/** One stage with all that it takes over from the stage that it is built on. */
export interface Stage {
  readonly name: string | null;
  /** The image at the bottom. */
  readonly image: Located<string>;
  readonly anchor: MappedText;
  readonly environment: ReadonlyMap<string, Word>;
  readonly entrypoint: CommandForm | null;
  readonly command: CommandForm | null;
  /** Whether the stage itself says what is started. */
  readonly speaks: boolean;
  readonly installed: readonly Installed[];
  /** Scripts that the file writes itself, by their whole path. */
  readonly scripts: ReadonlyMap<string, MappedText>;
  /** The folder in which commands run. */
  readonly workdir: string;
  /** What is copied from the repository. */
  readonly placed: readonly Placed[];
}

interface Building {
  name: string | null;
  image: Located<string>;
  anchor: MappedText;
  environment: Map<string, Word>;
  arguments: Map<string, Word>;
  entrypoint: CommandForm | null;
  command: CommandForm | null;
  ownCommand: boolean;
  speaks: boolean;
  installed: Installed[];
  scripts: Map<string, MappedText>;
  workdir: string;
  placed: Placed[];
}

const MAX_INSTALLS = 50;
/** Files of one COPY. */
const MAX_COPIES = 20;

/** The stages of a Dockerfile; `given` are values that a build gives to its arguments, `home` is its context where that is known. */
export function stagesOf(
  file: SourceFile,
  context: FormatContext,
  given: Lookup = () => null,
  home: string | null = null,
): Stage[] {
  const stages: Building[] = [];
  const homes = home === null ? [...new Set([folderOf(file.path), ''])] : [home];
  const global = new Map<string, Word>();
  for (const instruction of instructionsOf(file)) {
    const stage = stages.at(-1);
    const { name, body } = instruction;
    if (name === 'FROM') {
      const next = stageFrom(body, stages, global, file);
      if (next) stages.push(next);
    } else if (!stage) {
      if (name === 'ARG') defineArguments(body, global, global, given);
    } else apply(instruction, stage, { global, given, context, folder: folderOf(file.path), homes });
  }
  return stages;
}

function stageFrom(
  body: MappedText,
  stages: readonly Building[],
  global: ReadonlyMap<string, Word>,
  file: SourceFile,
): Building | null {
  const words = splitWords(
    interpolate(body, (name) => global.get(name) ?? null),
    false,
  );
  const [base, as, alias] = words.filter(({ text }) => !text.text.startsWith('--'));
  if (!base) return null;
  const name = /^as$/i.test(as?.text.text ?? '') ? (alias?.text.text ?? null) : null;
  const below = stages.findLast(
    (stage) => stage.name !== null && stage.name.toLowerCase() === base.text.text.toLowerCase(),
  );
  const { start, end } = placeOfMapped(body);
  return {
    name,
    image: below?.image ?? { value: base.text.text, place: placeOf(file, start, end) },
    anchor: body,
    environment: new Map(below?.environment),
    arguments: new Map(),
    entrypoint: below?.entrypoint ?? null,
    command: below?.command ?? null,
    ownCommand: false,
    speaks: false,
    installed: [...(below?.installed ?? [])],
    scripts: new Map(below?.scripts),
    workdir: below?.workdir ?? '/',
    placed: [...(below?.placed ?? [])],
  };
}

/** What `COPY a.sh b/ /app/` puts where; the context is a folder that the Dockerfile does not tell. */
function copied(words: readonly string[], target: string, homes: readonly string[]): Placed[] {
  if (words.some((word) => word.startsWith('--from='))) return [];
  const sources = words.slice(0, -1).filter((word) => !word.startsWith('--'));
  return firstOf(sources, MAX_COPIES, 'files of one COPY').map((source) => {
    const name = baseName(source);
    const into = target.endsWith('/') || target === '.' || sources.length > 1;
    const paths = homes.flatMap((home) => pathIn(home, source) ?? []);
    return { sources: paths, target: into && name.includes('.') ? `${target.replace(/\/$/, '')}/${name}` : target };
  });
}

interface Around {
  /** Folders that files may be copied from. */
  readonly homes: readonly string[];
  readonly global: ReadonlyMap<string, Word>;
  readonly given: Lookup;
  readonly context: FormatContext;
  readonly folder: string;
}

function apply({ name, body, heredocs }: Instruction, stage: Building, around: Around): void {
  const { global, given, context, folder } = around;
  switch (name) {
    case 'ARG':
      defineArguments(body, stage.arguments, global, given);
      break;
    case 'ENV':
      for (const [key, word] of definitionsIn(body, scopeOf(stage))) stage.environment.set(key, word);
      break;
    case 'RUN': {
      const scope: Scope = new Map([...stage.arguments, ...stage.environment].map(([key, word]) => [key, [word]]));
      const texts = [body, ...heredocs.map(({ text }) => text)];
      // A here-document is a script of its own, or what a command in front of it reads.
      const written = [withHeredocs(body, heredocs), ...heredocs.map(({ text }) => text)].flatMap(writtenIn);
      for (const { path, text, isAppended } of written) {
        const key = pathFrom(stage.workdir, path);
        const before = isAppended === true ? stage.scripts.get(key) : undefined;
        stage.scripts.set(key, before ? behind(before, text) : text);
      }
      for (const { words } of texts.flatMap((text) => startsIn(text, scope))) {
        if (stage.installed.length < MAX_INSTALLS) stage.installed.push(...installedBy(words, context, folder));
      }
      break;
    }
    case 'COPY':
    case 'ADD': {
      const words = (execForm(body) ?? splitWords({ text: body, open: [] }, false)).map(({ text }) => text.text);
      const path = words.at(-1);
      if (path !== undefined && heredocs.length > 0) {
        const isFolder = path.endsWith('/') || heredocs.length > 1;
        for (const { name: own, text: written, quoted } of heredocs) {
          // Arguments of the build are gone when the script runs, so they are put in now.
          const text = quoted ? written : interpolate(written, (one) => stage.arguments.get(one) ?? null).text;
          const target = isFolder ? `${path.replace(/\/$/, '')}/${own}` : path;
          stage.scripts.set(pathFrom(stage.workdir, target), text);
        }
      } else if (path !== undefined) stage.placed.push(...copied(words, path, around.homes));
      break;
    }
    case 'WORKDIR': {
      const { text, unresolved } = wordOf(interpolate(body, scopeOf(stage)));
      if (unresolved === null) stage.workdir = pathFrom(stage.workdir, text.text.trim());
      break;
    }
    case 'ENTRYPOINT':
      stage.entrypoint = formOf(body);
      // An entrypoint of its own takes away the command of the image below (docs: Dockerfile reference, ENTRYPOINT).
      if (!stage.ownCommand) stage.command = null;
      stage.speaks = true;
      break;
    case 'CMD':
      stage.command = formOf(body);
      stage.ownCommand = true;
      stage.speaks = true;
      break;
  }
}

/** A path in the image as a whole one. */
export function pathFrom(folder: string, path: string): string {
  return path.startsWith('/') ? path : `/${pathIn(folder.replace(/^\//, ''), path) ?? path}`;
}

/** The command of a step with its here-documents behind it, as a shell has them. */
function withHeredocs(body: MappedText, heredocs: readonly Heredoc[]): MappedText {
  if (heredocs.length === 0) return body;
  const parts = heredocs.flatMap(({ name, text }) => [text, writtenAs(body, `${name}\n`)]);
  return joinMapped([body, writtenAs(body, '\n'), ...parts]);
}

/** The files that a step writes out of texts: `RUN echo '…' > /start.sh`. */
function writtenIn(text: MappedText): readonly NestedFile[] {
  return /[^>]>>?[^>]|\btee\b/.test(text.text) ? filesWrittenBy(readShell(text) ?? []) : [];
}

function formOf(body: MappedText): CommandForm | null {
  const words = execForm(body);
  if (words) return words.length === 0 ? null : { kind: 'exec', words: words.map(unexpanded) };
  return body.text.trim() === '' ? null : { kind: 'shell', text: body };
}

/** No shell reads an exec form: a variable in it would stay as it is written. */
function unexpanded(word: Word): Word {
  const variable = /^\$\{?[A-Za-z_]\w*\}?$/.test(word.text.text) || /=\$\{?[A-Za-z_]\w*\}?$/.test(word.text.text);
  return variable ? { ...word, unresolved: 'no shell reads it there, so it stays as it is written' } : word;
}

function scopeOf(stage: Building): Lookup {
  return (name) => stage.environment.get(name) ?? stage.arguments.get(name) ?? null;
}

/** `ARG A=1 B`: a default, which what the build gives goes before; without one, what stands in front of the first FROM. */
function defineArguments(
  body: MappedText,
  scope: Map<string, Word>,
  global: ReadonlyMap<string, Word>,
  given: Lookup,
): void {
  for (const word of splitWords({ text: body, open: [] }, false)) {
    const written = word.text.text;
    const equals = written.indexOf('=');
    const name = equals === -1 ? written : written.slice(0, equals);
    const told = given(name);
    const before = global.get(name);
    if (told) scope.set(name, told);
    // `ARG MODEL=` is how a file says that the build must give it.
    else if (equals !== -1 && equals + 1 < written.length) {
      const lookup: Lookup = (one) => scope.get(one) ?? global.get(one) ?? null;
      scope.set(name, wordOf(interpolate(sliceMapped(word.text, equals + 1, written.length), lookup)));
    } else if (before) scope.set(name, before);
    else
      scope.set(name, {
        text: sliceMapped(word.text, 0, name.length),
        unresolved: `${name} is given when the image is built`,
      });
  }
}

/** `ENV A=1 B="x y"`, and the older `ENV A x y`. */
function definitionsIn(body: MappedText, lookup: Lookup): [string, Word][] {
  const words = splitWords({ text: body, open: [] }, false);
  const [first, second] = words;
  if (first && second && !first.text.text.includes('=')) {
    const start = body.text.indexOf(first.text.text) + first.text.text.length;
    const from = start + (/^\s*/.exec(body.text.slice(start))?.[0].length ?? 0);
    return [[first.text.text, wordOf(interpolate(sliceMapped(body, from, body.text.trimEnd().length), lookup))]];
  }
  return words.flatMap(({ text }) => {
    const equals = text.text.indexOf('=');
    if (equals <= 0) return [];
    const value = wordOf(interpolate(sliceMapped(text, equals + 1, text.text.length), lookup));
    return [[text.text.slice(0, equals), value] as [string, Word]];
  });
}
