import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';

/** A pod that a document makes, with the name a reader knows it by. */
export interface Pod {
  readonly name: string;
  readonly spec: YamlValue;
  /** Pods that serve one replica together. */
  readonly nodes: number;
}

/** Kinds whose pods stand under `spec.template.spec`. */
const TEMPLATED = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'Rollout',
]);

/** The pods of one document; none for a kind that makes no pods of its own. Lists and templates are looked into. */
export function podsOf(document: YamlValue, depth = 0): Pod[] {
  const kind = textOf(at(document, 'kind')) ?? '';
  const name = textOf(at(document, 'metadata', 'name')) ?? textOf(at(document, 'metadata', 'generateName')) ?? kind;
  if (depth > 4) return [];
  if (kind === 'List' || kind.endsWith('List'))
    return itemsOf(at(document, 'items')).flatMap((item) => podsOf(item, depth + 1));
  if (kind === 'Template') return itemsOf(at(document, 'objects')).flatMap((item) => podsOf(item, depth + 1));
  if (kind === 'Pod') return podAt(document, ['spec'], name);
  if (kind === 'PodTemplate') return podAt(document, ['template', 'spec'], name);
  if (kind === 'CronJob') return podAt(document, ['spec', 'jobTemplate', 'spec', 'template', 'spec'], name);
  if (TEMPLATED.has(kind)) return podAt(document, ['spec', 'template', 'spec'], name);
  if (kind === 'LeaderWorkerSet') return leaderPods(document, name);
  return [];
}

function podAt(document: YamlValue, path: readonly string[], name: string, nodes = 1): Pod[] {
  const spec = at(document, ...path);
  return spec && entriesIn(spec).some(({ key }) => key === 'containers') ? [{ name, spec, nodes }] : [];
}

/** The leader launches for its whole group; workers join it and have no arguments of their own. */
function leaderPods(document: YamlValue, name: string): Pod[] {
  const size = Number(textOf(at(document, 'spec', 'leaderWorkerTemplate', 'size')));
  const nodes = Number.isInteger(size) && size >= 1 && size <= 10_000 ? size : 1;
  const leader = podAt(document, ['spec', 'leaderWorkerTemplate', 'leaderTemplate', 'spec'], name, nodes);
  const workers = podAt(
    document,
    ['spec', 'leaderWorkerTemplate', 'workerTemplate', 'spec'],
    leader.length > 0 ? `${name} (worker)` : name,
    nodes,
  );
  return [...leader, ...workers];
}
