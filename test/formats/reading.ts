import type { ArgumentValue, Deployment } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

/** A repository: its texts by their paths. */
export type Files = Readonly<Record<string, string>>;

export function contextOf(files: Files) {
  const list = (folder: string): string[] =>
    Object.keys(files).flatMap((path) => {
      const slash = path.lastIndexOf('/');
      return path.slice(0, Math.max(0, slash)) === folder ? [path.slice(slash + 1)] : [];
    });
  return { engines, read: (path: string) => fileOf(files, path), list };
}

function fileOf(files: Files, path: string): SourceFile | null {
  const text = files[path];
  return text === undefined ? null : { path, text };
}

/** What is read of one file of a repository. */
export function readFile(path: string, files: Files) {
  const file = fileOf(files, path);
  return extractAll(file ? [file] : [], contextOf(files));
}

/** What is read of a file that stands alone. */
export function readText(path: string, text: string) {
  return readFile(path, { [path]: text });
}

/** A launch as a reader would note it: values with file (where another) and line. */
export function noted(path: string, files: Files) {
  const at = (place: { file: string; line: number }): number | string =>
    place.file === path ? place.line : `${place.file}:${place.line}`;
  return readFile(path, files).deployments.map((one) => ({
    name: one.name,
    model: one.model && [one.model.value, at(one.model.place)],
    arguments: Object.fromEntries(
      [...one.arguments.values()].map(({ name, value, place }) => [name, [value, at(place)]]),
    ),
    gpus: [one.gpuRequest.name?.value ?? null, one.gpuRequest.count?.value ?? null],
    open: one.unresolved.map(({ name, text, reason }) => [name, text, reason]),
  }));
}

/** The launch of a file that has one. */
export function onlyIn(path: string, text: string): Deployment {
  const [only, ...others] = readText(path, text).deployments;
  if (!only || others.length > 0) throw new Error(`${only ? others.length + 1 : 0} launches in ${path}`);
  return only;
}

/** The texts that change when an argument of a launch is set, or why it cannot be. */
export function editedFiles(
  path: string,
  files: Files,
  name: string,
  value: ArgumentValue | undefined,
  index = 0,
): Files | string {
  const deployment = readFile(path, files).deployments[index];
  if (!deployment) return 'no launch';
  const checked = new Map(Object.entries(files).map(([one, text]) => [one, { path: one, text }]));
  const edits = editArgument(deployment, name, value, contextOf(files), checked);
  if ('reason' in edits) return edits.reason;
  const changed = [...new Set(edits.map(({ file }) => file))].map((one) => {
    const own = edits.filter(({ file }) => file === one);
    return [one, applyEdits(files[one] ?? '', own)] as const;
  });
  return Object.fromEntries(changed);
}

/** A file that stands alone with an argument of its first launch set, or why it cannot be. */
export function editedText(path: string, text: string, name: string, value: ArgumentValue | undefined): string {
  const changed = editedFiles(path, { [path]: text }, name, value);
  return typeof changed === 'string' ? changed : (changed[path] ?? text);
}

/** How long a file takes to be read. */
export function readingMilliseconds(path: string, text: string): number {
  const start = performance.now();
  readText(path, text);
  return performance.now() - start;
}
