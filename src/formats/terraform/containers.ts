import type { Scalar } from 'yaml';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { Pod } from '../kubernetes/pods.ts';
import { type Mapping, mapping, NOWHERE, sequence } from './values.ts';
import { exceeds, placeOfValue } from '../../syntax/unread.ts';

/** Containers in resources of any cloud: an image with what it is started with. */
const IMAGE = ['image', 'image_uri', 'container_image', 'image_url'];
const COMMAND = ['command', 'commands', 'entryPoint', 'entry_point', 'entrypoint'];
const ARGS = ['args', 'arguments'];
const VARIABLES = ['environment', 'environment_variables', 'env', 'environment_variable'];
/** Services that call `command` what goes behind the image's entrypoint, as Docker does. */
const DOCKER_WORDS = /^(?:aws_ecs_task_definition|aws_batch_job_definition|docker_container|docker_service)$/;

const MAX_DEPTH = 60;
const MAX_CONTAINERS = 50;

/** The pods that the containers anywhere in a resource make, each container one. */
export function containerPods(type: string, name: string, body: YamlValue): Pod[] {
  const pods: Pod[] = [];
  const visit = (value: YamlValue, around: readonly Mapping[], depth: number): void => {
    if (exceeds(depth, MAX_DEPTH, 'levels of values')) return;
    if (value.kind === 'sequence') for (const item of value.items) visit(item, around, depth + 1);
    if (value.kind !== 'mapping') return;
    const container = containerOf(type, value);
    if (container) {
      const called = textOf(at(value, 'name'));
      const spec = podSpec(container, [value, ...around]);
      if (exceeds(pods.length + 1, MAX_CONTAINERS, 'containers of a resource', () => placeOfValue(value))) return;
      pods.push({ name: called !== null && around.length > 0 ? `${name}/${called}` : name, spec, nodes: 1 });
      return;
    }
    for (const { value: inner } of value.entries) {
      if (inner.kind !== 'scalar') visit(inner, [value, ...around], depth + 1);
    }
  };
  visit(body, [], 0);
  return pods;
}

/** A container in the words of Kubernetes; null for what is none. */
function containerOf(type: string, value: Mapping): Mapping | null {
  const image = find(value, IMAGE);
  const [command, args, variables] = [find(value, COMMAND), find(value, ARGS), find(value, VARIABLES)];
  if (image?.value.kind !== 'scalar' || (!command && !args && !variables)) return null;
  const entries: YamlEntry[] = [{ ...image, key: 'image' }];
  const words = find(value, ['command', 'commands']);
  const entrypoint = find(value, ['entryPoint', 'entry_point', 'entrypoint']);
  // No program is called like an option.
  const isDocker = DOCKER_WORDS.test(type) || entrypoint !== null || startsWithOption(words?.value ?? null);
  if (entrypoint) entries.push({ ...entrypoint, key: 'command' });
  if (words) entries.push({ ...words, key: isDocker ? 'args' : 'command' });
  if (args) entries.push({ ...args, key: 'args' });
  if (variables) entries.push({ ...variables, key: 'env', value: variableList(variables.value) });
  const name = find(value, ['name']);
  if (name) entries.push({ ...name, key: 'name' });
  const count = gpuCount(value);
  const resources = find(value, ['resources']);
  if (count) {
    const limits = mapping(value.file, NOWHERE, [{ key: 'nvidia.com/gpu', keyRange: NOWHERE, value: count }]);
    entries.push({ ...image, key: 'resources', value: under(image, 'limits', limits) });
  } else if (resources) entries.push({ ...resources, value: first(resources.value) });
  return { ...value, entries };
}

/** `NAME = value` as Kubernetes lists variables; `NAME=value` texts of Docker are split. */
function variableList(value: YamlValue): YamlValue {
  const { file } = value;
  const item = (entry: YamlEntry, named: YamlValue, own: YamlValue): YamlValue =>
    ({
      kind: 'mapping',
      file,
      node: entry.owner,
      entries: [
        { ...entry, key: 'name', value: named },
        { ...entry, key: 'value', value: own },
      ],
    }) as Mapping;
  if (value.kind === 'mapping') {
    return sequence(
      file,
      NOWHERE,
      value.entries.map((entry) => {
        const named: YamlValue = {
          kind: 'scalar',
          value: entry.key,
          text: entry.keyText,
          node: {} as unknown as Scalar,
          file,
        };
        return item(entry, named, entry.value);
      }),
    );
  }
  return value;
}

function startsWithOption(words: YamlValue | null): boolean {
  return textOf(itemsOf(words)[0] ?? words)?.startsWith('-') === true;
}

/** GPUs in the words of ECS (`resourceRequirements`, which its modules write in their own way), Azure (`gpu`) and Vertex AI (`accelerator_count`). */
function gpuCount(value: Mapping): YamlValue | null {
  for (const requirement of itemsOf(at(value, 'resourceRequirements') ?? at(value, 'resource_requirements'))) {
    if (textOf(at(requirement, 'type'))?.toUpperCase() === 'GPU') return at(requirement, 'value');
  }
  const gpu = first(at(value, 'gpu') ?? value);
  return gpu === value ? null : at(gpu, 'count');
}

/** What the pod of a container says of GPUs: labels of nodes, or the machine that a cloud is asked for. */
function podSpec(container: Mapping, around: readonly Mapping[]): Mapping {
  const [sample] = container.entries;
  const labels: YamlEntry[] = [];
  for (const holder of around) {
    const selector = first(at(holder, 'node_selector') ?? at(holder, 'nodeSelector') ?? holder);
    if (selector !== holder) labels.push(...entriesIn(selector));
    const machine = at(holder, 'dedicated_resources') ?? at(holder, 'machine_spec');
    const spec = machine ? (at(first(machine), 'machine_spec') ?? machine) : null;
    const accelerator = spec && at(first(spec), 'accelerator_type');
    if (accelerator && sample) labels.push({ ...sample, key: 'accelerator', value: accelerator });
    const type = at(holder, 'instance_type');
    if (type && sample) labels.push({ ...sample, key: 'node.kubernetes.io/instance-type', value: type });
  }
  if (!sample) return container;
  const containers = { ...sample, key: 'containers', value: sequence(container.file, NOWHERE, [container]) };
  if (labels.length === 0) return { ...container, entries: [containers] };
  const selector: Mapping = { ...mapping(container.file, NOWHERE, []), entries: labels };
  return { ...container, entries: [containers, { ...sample, key: 'nodeSelector', value: selector }] };
}

function under(sample: YamlEntry, key: string, value: YamlValue): Mapping {
  return { ...mapping(value.file, NOWHERE, []), entries: [{ ...sample, key, value }] };
}

/** A block that stands once. */
function first(value: YamlValue): YamlValue {
  return value.kind === 'sequence' ? (value.items[0] ?? value) : value;
}

function find(value: Mapping, keys: readonly string[]): YamlEntry | null {
  return (
    value.entries.find(
      ({ key, value: inner }) => keys.includes(key) && !(inner.kind === 'scalar' && inner.value === null),
    ) ?? null
  );
}
