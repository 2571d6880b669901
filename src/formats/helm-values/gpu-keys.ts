import type { GpuRequest, Located } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { wholeNumber } from '../whole-number.ts';

const COUNT =
  /^(?:gpus?|(?:num|request|required)[-_]?gpus?|gpus?[-_]?(?:count|num|request|limit|requests|limits|per[-_]?\w+)|(?:[a-z]{1,20}[-_]){1,3}gpu[-_]count)$/i;
const SECTION = /^(?:gpus?|accelerators?)$/i;
const NAME = /^(?:gpu[-_]?(?:type|product|model|name)|accelerator[-_]?(?:type|name)?)$/i;

/** GPUs that the keys of a values file ask for. */
export function askedGpus(entries: readonly YamlEntry[]): Pick<GpuRequest, 'name' | 'count' | 'shared'> {
  let name: Located<string> | null = null;
  let count: Located<number> | null = null;
  let shared: Located<string> | undefined;
  for (const { key, value } of entries) {
    if (key === 'resources') {
      const asked = gpusOf(asContainer(value), value, 1).gpuRequest;
      count ??= asked.count ?? wholeNumber(at(value, 'limits', 'gpu')) ?? wholeNumber(at(value, 'requests', 'gpu'));
      count ??= wholeNumber(at(value, 'gpu', 'count')) ?? wholeNumber(at(value, 'gpu'));
      // One section for each container of the pod: `resources: { vllm: { limits: … } }`.
      const [only, ...more] = entriesIn(value).filter(
        ({ value: one }) => gpusOf(asContainer(one), one, 1).gpuRequest.count !== null,
      );
      if (only && more.length === 0) count ??= gpusOf(asContainer(only.value), only.value, 1).gpuRequest.count;
      // What a chart puts under `limits` itself.
      count ??= wholeNumber(at(value, 'nvidia.com/gpu')) ?? wholeNumber(at(value, 'amd.com/gpu'));
      name ??= asked.name;
      shared ??= asked.shared;
    }
    if (key === 'nodeSelector') {
      const chosen = gpusOf(value, asPod(value), 1).gpuRequest;
      name ??= chosen.name;
      shared ??= chosen.shared;
    }
    if (SECTION.test(key) && value.kind === 'mapping') {
      count ??= wholeNumber(at(value, 'count')) ?? wholeNumber(at(value, 'number')) ?? wholeNumber(at(value, 'limit'));
      name ??=
        nameFrom(at(value, 'type')) ??
        nameFrom(at(value, 'product')) ??
        nameFrom(at(value, 'model')) ??
        nameFrom(at(value, 'resourceName'));
    }
    if (COUNT.test(key)) count ??= wholeNumber(value);
    if (NAME.test(key)) name ??= nameFrom(value);
  }
  return { name, count, ...(shared && { shared }) };
}

/** Sections of values for an engine that several pods serve together, and the keys in them that count the pods. */
const GROUP = /^(?:lws|leader[-_]?worker[-_]?set|multi[-_]?(?:node|host))$/i;
const SIZE = /^(?:(?:group[-_]?)?size|nodes|(?:num[-_]?)?nodes|node[-_]?count|nnodes)$/i;
/** Keys that choose one of the ways in which a chart deploys. */
const CHOICE = /^(?:type|kind|mode|(?:workload|deployment)[-_]?(?:type|kind|mode))$/i;
/** No engine is spread over more. */
const MAX_NODES = 1_000;

/**
 * Pods that serve one replica together, by a section that is in effect: it says that it is enabled, or what chooses the way of
 * deployment names it. A section that only stands ready for another way does not count.
 */
export function nodesOf(entries: readonly YamlEntry[]): number {
  const chosen = entries.flatMap(({ key, value }) => (CHOICE.test(key) ? [lettersOf(textOf(value) ?? '')] : []));
  for (const { key, value } of entries) {
    if (!GROUP.test(key) || value.kind !== 'mapping') continue;
    const isOn = textOf(at(value, 'enabled'))?.toLowerCase() === 'true';
    if (!isOn && !chosen.includes(lettersOf(key))) continue;
    const size = value.entries.find((entry) => SIZE.test(entry.key))?.value ?? null;
    const nodes = wholeNumber(size)?.value ?? 1;
    return Math.min(MAX_NODES, Math.max(1, nodes));
  }
  return 1;
}

function lettersOf(text: string): string {
  return text
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

function nameFrom(value: YamlValue | null): Located<string> | null {
  if (value?.kind !== 'scalar' || value.value === null) return null;
  const text = value.text.text;
  // A vendor alone is a name too: it says which GPUs it cannot be.
  return /^[\w./-]{1,80}$/.test(text) && /\d|\.com\/|^(?:nvidia|amd)$/i.test(text)
    ? { value: text, place: placeOfMapped(value.text) }
    : null;
}

/** A mapping under the key that a container or pod would hold it by. */
function asContainer(value: YamlValue): YamlValue {
  return under('resources', value);
}

function asPod(value: YamlValue): YamlValue {
  return under('nodeSelector', value);
}

function under(key: string, value: YamlValue): YamlValue {
  const [first] = value.kind === 'mapping' ? value.entries : [];
  return value.kind === 'mapping' && first ? { ...value, entries: [{ ...first, key, value }] } : value;
}
