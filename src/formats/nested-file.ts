import type { ArgumentValue, Deployment, Located, Unsupported } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import { type MappedText, placeOfMapped, type Segment, sliceMapped } from '../syntax/mapped-text.ts';
import { baseName, type Place, placeOf, type SourceFile } from '../text.ts';
import type { CannotEdit, Extraction, Format, FormatContext } from './format.ts';
import { firstOf } from '../syntax/unread.ts';

/** A file that another one holds and writes somewhere (`write_files` of cloud-init, a here-document of a script). */
export interface NestedFile {
  /** Where it is written; relative ones too. */
  readonly path: string;
  readonly text: MappedText;
  /** Whether it goes behind what the file holds before. */
  readonly isAppended?: boolean;
}

/** How a deployment of a nested file is edited. Made and read here alone. */
export interface NestedSite {
  readonly kind: 'nested';
  readonly inner: Deployment;
  readonly format: Format;
  readonly file: NestedFile;
}

/** What stands in one file is a config, not a disk. */
const MAX_FILES = 200;

/**
 * The launches of files that a file holds, each read by the first of `readers` that takes it, with places in the file that
 * holds them. They see each other, and nothing of the repository: on the machine they lie beside each other.
 */
export function readNested(
  nested: readonly NestedFile[],
  readers: readonly Format[],
  format: string,
  context: FormatContext,
): Extraction {
  const files = new Map<string, NestedFile>();
  for (const [index, one] of firstOf(nested, MAX_FILES, 'files within a file', ({ text }) =>
    placeOfMapped(text),
  ).entries()) {
    const path = innerPath(one.path);
    // Branches may write one file in several ways.
    files.set(files.has(path) ? `${index}/${path}` : path, one);
  }
  const sources = new Map([...files].map(([path, { text }]) => [path, { path, text: text.text }] as const));
  const inside: FormatContext = { engines: context.engines, read: (path) => sources.get(path) ?? named(path, sources) };
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  for (const [path, source] of sources) {
    const file = files.get(path);
    if (!file) continue;
    const found = byFirstOf(readers, source, inside);
    if (!found) continue;
    const { reader, extraction } = found;
    const outside = outsideOf(files);
    for (const inner of extraction.deployments) {
      const site: NestedSite = { kind: 'nested', inner, format: reader, file };
      deployments.push({ ...moved(inner, source.text, outside), format, site });
    }
    for (const one of extraction.unsupported) {
      const place = outside(one.place);
      unsupported.push({ ...one, format, place, file: place.file });
    }
  }
  return { deployments, unsupported };
}

/** On the machine a file may lie elsewhere than where it is looked for: the only one of its name. */
function named(path: string, sources: ReadonlyMap<string, SourceFile>): SourceFile | null {
  const base = baseName(path);
  const found = [...sources].filter(([one]) => one === base || one.endsWith(`/${base}`));
  return found.length === 1 ? (found[0]?.[1] ?? null) : null;
}

function byFirstOf(
  readers: readonly Format[],
  source: SourceFile,
  context: FormatContext,
): { reader: Format; extraction: Extraction } | null {
  for (const reader of readers) {
    if (!reader.detect(source)) continue;
    const extraction = reader.extract(source, context);
    if (extraction && extraction.deployments.length + extraction.unsupported.length > 0) return { reader, extraction };
  }
  return null;
}

/** The path as the readers see it: no file of the repository has it. */
function innerPath(path: string): string {
  return path.replace(/^[./~]+/, '').slice(0, 300) || 'file';
}

/** Places in nested files as places in the file that holds them. */
function outsideOf(files: ReadonlyMap<string, NestedFile>): (place: Place) => Place {
  return (place) => {
    const file = files.get(place.file);
    if (!file) return place;
    const [from, to] = [endpoint(file.text, place.start, false), endpoint(file.text, place.end, true)];
    if (!from || !to) return placeOfMapped(file.text);
    // What begins in one place and ends in another is pointed at by its beginning.
    const isWhole = from.file === to.file && from.offset <= to.offset;
    return placeOf(from.file, from.offset, isWhole ? to.offset : from.offset);
  };
}

function endpoint(
  { segments }: MappedText,
  offset: number,
  isEnd: boolean,
): { file: SourceFile; offset: number } | null {
  let before = 0;
  for (const segment of segments) {
    const inside = offset - before;
    const { length } = segment.text;
    if (isEnd ? inside > 0 && inside <= length : inside < length)
      return { file: segment.file, offset: at(segment, inside, isEnd) };
    before += length;
  }
  const last = segments.at(-1);
  return last ? { file: last.file, offset: at(last, last.text.length, true) } : null;
}

function at({ starts, ends, origin }: Segment, inside: number, isEnd: boolean): number {
  return (isEnd ? ends[inside - 1] : starts[inside]) ?? origin;
}

function moved(inner: Deployment, text: string, outside: (place: Place) => Place): Deployment {
  const located = <T>(one: Located<T>): Located<T> => ({ value: one.value, place: outside(one.place) });
  const { engine, gpuRequest } = inner;
  const start = lineStart(text, inner.line);
  const anchor = outside({ file: inner.file, start, end: start + 1, line: inner.line });
  return {
    ...inner,
    file: anchor.file,
    line: anchor.line,
    engine: { ...engine, versionPlace: engine.versionPlace && outside(engine.versionPlace) },
    model: inner.model && located(inner.model),
    arguments: new Map([...inner.arguments].map(([name, one]) => [name, { ...one, place: outside(one.place) }])),
    unresolved: inner.unresolved.map((one) => ({ ...one, place: outside(one.place) })),
    problems: inner.problems.map((one) => ({ ...one, place: outside(one.place) })),
    environment: new Map([...inner.environment].map(([name, one]) => [name, located(one)])),
    gpuRequest: {
      ...gpuRequest,
      name: gpuRequest.name && located(gpuRequest.name),
      count: gpuRequest.count && located(gpuRequest.count),
    },
  };
}

function lineStart(text: string, line: number): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) start = text.indexOf('\n', start) + 1;
  return start;
}

/** The edits that set an argument of a deployment that was read out of a nested file; null for any other deployment. */
export function editNested(
  deployment: Deployment,
  argument: string,
  value: ArgumentValue | undefined,
  context: FormatContext,
): readonly TextEdit[] | CannotEdit | null {
  const site = deployment.site as NestedSite | { readonly kind: string } | null;
  if (site?.kind !== 'nested' || !('inner' in site)) return null;
  const path = innerPath(site.file.path);
  const source: SourceFile = { path, text: site.file.text.text };
  const inside: FormatContext = { engines: context.engines, read: () => null };
  const edits = site.format.edit(site.inner, argument, value, inside, source);
  if ('reason' in edits) return edits;
  const outer = edits.map((edit) => (edit.file === path ? movedEdit(edit, site.file.text) : null));
  const known = outer.filter((edit) => edit !== null);
  return known.length === edits.length ? known : { reason: 'it cannot be written in the file that holds its own' };
}

function movedEdit({ start, end, newText }: TextEdit, { text, segments }: MappedText): TextEdit | null {
  // What is put in goes behind what is in front of it.
  const isInsertion = start === end;
  const from = endpoint({ text, segments }, start, isInsertion && start > 0);
  const to = isInsertion ? from : endpoint({ text, segments }, end, true);
  const [segment] = sliceMapped(
    { text, segments },
    Math.max(0, isInsertion ? start - 1 : start),
    Math.max(start, end),
  ).segments;
  if (!from || !to || !segment || from.file !== to.file || segment.file !== from.file) return null;
  const written = segment.encode(newText) ?? byLine(newText, segment, indentAt({ text, segments }, start));
  return written === null ? null : { file: from.file.path, start: from.offset, end: to.offset, newText: written };
}

/** Lines of a block, each behind the indentation that all of the block has. */
function byLine(text: string, segment: Segment, indent: string | null): string | null {
  const lines = text.split('\n').map((line) => segment.encode(line));
  if (indent === null || lines.some((line) => line === null)) return null;
  return lines.map((line, index) => (index === 0 || line === '' ? line : `${indent}${line}`)).join('\n');
}

/** What stands in front of a line of the nested file in the file that holds it. */
function indentAt(mapped: MappedText, offset: number): string | null {
  const first = endpoint(mapped, mapped.text.lastIndexOf('\n', offset - 1) + 1, false);
  if (!first) return null;
  const front = first.file.text.slice(first.file.text.lastIndexOf('\n', first.offset - 1) + 1, first.offset);
  return /^[ \t]*$/.test(front) ? front : null;
}
