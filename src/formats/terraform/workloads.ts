import { at, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { Pod } from '../kubernetes/pods.ts';
import type { ConfigMaps } from '../kubernetes/environment.ts';
import { bodyValue } from './blocks.ts';
import type { Scope } from './scope.ts';
import { table } from '../../table.ts';

/** Blocks that stand for the items of a list, by the name of the list in Kubernetes. */
const LISTS: Readonly<Record<string, string>> = table({
  container: 'containers',
  init_container: 'initContainers',
  env: 'env',
  env_from: 'envFrom',
  port: 'ports',
  volume: 'volumes',
  volume_mount: 'volumeMounts',
  toleration: 'tolerations',
  node_selector_term: 'nodeSelectorTerms',
  match_expressions: 'matchExpressions',
  match_fields: 'matchFields',
  preferred_during_scheduling_ignored_during_execution: 'preferredDuringSchedulingIgnoredDuringExecution',
});

const WORKLOAD =
  /^kubernetes_(?:pod|deployment|stateful_set|daemonset|daemon_set|replication_controller|job|cron_job)(?:_v1)?$/;

/** The pod of a workload of the Kubernetes provider, its blocks written as Kubernetes has them; null for other resources. */
export function podOf(type: string, name: string, body: YamlValue): Pod | null {
  if (!WORKLOAD.test(type)) return null;
  const whole = asManifest(body);
  const path = /_pod/.test(type)
    ? ['spec']
    : /_cron_job/.test(type)
      ? ['spec', 'jobTemplate', 'spec', 'template', 'spec']
      : ['spec', 'template', 'spec'];
  const spec = at(whole, ...path);
  if (!spec || at(spec, 'containers') === null) return null;
  return { name: textOf(at(whole, 'metadata', 'name')) ?? name, spec, nodes: 1 };
}

/** Blocks as mappings and lists with the keys of Kubernetes; attributes keep what they hold. */
function asManifest(value: YamlValue): YamlValue {
  if (value.kind !== 'mapping') return value;
  const entries = value.entries.flatMap((entry): YamlEntry[] => {
    const blocks = blocksIn(entry.value);
    if (blocks === null) return [{ ...entry, key: camelCase(entry.key) }];
    const list = LISTS[entry.key];
    const [first] = blocks;
    if (list === undefined && !first) return [];
    const written: YamlValue =
      list === undefined || !first
        ? asManifest(first ?? entry.value)
        : ({ ...entry.value, items: blocks.map(asManifest) } as YamlValue);
    return [{ ...entry, key: list ?? camelCase(entry.key), value: written }];
  });
  return { ...value, entries };
}

/** The blocks under one name; null for an attribute. */
function blocksIn(value: YamlValue): readonly YamlValue[] | null {
  if (value.kind !== 'sequence' || value.node.range) return null;
  return value.items.every((item) => item.kind === 'mapping') && value.items.length > 0 ? value.items : null;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
}

/** ConfigMaps of the module by the name that the cluster knows them by. */
export function configMapsIn(scope: Scope): ConfigMaps {
  const maps = new Map<string, YamlValue>();
  for (const [key, { file, block }] of scope.module.resources) {
    if (!/^kubernetes_config_map(?:_v1)?\./.test(key)) continue;
    const body = bodyValue(block.body, { ...scope, file });
    const [metadata] = itemsOf(at(body, 'metadata'));
    const name = textOf(at(metadata, 'name'));
    const data = at(body, 'data');
    if (name !== null && data) maps.set(name, data);
  }
  return maps;
}
