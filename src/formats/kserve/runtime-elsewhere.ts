import { readYaml } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { pathIn } from '../version/lookup.ts';
import { type Runtime, runtimeOf } from './serving-runtime.ts';

/** Where people keep the runtimes of their services, from the service's own folder. */
const FOLDERS = [
  '.',
  '..',
  'runtimes',
  '../runtimes',
  'serving-runtimes',
  '../serving-runtimes',
  '../runtime',
  '../base',
];
/** Files that are looked through for one runtime. */
const MAX_FILES = 40;

/** A runtime that a service names and that stands in another file near it; null where none does, or several do. */
export function runtimeElsewhere(name: string, folder: string, context: FormatContext): Runtime | null {
  const { list, read } = context;
  if (!list) return null;
  let left = MAX_FILES;
  for (const relative of FOLDERS) {
    const at = pathIn(folder, relative);
    if (at === null) continue;
    const names = list(at).filter((one) => /\.(?:ya?ml|json)$/.test(one));
    // Files that are called after a runtime are looked into first.
    const sorted = names.toSorted(
      (a, b) => Number(/runtime/i.test(b)) - Number(/runtime/i.test(a)) || (a < b ? -1 : 1),
    );
    const found: Runtime[] = [];
    for (const one of sorted) {
      if (left-- <= 0) return null;
      const file = read(at === '' ? one : `${at}/${one}`);
      if (!file || !file.text.includes('ServingRuntime') || !file.text.includes(name)) continue;
      const yaml = readYaml(file);
      const documents = 'reason' in yaml ? [] : yaml.documents;
      found.push(
        ...documents.flatMap((document) => runtimeOf(document) ?? []).filter((runtime) => runtime.name === name),
      );
    }
    const [only, ...others] = found;
    if (only) return others.length === 0 ? only : null;
  }
  return null;
}
