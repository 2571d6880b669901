import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { type Environment, type Room, roomForVariables, substituted } from '../container.ts';

/** ConfigMaps of the same file by name. */
export type ConfigMaps = ReadonlyMap<string, YamlValue>;

export function configMapsOf(documents: readonly YamlValue[]): ConfigMaps {
  const maps = documents.flatMap((document) => [
    document,
    ...itemsOf(at(document, 'items')),
    ...itemsOf(at(document, 'objects')),
  ]);
  return new Map(
    maps.flatMap((document) => {
      const name = textOf(at(document, 'metadata', 'name'));
      const data = at(document, 'data');
      return textOf(at(document, 'kind')) === 'ConfigMap' && name !== null && data ? [[name, data] as const] : [];
    }),
  );
}

/** Variables that a platform sets from values of its resource; those that the resource leaves out are not set. */
export function givenVariables(values: readonly (readonly [name: string, value: YamlValue | null])[]): Environment {
  return new Map(
    values.flatMap(([name, value]) =>
      value?.kind === 'scalar' ? [[name, { text: value.text, unresolved: null }] as const] : [],
    ),
  );
}

/** The environment of a container: what its owner gives it, its ConfigMaps, then its own entries, later ones winning. */
export function environmentOf(
  container: YamlValue,
  configMaps: ConfigMaps,
  given: Environment = new Map(),
): Environment {
  const environment = new Map<string, Word>(given);
  const room = roomForVariables();
  for (const source of itemsOf(at(container, 'envFrom'))) {
    const data = configMaps.get(textOf(at(source, 'configMapRef', 'name')) ?? '');
    const prefix = textOf(at(source, 'prefix')) ?? '';
    for (const { key, value } of entriesIn(data ?? null)) {
      if (value.kind === 'scalar') environment.set(prefix + key, { text: value.text, unresolved: null });
    }
  }
  for (const entry of itemsOf(at(container, 'env'))) {
    const name = textOf(at(entry, 'name'));
    // A value may hold the variables in front of it (Kubernetes: define dependent environment variables).
    if (name !== null) environment.set(name, dependent(variableOf(entry, configMaps), environment, room));
  }
  return environment;
}

function dependent(word: Word, environment: Environment, room: Room): Word {
  return word.unresolved === null && word.text.text.includes('$(') ? substituted(word.text, environment, room) : word;
}

function variableOf(entry: YamlValue, configMaps: ConfigMaps): Word {
  const value = at(entry, 'value');
  if (value?.kind === 'scalar') return { text: value.text, unresolved: null };
  const reference = at(entry, 'valueFrom', 'configMapKeyRef');
  const [map, key] = [textOf(at(reference, 'name')), textOf(at(reference, 'key'))];
  const found = map === null || key === null ? null : at(configMaps.get(map) ?? null, key);
  if (found?.kind === 'scalar') return { text: found.text, unresolved: null };
  const name = at(entry, 'name');
  const text = name?.kind === 'scalar' ? name.text : { text: '', segments: [] };
  if (map !== null)
    return {
      text,
      unresolved: `it comes from the ConfigMap ${map}, which is neither in this file nor in one beside it`,
    };
  if (at(entry, 'valueFrom', 'secretKeyRef')) return { text, unresolved: 'it comes from a Secret' };
  return { text, unresolved: value === null && !at(entry, 'valueFrom') ? 'it is empty' : 'only the cluster knows it' };
}
