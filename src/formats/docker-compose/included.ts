import type { FormatContext } from '../format.ts';
import type { Launched } from '../launch.ts';
import { itemsOf, at, type YamlValue } from '../../syntax/yaml.ts';
import { cannotRead } from '../unsupported.ts';
import { folderOf, pathIn } from '../../paths.ts';
import { ENGINE_NAME } from './launches.ts';

/** Compose files that one includes, that speak of an engine, and that are not in the repository. */
export function includedElsewhere(document: YamlValue, { read }: FormatContext): Launched[] {
  const entries = itemsOf(at(document, 'include')).flatMap((entry) => {
    const path = entry.kind === 'mapping' ? at(entry, 'path') : entry;
    return path?.kind === 'sequence' ? itemsOf(path) : path ? [path] : [];
  });
  return entries.flatMap((entry): Launched[] => {
    if (entry.kind !== 'scalar' || !ENGINE_NAME.test(entry.text.text)) return [];
    const path = pathIn(folderOf(document.file.path), entry.text.text);
    if (path !== null && !entry.text.text.includes('$') && read(path) !== null) return [];
    const reason = `It includes ${entry.text.text.slice(0, 200)}, which is not in the repository.`;
    const remedy = 'Check what it starts where it lies, or give its launch to `headroom estimate`.';
    return [{ unsupported: cannotRead(reason, remedy, 'include', 'docker-compose', entry.text) }];
  });
}
