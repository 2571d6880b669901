import type { Deployment } from '../deployment.ts';
import type { Engine, Setting } from '../engines/engine.ts';
import { readEmbeddedYaml } from '../syntax/embedded-yaml.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlEntry, type YamlValue } from '../syntax/yaml.ts';
import type { FormatContext } from './format.ts';
import type { ConfigMaps } from './kubernetes/environment.ts';
import { folderOf } from '../paths.ts';
import type { NamedEntry, Part } from './platform-launch.ts';

type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

/**
 * The entries of a mapping that are arguments of an engine, by its own names; keys of a section that the engine knows by
 * section and key stand for themselves.
 */
export function settingsIn(mapping: Mapping, engine: Engine): NamedEntry[] {
  return mapping.entries.flatMap((entry) => {
    const { key, value } = entry;
    if (value.kind === 'mapping') {
      const inner = value.entries.flatMap((one) => named(`${key}.${one.key}`, one, engine));
      if (inner.length > 0) return inner;
    }
    return named(key, entry, engine);
  });
}

function named(key: string, entry: YamlEntry, engine: Engine): NamedEntry[] {
  if (!engine.knowsArgument(key)) return [];
  const place = placeOfMapped(entry.keyText);
  const setting: Setting = { key, value: '', place, unresolved: 'only its name is asked for' };
  const name = engine.parseSettings([setting], false).unresolved[0]?.name;
  if (name === undefined) return [];
  // `no-enable-prefix-caching: true` says false.
  const negated = /^no[-_]/.test(entry.key) && !/^no[-_]/.test(name);
  return [{ name, entry, ...(negated && { value: textOf(entry.value) !== 'true' }) }];
}

/** The parts of a launch that such a mapping makes: its own keys, and those of each section, where more may be added too. */
export function settingsParts(mapping: Mapping, engine: Engine): Part[] {
  const all = settingsIn(mapping, engine);
  const keyOf = engine.settingsFile?.keyOf ?? ((name: string) => name);
  const sections = mapping.entries.flatMap(({ key, value }) =>
    value.kind === 'mapping' ? [[key, value] as const] : [],
  );
  const inside = sections.flatMap(([section, value]): Part[] => {
    const own = all.filter(({ entry }) => value.entries.includes(entry));
    const inner = (name: string): string | null =>
      keyOf(name).startsWith(`${section}.`) ? keyOf(name).slice(section.length + 1) : null;
    return own.length === 0 ? [] : [{ kind: 'settings', settings: own, mapping: value, keyOf: inner }];
  });
  const top = all.filter(({ entry }) => mapping.entries.includes(entry));
  const outer = (name: string): string | null => (keyOf(name).includes('.') ? null : keyOf(name));
  return [...inside, { kind: 'settings', settings: top, mapping, keyOf: outer }];
}

/** The file of arguments that a launch names and nobody has read yet; null when there is none. */
export function openFile({ unresolved }: Pick<Deployment, 'unresolved'>, engine: Engine): string | null {
  const name = engine.settingsFile?.argument;
  return unresolved.find((open) => open.name === name)?.text ?? null;
}

/** Folders in front of a path that lie outside the repository. */
const MAX_FOLDERS = 12;

/** The mapping in a file of the repository that a launch in `file` names by a path of where it runs; null when there is none. */
export function mappingAt(path: string, file: string, { read }: Pick<FormatContext, 'read'>): Mapping | null {
  if (path === '' || path.length > 300 || /[\s$*]/.test(path)) return null;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const folder = folderOf(file);
  const beside = path.startsWith('/') ? [] : [[folder, ...parts].filter((part) => part !== '').join('/')];
  // A mounted repository lies below some folder; a name alone may be anybody's.
  const below = parts.slice(0, MAX_FOLDERS).map((_, index) => parts.slice(index));
  const candidates = [...beside, ...below.filter((one) => one.length > 1).map((one) => one.join('/'))];
  for (const candidate of candidates) {
    const found = candidate.includes('..') ? null : read(candidate);
    if (!found) continue;
    const yaml = readYaml(found);
    const [document] = 'reason' in yaml ? [] : yaml.documents;
    if (document?.kind === 'mapping') return document;
  }
  return null;
}

/** The mapping in a ConfigMap of the same file that is mounted at a path of a container; null when there is none. */
export function mountedMapping(path: string, container: YamlValue, pod: YamlValue, maps: ConfigMaps): Mapping | null {
  const yaml = readEmbeddedYaml(mountedFile(path, container, pod, maps));
  const [document] = yaml === null || 'reason' in yaml ? [] : yaml.documents;
  return document?.kind === 'mapping' ? document : null;
}

/** What a ConfigMap puts at a path of a container; null when there is none. */
export function mountedFile(path: string, container: YamlValue, pod: YamlValue, maps: ConfigMaps): YamlValue | null {
  for (const mount of itemsOf(at(container, 'volumeMounts'))) {
    const where = textOf(at(mount, 'mountPath'))?.replace(/\/$/, '') ?? '';
    const inside = textOf(at(mount, 'subPath'));
    const key =
      inside !== null
        ? where === path
          ? inside
          : null
        : path.startsWith(`${where}/`)
          ? path.slice(where.length + 1)
          : null;
    if (where === '' || key === null) continue;
    const volume = itemsOf(at(pod, 'volumes')).find((one) => textOf(at(one, 'name')) === textOf(at(mount, 'name')));
    const source = at(volume ?? null, 'configMap');
    const items = itemsOf(at(source, 'items'));
    const own = items.find((one) => textOf(at(one, 'path')) === key);
    const data = maps.get(textOf(at(source, 'name')) ?? '');
    const value = entriesIn(data ?? null).find((one) => one.key === (textOf(at(own ?? null, 'key')) ?? key))?.value;
    if (value) return value;
  }
  return null;
}
