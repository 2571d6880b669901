import { type Noted, readOnce } from '../../syntax/unread.ts';
import { at, itemsOf, readYamlBetween, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { generatedMaps } from '../kustomize/generators.ts';
import { pathIn } from '../version/lookup.ts';
import { type ConfigMaps, configMapsOf } from './environment.ts';
import type { Pod } from './pods.ts';

/** Files that are looked through for the ConfigMaps of one. */
const MAX_FILES = 40;
const MAX_NAMES = 50;

/**
 * ConfigMaps that pods name and that stand in other files of the same folder, where people keep them; one that several files
 * have is left open. The maps of the file itself go before.
 */
export function withConfigMapsNear(
  pods: readonly Pod[],
  own: ConfigMaps,
  folder: string,
  { read, list }: Pick<FormatContext, 'read' | 'list'>,
): ConfigMaps {
  const wanted = new Set(
    pods
      .flatMap(namesOf)
      .filter((name) => !own.has(name))
      .slice(0, MAX_NAMES),
  );
  if (wanted.size === 0 || !list) return own;
  const found = new Map<string, YamlValue | null>();
  const names = list(folder).filter((one) => /\.(?:ya?ml|json)$/.test(one));
  for (const one of names.slice(0, MAX_FILES)) {
    const file = read(folder === '' ? one : `${folder}/${one}`);
    if (!file?.text.includes('ConfigMap')) continue;
    for (const [name, data] of readOnce(maps, file, () => mapsIn(file))) {
      if (wanted.has(name)) found.set(name, found.has(name) ? null : data);
    }
  }
  for (const [name, data] of generatedIn(folder, names, { read })) {
    if (wanted.has(name)) found.set(name, found.has(name) ? null : data);
  }
  return new Map([...own, ...[...found].flatMap(([name, data]) => (data ? [[name, data] as const] : []))]);
}

/** The maps that the kustomization of a folder makes of files and literals. */
function generatedIn(
  folder: string,
  names: readonly string[],
  { read }: Pick<FormatContext, 'read'>,
): readonly (readonly [string, YamlValue])[] {
  const name = names.find((one) => /^kustomization\.ya?ml$/.test(one));
  const file = name === undefined ? null : read(folder === '' ? name : `${folder}/${name}`);
  if (!file?.text.includes('configMapGenerator')) return [];
  const yaml = readYamlBetween(file, 0, file.text.length);
  const [document] = 'documents' in yaml ? yaml.documents : [];
  if (!document) return [];
  return generatedMaps(document, (relative) => {
    const path = pathIn(folder, relative);
    return path === null ? null : read(path);
  });
}

/** Every workload of a folder asks for the maps of the same files. */
const maps = new WeakMap<SourceFile, Noted<ConfigMaps>>();

function mapsIn(file: SourceFile): ConfigMaps {
  const yaml = readYamlBetween(file, 0, file.text.length);
  return 'reason' in yaml ? new Map() : configMapsOf(yaml.documents);
}

/** The ConfigMaps that a pod's containers take variables or files from. */
function namesOf({ spec }: Pod): string[] {
  const containers = itemsOf(at(spec, 'containers'));
  const variables = containers.flatMap((container) => [
    ...itemsOf(at(container, 'envFrom')).map((one) => at(one, 'configMapRef', 'name')),
    ...itemsOf(at(container, 'env')).map((one) => at(one, 'valueFrom', 'configMapKeyRef', 'name')),
  ]);
  const mounted = itemsOf(at(spec, 'volumes')).map((one) => at(one, 'configMap', 'name'));
  return [...variables, ...mounted].flatMap((name) => textOf(name) ?? []);
}
