import { type Noted, readOnce } from '../../syntax/unread.ts';
import { at, itemsOf, readYamlBetween, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { generatedMaps } from '../kustomize/generators.ts';
import { inFolder, pathIn } from '../../paths.ts';
import { type ConfigMaps, configMapsOf } from './environment.ts';
import { manifestsNear } from './manifests-near.ts';
import type { Pod } from './pods.ts';

const MAX_NAMES = 50;

/**
 * ConfigMaps that pods name and that stand in other files of the same folder, where people keep them; one that several files
 * have is left open. The maps of the file itself go before.
 */
export function withConfigMapsNear(
  pods: readonly Pod[],
  own: ConfigMaps,
  folder: string,
  context: Pick<FormatContext, 'read' | 'list'>,
): ConfigMaps {
  const wanted = new Set(
    pods
      .flatMap(namesOf)
      .filter((name) => !own.has(name))
      .slice(0, MAX_NAMES),
  );
  if (wanted.size === 0) return own;
  const found = new Map<string, YamlValue | null>();
  for (const file of manifestsNear(folder, 'ConfigMap', context)) {
    for (const [name, data] of readOnce(maps, file, () => mapsIn(file))) {
      if (wanted.has(name)) found.set(name, found.has(name) ? null : data);
    }
  }
  for (const [name, data] of generatedIn(folder, context)) {
    if (wanted.has(name)) found.set(name, found.has(name) ? null : data);
  }
  return new Map([...own, ...[...found].flatMap(([name, data]) => (data ? [[name, data] as const] : []))]);
}

/** The maps that the kustomization of a folder makes of files and literals. */
function generatedIn(
  folder: string,
  { read, list }: Pick<FormatContext, 'read' | 'list'>,
): readonly (readonly [string, YamlValue])[] {
  const name = list?.(folder).find((one) => /^kustomization\.ya?ml$/.test(one));
  const file = name === undefined ? null : read(inFolder(folder, name));
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
