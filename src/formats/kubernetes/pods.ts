import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { SHARE_ANNOTATION } from './gpus.ts';
import { exceeds, firstOf, placeOfEntry, placeOfValue } from '../../syntax/unread.ts';

/** A pod that a document makes, with the name a reader knows it by. */
export interface Pod {
  readonly name: string;
  readonly spec: YamlValue;
  /** Pods that serve one replica together. */
  readonly nodes: number;
  /** Whether the pod's owner puts a command of its own before the image's, so that the image launches nothing. */
  readonly commanded?: boolean;
  /** Whether the pod's owner has it serve models, whatever it asks for. */
  readonly serves?: boolean;
  /** Whether the pod joins what another one launches. */
  readonly joins?: boolean;
  /** Documents that its resource claims may refer to. */
  readonly claims?: readonly YamlValue[];
  /** Variables that the pod's owner puts into its containers. */
  readonly given?: ReadonlyMap<string, Word>;
  /** Labels of the document and of the pod, whose own go before. */
  readonly labels?: ReadonlyMap<string, string>;
  /** Annotations that give the pod a part of a GPU. */
  readonly shares?: readonly YamlEntry[];
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

/** Lists within lists. */
const MAX_LISTS = 4;

/** The pods of one document; none for a kind that makes no pods of its own. Lists and templates are looked into. */
export function podsOf(document: YamlValue, depth = 0): Pod[] {
  const kind = textOf(at(document, 'kind')) ?? '';
  const name = textOf(at(document, 'metadata', 'name')) ?? textOf(at(document, 'metadata', 'generateName')) ?? kind;
  if (exceeds(depth, MAX_LISTS, 'levels of lists', () => placeOfValue(document))) return [];
  if (kind === 'List' || kind.endsWith('List'))
    return itemsOf(at(document, 'items')).flatMap((item) => podsOf(item, depth + 1));
  if (kind === 'Template') return itemsOf(at(document, 'objects')).flatMap((item) => podsOf(item, depth + 1));
  if (kind === 'Pod') return podAt(document, ['spec'], name);
  if (kind === 'PodTemplate') return podAt(document, ['template', 'spec'], name);
  if (kind === 'CronJob') return podAt(document, ['spec', 'jobTemplate', 'spec', 'template', 'spec'], name);
  if (TEMPLATED.has(kind)) return podAt(document, ['spec', 'template', 'spec'], name);
  if (kind === 'LeaderWorkerSet') return leaderPods(document, name);
  return isCustom(document, kind) ? customPods(document, name) : [];
}

/** Kinds that describe others, and those that formats of their own read. */
const READ_ELSEWHERE =
  /^(?:CustomResourceDefinition|Kustomization|Component|HelmRelease|HelmChart|Application|ApplicationSet|ConfigMap|Secret|(?:Cluster)?ServingRuntime|InferenceService|LLMInferenceService|LLMInferenceServiceConfig|DynamoGraphDeployment|DynamoComponentDeployment|Workspace|InferenceSet|RAGEngine|Playground|BackendRuntime|Workflow|(?:Cluster)?WorkflowTemplate|CronWorkflow|PipelineRun|TaskRun|Task|Pipeline)$/;

/** Whether a document is a resource of an operator that no format reads by its kind. */
export function isCustom(document: YamlValue, kind: string): boolean {
  const group = textOf(at(document, 'apiVersion')) ?? '';
  return /^(?!llm-d\.ai\/)[\w-]+(?:\.[\w-]+)+\/v\d/.test(group) && kind !== '' && !READ_ELSEWHERE.test(kind);
}

const MAX_CUSTOM_MAPPINGS = 5_000;

/** The pods of any other resource: wherever it holds `containers`. Ray starts its own process in them. */
function customPods(document: YamlValue, name: string): Pod[] {
  const pods: Pod[] = [];
  const workers = entriesIn(document).length === 0 ? 0 : rayWorkers(document);
  let seen = 0;
  const visit = (value: YamlValue, called: string, head: boolean, group = 1, joins = false): void => {
    if (exceeds(++seen, MAX_CUSTOM_MAPPINGS, 'values of a resource', () => placeOfValue(value))) return;
    if (value.kind === 'sequence') {
      for (const item of value.items) {
        const part = textOf(at(item, 'name')) ?? textOf(at(item, 'groupName'));
        visit(item, part === null ? called : `${name}/${part}`, head, group, joins);
      }
      return;
    }
    const own = groupOf(value) ?? group;
    const led = at(value, 'entryTemplate') !== null || at(value, 'leaderTemplate') !== null;
    for (const { key, value: inner } of entriesIn(value)) {
      if (key === 'containers' && inner.kind === 'sequence') {
        pods.push({
          name: called,
          spec: value,
          nodes: head ? 1 + workers : group,
          ...(workers > 0 || head ? { commanded: true } : {}),
          ...(joins && { joins }),
        });
      } else if (inner.kind !== 'scalar' && key !== 'initContainers' && key !== 'metadata') {
        const isWorker = joins || (led && key === 'workerTemplate');
        visit(inner, called, head || key === 'headGroupSpec', own, isWorker);
      }
    }
  };
  visit(document, name, false);
  return pods;
}

/**
 * Pods that serve one replica together, where a role has a leader and workers: Kthena's `workerReplicas` beside `entryTemplate`
 * (ModelServing, workload.serving.volcano.sh), and the `size` of a `leaderWorkerPattern` (RoleBasedGroup, workloads.x-k8s.io).
 */
function groupOf(role: YamlValue): number | null {
  const workers = at(role, 'entryTemplate') === null ? null : textOf(at(role, 'workerReplicas'));
  const size = workers === null ? Number(textOf(at(role, 'leaderWorkerPattern', 'size')) ?? 0) : 1 + Number(workers);
  return Number.isInteger(size) && size >= 1 && size <= 10_000 ? size : null;
}

/** Workers that join the head of a Ray cluster, wherever the resource holds it. */
function rayWorkers(document: YamlValue): number {
  const homes = [['spec'], ['spec', 'rayClusterConfig'], ['spec', 'rayClusterSpec'], ['spec', 'template', 'spec']];
  const groups = homes.flatMap((path) => itemsOf(at(document, ...path, 'workerGroupSpecs')));
  const sizes = groups.map((group) => Number(textOf(at(group, 'replicas')) ?? 1));
  return Math.min(
    10_000,
    sizes.filter((size) => Number.isInteger(size) && size > 0).reduce((sum, size) => sum + size, 0),
  );
}

/** Whether a pod is what a strategic-merge patch says of one: containers without an image of their own. */
export function isPatch({ spec }: Pod): boolean {
  const containers = itemsOf(at(spec, 'containers'));
  return containers.length > 0 && containers.every((one) => at(one, 'image') === null && at(one, 'name') !== null);
}

function podAt(document: YamlValue, path: readonly string[], name: string, nodes = 1): Pod[] {
  const spec = at(document, ...path);
  if (!spec || !entriesIn(spec).some(({ key }) => key === 'containers')) return [];
  const template = at(document, ...path.slice(0, -1));
  const labels = new Map([...labelsAt(document), ...labelsAt(template)]);
  const shares = entriesIn(at(template, 'metadata', 'annotations')).filter(({ key }) => SHARE_ANNOTATION.test(key));
  return [{ name, spec, nodes, ...(labels.size > 0 ? { labels } : {}), ...(shares.length > 0 ? { shares } : {}) }];
}

/** No workload has more labels than anyone selects by. */
const MAX_LABELS = 100;

/** The labels in the metadata of a document or a template; those without a value of their own are left out. */
function labelsAt(value: YamlValue | null): [string, string][] {
  return firstOf(entriesIn(at(value, 'metadata', 'labels')), MAX_LABELS, 'labels', placeOfEntry).flatMap(
    ({ key, value: label }): [string, string][] => {
      const text = textOf(label);
      return text === null ? [] : [[key, text]];
    },
  );
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
  const joining = workers.map((pod) => (leader.length > 0 ? { ...pod, joins: true } : pod));
  const given = groupVariables(nodes);
  return [...leader, ...joining].map((pod) => ({ ...pod, given }));
}

/** What LeaderWorkerSet sets in every container (its docs, labels and environment variables); placed where it is used. */
function groupVariables(size: number): ReadonlyMap<string, Word> {
  const nowhere = (text: string, unresolved: string | null): Word => ({ text: { text, segments: [] }, unresolved });
  return new Map([
    ['LWS_GROUP_SIZE', nowhere(String(size), null)],
    ['LWS_LEADER_ADDRESS', nowhere('$(LWS_LEADER_ADDRESS)', 'only the cluster knows it')],
    ['LWS_WORKER_INDEX', nowhere('$(LWS_WORKER_INDEX)', 'only the cluster knows it')],
  ]);
}
