import type { Device, GpuRequest, Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { askedGpus } from '../helm-values/gpu-keys.ts';
import { entriesBelow } from '../helm-values/units.ts';
import { imageAt, imageOf } from '../image.ts';
import { acceleratorsOf } from '../skypilot/accelerators.ts';
import type { Installed } from '../version/install-command.ts';
import { visibleGpus } from '../visible-gpus.ts';
import { wholeNumber } from '../whole-number.ts';
import { dstackGpus } from './dstack-gpu.ts';
import type { Mapping } from './walk.ts';

/** What stands beside a launch and around it. */
export interface Around {
  readonly name: string | null;
  readonly environment: ReadonlyMap<string, Word>;
  readonly gpuRequest: GpuRequest;
  readonly image: Located<string> | null;
}

const NAMES = ['name', 'id', 'title', 'label', 'slug', 'deployment_name', 'key'];
/** Keys of variables. */
export const ENVIRONMENT =
  /^(?:extra[-_]?|(?:[a-z]{1,20}[-_]){0,3})?env(?:s|ironment|ironment[-_]?variables|[-_]?vars|[-_]?variables)?$/i;
const IMAGE =
  /^(?:(?:docker|container|base|server|engine|runtime)[-_]?|(?:[a-z]{1,20}[-_]){0,3})?image(?:[-_]?(?:uri|url|name|tag))?$|^container$/i;
const HOLDS_IMAGE = /^(?:model|container|deployment|server)$/i;
/** Sections that describe the machine, whatever else stands beside them. */
const MACHINE =
  /^(?:resources?|compute|instance|hardware|accelerators?|gpus?|machine|infra(?:structure)?|nodes?|workers?)$/i;

/** Reads what is said around a launch; what is nearer goes first. */
export function aroundOf(mappings: readonly Mapping[], engines: readonly Engine[]): Around {
  const entries = mappings.flatMap((mapping) => [
    ...mapping.entries,
    ...mapping.entries.flatMap(({ key, value }) => (MACHINE.test(key) ? entriesIn(value) : [])),
  ]);
  const environment = environmentIn(entries);
  return {
    name: nameIn(mappings),
    environment,
    gpuRequest: gpusIn(mappings, entries, environment),
    image: imageIn(
      [...entries, ...entries.flatMap(({ key, value }) => (HOLDS_IMAGE.test(key) ? entriesIn(value) : []))],
      engines,
    ),
  };
}

function nameIn(mappings: readonly Mapping[]): string | null {
  for (const mapping of mappings) {
    for (const key of NAMES) {
      const name = textOf(at(mapping, key));
      if (name !== null && name.trim() !== '' && name.length <= 120) return name;
    }
  }
  return null;
}

/** Variables as a mapping, or as a list of `NAME=value` or of names and values; the nearest mention of each counts. */
function environmentIn(entries: readonly YamlEntry[]): Map<string, Word> {
  const environment = new Map<string, Word>();
  const add = (name: string, word: Word): void => {
    const unresolved = word.text.text.includes('{{') ? 'a template fills it in' : word.unresolved;
    if (!environment.has(name) && /^[A-Za-z_]\w*$/.test(name)) environment.set(name, { text: word.text, unresolved });
  };
  for (const { key, value } of entries) {
    if (!ENVIRONMENT.test(key)) continue;
    for (const { key: name, value: inner } of entriesIn(value)) {
      if (inner.kind === 'scalar' && inner.value !== null) add(name, { text: inner.text, unresolved: null });
    }
    for (const item of itemsOf(value)) {
      const [name, inner] = [textOf(at(item, 'name')) ?? textOf(at(item, 'key')), at(item, 'value')];
      if (name !== null && inner?.kind === 'scalar') add(name, { text: inner.text, unresolved: null });
      const equals = textOf(item)?.indexOf('=') ?? -1;
      if (item.kind !== 'scalar' || equals <= 0) continue;
      const { text } = item.text;
      add(text.slice(0, equals), { text: sliceMapped(item.text, equals + 1, text.length), unresolved: null });
    }
  }
  return environment;
}

const INSTANCE =
  /^(?:instance[-_]?type|machine[-_]?type|vm[-_]?size|node[-_]?type|(?:[a-z]{1,20}[-_]){0,2}(?:node|instance|compute)[-_]?shape|flavor|sku)$/i;
const DEVICES =
  /^(?:cuda[-_]?visible[-_]?devices|(?:visible[-_]?)?device[-_]?ids|gpu[-_]?ids|gpus|gpu[-_]?devices|visible[-_]?devices)$/i;

function gpusIn(
  mappings: readonly Mapping[],
  entries: readonly YamlEntry[],
  environment: ReadonlyMap<string, Word>,
): GpuRequest {
  const asked = askedGpus(entries);
  const accelerators = mappings.flatMap((mapping) =>
    [mapping, ...mapping.entries.flatMap(({ key, value }) => (MACHINE.test(key) ? [value] : []))].flatMap((one) =>
      ['accelerators', 'accelerator', 'gpu'].flatMap((key) => acceleratorsOf(one, key)),
    ),
  );
  const first = accelerators.find(({ name }) => /\d/.test(name.value));
  const counted = first && first.count.place.end > first.name.place.end ? first.count : null;
  const described = describedGpu(entries);
  const dstack = dstackGpus(entries);
  // A slice of a GPU is what the launch gets, whatever machine it is cut from.
  const name = sliceIn(entries) ?? dstack?.name ?? first?.name ?? asked.name ?? described?.name ?? instanceIn(entries);
  const count =
    visibleGpus(environment) ??
    devicesIn(entries) ??
    dstack?.count ??
    counted ??
    asked.count ??
    sizeIn(entries) ??
    requestedIn(entries) ??
    described?.count ??
    countBelow(mappings);
  const alternatives = name === dstack?.name ? dstack?.alternatives : undefined;
  return { ...asked, name, count, nodes: nodesIn(entries), ...(alternatives && { alternatives }) };
}

/** `mig_resource_request: 1g.10gb`: a MIG slice by its profile. */
function sliceIn(entries: readonly YamlEntry[]): Located<string> | null {
  for (const { key, value } of entries) {
    if (
      value.kind === 'scalar' &&
      /(?:^|[-_])mig(?:[-_]|$)/i.test(key) &&
      /^\d{1,2}g\.\d{1,3}gb$/i.test(value.text.text)
    )
      return { value: `nvidia.com/mig-${value.text.text.toLowerCase()}`, place: placeOfMapped(value.text) };
  }
  return null;
}

/** `num_nodes: 2`: nodes that serve one replica together. */
function nodesIn(entries: readonly YamlEntry[]): number {
  const said = entries.find(({ key }) => /^(?:[a-z]{1,20}[-_])?num[-_]?nodes(?:[-_]|$)/i.test(key));
  return Math.min(10_000, Math.max(1, wholeNumber(said?.value ?? null)?.value ?? 1));
}

const GPU = /^(?:gpus?|accelerators?|hardware|gpu[-_]?(?:type|name|model))$/i;

/** A GPU as people write one: `RTX 3090`, `8xH100`, `NVIDIA A100 80GB x 2`. */
function describedGpu(entries: readonly YamlEntry[]): Pick<GpuRequest, 'name' | 'count'> | null {
  for (const { key, value } of entries) {
    if (!GPU.test(key) || value.kind !== 'scalar' || value.text.text.length > 60) continue;
    const [, before, name = '', behind] =
      /^(?:(\d{1,3}) ?[x×] ?)?([A-Za-z][\w .-]*?)(?: ?[x×*] ?(\d{1,3}))?$/.exec(value.text.text) ?? [];
    const place = placeOfMapped(value.text);
    const count = Number(before ?? behind);
    if (/[A-Za-z]\w* ?\d/.test(name))
      return { name: { value: name, place }, count: count > 0 ? { value: count, place } : null };
  }
  return null;
}

/** `instance_type: g5.12xlarge`, or `instance: {type: …}`. */
function instanceIn(entries: readonly YamlEntry[]): Located<string> | null {
  for (const { key, value } of entries) {
    const named = INSTANCE.test(key) ? value : key === 'instance' ? at(value, 'type') : null;
    if (named?.kind === 'scalar' && /^[\w.-]{2,60}$/.test(named.text.text) && /\d/.test(named.text.text))
      return { value: named.text.text, place: placeOfMapped(named.text) };
  }
  return null;
}

/** What an instance type runs that is no GPU (AWS: Trainium and Inferentia). */
export function deviceOf(gpuRequest: GpuRequest): Device | null {
  return /^(?:ml\.)?(?:trn|inf)\d/.test(gpuRequest.name?.value ?? '') ? 'neuron' : null;
}

/** A runner of GitHub's own has no GPU (GitHub docs, about GitHub-hosted runners: the labels of the standard ones). */
export function runnerDevice(mappings: readonly Mapping[]): Device | null {
  const runner = mappings.map((mapping) => textOf(at(mapping, 'runs-on'))).find((text) => text !== null);
  return /^(?:ubuntu|windows|macos)-(?:latest|slim|\d{2,4}(?:\.\d{2})?)(?:-(?:arm|intel|large|xlarge))?$/.test(
    runner ?? '',
  )
    ? 'cpu'
    : null;
}

/** GPUs by their numbers: `[0, 1]` or `"0,1"`. */
function devicesIn(entries: readonly YamlEntry[]): Located<number> | null {
  for (const { key, value } of entries) {
    if (!DEVICES.test(key)) continue;
    const items = itemsOf(value);
    const [only] = items;
    if (only?.kind === 'scalar' && items.every((item) => /^\d{1,3}$/.test(textOf(item) ?? '')))
      return { value: items.length, place: placeOfMapped(only.text) };
    const text = textOf(value) ?? '';
    if (value.kind === 'scalar' && typeof value.value === 'string' && /^\d{1,3}(?:,\s*\d{1,3})*$/.test(text))
      return { value: text.split(',').length, place: placeOfMapped(value.text) };
  }
  return null;
}

/** Docker's own device requests, as Ansible and others hand them on: `device_requests: [{driver: nvidia, count: 2}]`. */
function requestedIn(entries: readonly YamlEntry[]): Located<number> | null {
  const requests = entries
    .filter(({ key }) => /^device[-_]?requests$/i.test(key))
    .flatMap(({ value }) => itemsOf(value));
  for (const request of requests) {
    const ids = itemsOf(at(request, 'device_ids') ?? at(request, 'DeviceIDs'));
    const [first] = ids;
    if (first?.kind === 'scalar') return { value: ids.length, place: placeOfMapped(first.text) };
    const count = wholeNumber(at(request, 'count') ?? at(request, 'Count'));
    if (count) return count;
  }
  return null;
}

/** `instance_size: x4`, `gpu_count` of a section further away. */
function sizeIn(entries: readonly YamlEntry[]): Located<number> | null {
  for (const { key, value } of entries) {
    const count = /^instance[-_]?size$/i.test(key) ? Number(/^x(\d{1,3})$/.exec(textOf(value) ?? '')?.[1]) : Number.NaN;
    if (count > 0 && value.kind === 'scalar') return { value: count, place: placeOfMapped(value.text) };
  }
  return null;
}

/** What has more sections lists launches; it does not describe one. */
const MAX_SECTIONS = 30;

/** A number of GPUs in a section beside the launch, where nothing nearer says it. */
function countBelow([, home]: readonly Mapping[]): Located<number> | null {
  return home === undefined || home.entries.length > MAX_SECTIONS ? null : askedGpus(entriesBelow(home)).count;
}

/** `image_repo`, `imageRepository`: the image without its tag, which stands beside it under the same name (`image_tag`, `imageTag`). */
const REPOSITORY = /^((?:[a-z]{1,20}[-_]){0,2}image[-_]?)([rR])epo(?:sitory)?$/;

/** An image that holds an engine. */
export function imageIn(entries: readonly YamlEntry[], engines: readonly Engine[]): Located<string> | null {
  const beside = (key: string): YamlEntry | undefined => {
    const name = key.replace(
      REPOSITORY,
      (_, start: string, letter: string) => `${start}${letter === 'r' ? 't' : 'T'}ag`,
    );
    return entries.find((one) => one.key === name);
  };
  for (const { key, value } of entries) {
    const tag = REPOSITORY.test(key) ? beside(key) : null;
    const image = tag ? imageOf(value, tag.value) : IMAGE.test(key) ? imageAt(at(value, 'url') ?? value) : null;
    if (image && engines.some((one) => one.ownsImage(image.value) || one.versionOfImage(image.value) !== null))
      return image;
  }
  return null;
}

/** The engine's version where a key says it: `vllm_version: 0.9.1`, or `version` beside the engine's name. */
export function statedVersion(mappings: readonly Mapping[], { id, packages }: Engine): readonly Installed[] {
  const isNamed = (text: string): boolean => packages.some((name) => text.toLowerCase().startsWith(name.toLowerCase()));
  const sections = mappings.flatMap((mapping) => [
    mapping,
    ...mapping.entries.flatMap(({ value }) => (value.kind === 'mapping' ? [value] : [])),
  ]);
  for (const section of sections) {
    const named = section.entries.some(
      ({ key, value }) => /^(?:type|name|engine|backend|framework|runtime)$/.test(key) && isNamed(textOf(value) ?? ''),
    );
    for (const { key, value } of section.entries) {
      const isVersion = (named && key === 'version') || (/[-_]?version$/.test(key) && isNamed(key));
      const found = isVersion && value.kind === 'scalar' ? versionFrom(key, value) : null;
      if (found) return [{ engine: id, statement: found }];
    }
  }
  return [];
}

function versionFrom(key: string, value: Extract<YamlValue, { kind: 'scalar' }>): Installed['statement'] | null {
  const [, version] =
    /^v?(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?(?:\.?post\d{1,3}|rc\d{1,3})?)(?![\w.])/.exec(value.text.text) ?? [];
  if (version === undefined) return null;
  return { version, text: `${key} ${value.text.text.slice(0, 60)}`, place: placeOfMapped(value.text), replaces: false };
}
