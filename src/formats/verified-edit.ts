import type { ArgumentValue, Deployment } from '../deployment.ts';
import { applyEdits, type TextEdit } from '../edit.ts';
import type { SourceFile } from '../text.ts';
import type { CannotEdit, Extraction, FormatContext } from './format.ts';
import { isStartedBy } from './statement.ts';

type Extract = (file: SourceFile, context: FormatContext) => Extraction | null;

/** What an edit is for. */
export interface WantedEdit {
  readonly deployment: Deployment;
  readonly argument: string;
  /** Undefined takes the argument out. */
  readonly value: ArgumentValue | undefined;
}

/**
 * The first of some ways to make a change that makes it and changes nothing else: every file that it touches, and every one
 * that reads one of these, is read again with the edited texts. Else why not, for the first.
 */
export function verifiedEdit(
  wanted: WantedEdit,
  ways: readonly (readonly TextEdit[] | CannotEdit)[],
  extract: Extract,
  context: FormatContext,
  files: ReadonlyMap<string, SourceFile>,
): readonly TextEdit[] | CannotEdit {
  let refused: CannotEdit | null = null;
  for (const edits of ways) {
    if ('reason' in edits) {
      refused ??= edits;
      continue;
    }
    const wrong = sideEffect(wanted, edits, extract, context, files);
    if (wrong === null) return edits;
    refused ??= { reason: wrong };
  }
  return refused ?? { reason: 'it is not written in a file' };
}

/** What some edits change besides what they are for, in words; null when nothing. */
function sideEffect(
  wanted: WantedEdit,
  edits: readonly TextEdit[],
  extract: Extract,
  context: FormatContext,
  files: ReadonlyMap<string, SourceFile>,
): string | null {
  const textOf = (path: string): SourceFile | null => files.get(path) ?? context.read(path);
  const edited = new Map<string, SourceFile>();
  for (const path of new Set(edits.map(({ file }) => file))) {
    const file = textOf(path);
    if (!file) return `${path} is not in the repository`;
    const own = edits.filter((edit) => edit.file === path);
    edited.set(path, { path, text: applyEdits(file.text, own) });
  }
  const after: FormatContext = { ...context, read: (path) => edited.get(path) ?? context.read(path) };
  for (const path of affected(wanted.deployment.file, edited, extract, context, files)) {
    const file = textOf(path);
    if (!file) continue;
    const old = extracted(file, wanted.deployment.file, extract, context);
    const now = extract(edited.get(path) ?? file, after)?.deployments ?? [];
    const wrong = old.length === now.length ? differenceOf(old, now, wanted) : 'another launch';
    if (wrong === wanted.argument) return `what would be written there is not read as ${wrong}`;
    if (wrong !== null) return `the same place also sets ${wrong}`;
  }
  return null;
}

/**
 * What a file holds as it is, read once for all the edits of the launches of one file.
 * @param home that file; what was read for the edits of the one before it is let go.
 */
export function extracted(
  file: SourceFile,
  home: string,
  extract: Extract,
  context: FormatContext,
): readonly Deployment[] {
  const before = read.get(context);
  const known = before?.home === home ? before.known : new Map<SourceFile, readonly Deployment[]>();
  read.set(context, { home, known });
  const found = known.get(file) ?? extract(file, context)?.deployments ?? [];
  known.set(file, found);
  return found;
}

const read = new WeakMap<
  FormatContext,
  { readonly home: string; readonly known: Map<SourceFile, readonly Deployment[]> }
>();

/** The launch's own file, the files that change, and those that read one which is not the launch's own. */
function affected(
  home: string,
  edited: ReadonlyMap<string, SourceFile>,
  extract: Extract,
  context: FormatContext,
  files: ReadonlyMap<string, SourceFile>,
): ReadonlySet<string> {
  const paths = new Set([home, ...edited.keys()]);
  const elsewhere = [...edited.keys()].filter((path) => path !== home);
  if (elsewhere.length === 0) return paths;
  for (const [path, reads] of readersIn(files, extract, context)) {
    if (elsewhere.some((one) => reads.has(one))) paths.add(path);
  }
  return paths;
}

/** What every file of a check reads of others, found out once. */
function readersIn(
  files: ReadonlyMap<string, SourceFile>,
  extract: Extract,
  context: FormatContext,
): ReadonlyMap<string, ReadonlySet<string>> {
  const known = readers.get(files);
  if (known) return known;
  const found = new Map<string, ReadonlySet<string>>();
  for (const [path, file] of files) {
    const { context: noting, reads } = recording(context);
    extract(file, noting);
    if (reads.size > 0) found.set(path, reads);
  }
  readers.set(files, found);
  return found;
}

const readers = new WeakMap<ReadonlyMap<string, SourceFile>, ReadonlyMap<string, ReadonlySet<string>>>();

function differenceOf(
  before: readonly Deployment[],
  after: readonly Deployment[],
  { deployment: edited, argument, value }: WantedEdit,
): string | null {
  for (const [index, old] of before.entries()) {
    const now = after[index];
    const isOwn = old.file === edited.file && old.name === edited.name && old.line === edited.line;
    const isEdited = isOwn || isStartedBy(old, edited);
    const where = old.file === edited.file ? '' : ` in ${old.file}`;
    if (!now || old.model?.value !== now.model?.value)
      return isEdited ? 'the model' : `the model of ${old.name}${where}`;
    const wanted = new Map([...old.arguments].map(([name, one]) => [name, one.value]));
    const got = new Map([...now.arguments].map(([name, one]) => [name, one.value]));
    if (isEdited && value === undefined) wanted.delete(argument);
    // Another reading of the same launch may not see what is added.
    else if (isEdited && value !== undefined && (isOwn || wanted.has(argument) || got.has(argument)))
      wanted.set(argument, value);
    for (const name of new Set([...wanted.keys(), ...got.keys()])) {
      if (sorted(wanted.get(name)) !== sorted(got.get(name))) return isEdited ? name : `${name} of ${old.name}${where}`;
    }
  }
  return null;
}

/** JSON with sorted keys, to compare values by. */
function sorted(value: ArgumentValue | undefined): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}

/** A context that notes which other files of the repository are asked for, those that are not there included. */
function recording(context: FormatContext): { readonly context: FormatContext; readonly reads: Set<string> } {
  const reads = new Set<string>();
  const { list } = context;
  const noting: FormatContext = {
    ...context,
    read: (path) => {
      reads.add(path);
      return context.read(path);
    },
    ...(list && { list: (folder: string) => list(folder) }),
  };
  return { context: noting, reads };
}
