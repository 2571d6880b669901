import { readYaml, type YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { inFolder, pathIn } from '../../paths.ts';
import { type Preset, presetOf } from './presets.ts';
import { type Runtime, runtimeOf } from './serving-runtime.ts';

/** Where people keep the runtimes of their services, from the service's own folder. */
const RUNTIME_FOLDERS = [
  '.',
  '..',
  'runtimes',
  '../runtimes',
  'serving-runtimes',
  '../serving-runtimes',
  '../runtime',
  '../base',
];
const PRESET_FOLDERS = ['.', '..', 'presets', '../presets', 'configs', '../configs', 'config', '../config', '../base'];
const CALLED = /runtime|preset|config/i;
/** Files that are looked through for one runtime or preset. */
const MAX_FILES = 40;

/** A runtime that a service names and that stands in another file near it; null where none does, or several do. */
export function runtimeElsewhere(name: string, folder: string, context: FormatContext): Runtime | null {
  return onlyNear({ name, word: 'ServingRuntime', pick: runtimeOf }, folder, RUNTIME_FOLDERS, context);
}

/** A preset that a service builds upon, in another file near it. */
export function presetElsewhere(name: string, folder: string, context: FormatContext): Preset | null {
  return onlyNear({ name, word: 'LLMInferenceServiceConfig', pick: presetOf }, folder, PRESET_FOLDERS, context);
}

interface Wanted<T> {
  readonly name: string;
  /** What a file of it says. */
  readonly word: string;
  readonly pick: (document: YamlValue) => T | null;
}

function onlyNear<T extends { readonly name: string }>(
  { name, word, pick }: Wanted<T>,
  folder: string,
  folders: readonly string[],
  context: FormatContext,
): T | null {
  const { list, read } = context;
  if (!list) return null;
  let left = MAX_FILES;
  for (const relative of folders) {
    const at = pathIn(folder, relative);
    if (at === null) continue;
    const names = list(at).filter((one) => /\.(?:ya?ml|json)$/.test(one));
    // Files that are called after what is sought are looked into first.
    const sorted = names.toSorted((a, b) => Number(CALLED.test(b)) - Number(CALLED.test(a)) || (a < b ? -1 : 1));
    const found: T[] = [];
    for (const one of sorted) {
      if (left-- <= 0) return null;
      const file = read(inFolder(at, one));
      if (!file || !file.text.includes(word) || !file.text.includes(name)) continue;
      const yaml = readYaml(file);
      const documents = 'reason' in yaml ? [] : yaml.documents;
      found.push(
        ...documents.flatMap((document) => pick(document) ?? []).filter((candidate) => candidate.name === name),
      );
    }
    const [only, ...others] = found;
    if (only) return others.length === 0 ? only : null;
  }
  return null;
}
