import type { Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Word } from '../../syntax/word.ts';
import { entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { imageAt } from '../image.ts';
import { exceeds, firstOf, placeOfValue } from '../../syntax/unread.ts';

export type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

/** A part of a values file that describes one engine: the mapping that it stands in, and the image that it gets. */
export interface Unit {
  readonly home: Mapping;
  readonly image: Located<string> | null;
  readonly name: string | null;
  /** The model that it is listed under. */
  readonly model?: Word;
  /** The engine that a section is called after, where no image says which it is. */
  readonly engine?: Engine;
  /** What it stands in, the nearest first, as far as no other engine stands in there too. */
  readonly around: readonly Mapping[];
}

/** Values nest a few levels; what is deeper is Kubernetes' own. */
const MAX_DEPTH = 6;
const MAX_MAPPINGS = 20_000;
const MAX_UNITS = 1_000;

/** Sections of a values file that never hold an engine's options. */
const ELSEWHERE =
  /^(?:service|ingress|gateway|route|routes|httpRoute|autoscaling|hpa|keda|resources|affinity|tolerations|nodeSelector|volumes|volumeMounts|persistence|probes|livenessProbe|readinessProbe|startupProbe|serviceAccount|rbac|labels|annotations|podAnnotations|podLabels|securityContext|podSecurityContext|metrics|monitoring|serviceMonitor|podMonitor|prometheus|grafana|secrets?|externalSecrets|router|routerSpec|cacheserverSpec|lora|frontend|ui|webui|initContainers?|extraInit|sidecars?|tests?|dashboards?|strategy)$/i;

/** The entries of a mapping and of the sections in it that may hold an engine's options, the nearest first. */
export function entriesBelow(home: Mapping, stop: ReadonlySet<YamlValue> = new Set()): YamlEntry[] {
  const found: YamlEntry[] = [];
  let level: readonly Mapping[] = [home];
  let seen = 0;
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const next: Mapping[] = [];
    for (const mapping of level) {
      if (exceeds(++seen, MAX_MAPPINGS, 'sections of values', () => placeOfValue(mapping))) return found;
      found.push(...mapping.entries);
      for (const { key, value } of mapping.entries) {
        if (value.kind === 'mapping' && !ELSEWHERE.test(key) && !stop.has(value)) next.push(value);
      }
    }
    level = next;
  }
  return found;
}

/** Every mapping of a file that has an image of its own, with the mappings of lists among them. */
export function unitsIn(document: Mapping, isEngine: (image: string) => boolean): Unit[] {
  const units: (Unit & { readonly parents: readonly Mapping[] })[] = [];
  let seen = 0;
  const visit = (value: YamlValue, parents: readonly Mapping[], name: string | null, depth: number): void => {
    if (depth > MAX_DEPTH || exceeds(++seen, MAX_MAPPINGS, 'sections of values', () => placeOfValue(value))) return;
    if (value.kind === 'sequence') {
      for (const item of value.items) visit(item, parents, textOf(nameOf(item)) ?? name, depth + 1);
    }
    if (value.kind !== 'mapping' || isOff(value)) return;
    const image = imageAt(value.entries.find(({ key }) => key === 'image')?.value ?? null) ?? ownImage(value);
    const isOurs = image !== null && isEngine(image.value);
    if (isOurs && !exceeds(units.length + 1, MAX_UNITS, 'engines of a file of values', () => placeOfValue(value))) {
      const home = homeFor(value, parents);
      units.push({ home, image, name, around: [], parents: parents.filter((one) => one !== home) });
    }
    for (const { key, value: inner } of value.entries) {
      if (key !== 'image' && !ELSEWHERE.test(key) && inner.kind !== 'scalar')
        visit(inner, [value, ...parents], key, depth + 1);
    }
  };
  visit(document, [], null, 0);
  const single = units.filter((unit, index) => units.findIndex(({ home }) => home === unit.home) === index);
  return single.map(({ parents, ...unit }) => {
    const shared = parents.findIndex((parent) =>
      single.some((other) => other.home !== unit.home && (other.home === parent || other.parents.includes(parent))),
    );
    return { ...unit, around: shared === -1 ? parents : parents.slice(0, shared) };
  });
}

const LISTS = /^(?:models?|engines?|instances|deployments|servers|inference|llms?|services)$/i;

/** Configs by the id of their model, of which a chart takes the one that it serves. */
const BY_MODEL = /^models?(?:[-_]?(?:configs?|configurations?|settings))?$/i;
const ID = /^[\w.-]{1,100}\/[\w.-]{1,100}$/;

function unitsByModel({ home, image }: Unit): Unit[] {
  const items = home.entries.flatMap(({ key, value }) => (BY_MODEL.test(key) ? entriesIn(value) : []));
  return items.flatMap(({ key, keyText, value }): Unit[] =>
    ID.test(key) && value.kind === 'mapping' && !isOff(value)
      ? [{ home: value, image, name: key, model: { text: keyText, unresolved: null }, around: [] }]
      : [],
  );
}

/** One unit for each model where the values list several behind one image. */
export function eachModel(unit: Unit, isModel: (value: Mapping) => boolean): readonly Unit[] {
  const byModel = unitsByModel(unit);
  if (byModel.length > 0) return firstOf(byModel, MAX_UNITS, 'models of one image', ({ home }) => placeOfValue(home));
  const lists = unit.home.entries.filter(({ key, value }) => LISTS.test(key) && value.kind !== 'scalar');
  const found = lists.flatMap(({ value }): Unit[] => {
    const named =
      value.kind === 'sequence'
        ? value.items.map((item) => ({ name: textOf(nameOf(item)), item }))
        : entriesIn(value).map(({ key, value: item }) => ({ name: key, item }));
    return named.flatMap(({ name, item }) =>
      item.kind === 'mapping' && !isOff(item) && isModel(item)
        ? [{ home: item, image: unit.image, name, around: [] }]
        : [],
    );
  });
  return found.length === 0
    ? [unit]
    : firstOf(found, MAX_UNITS, 'models of one image', ({ home }) => placeOfValue(home));
}

/** `repository` and `tag` beside the engine's options, as some charts have them. */
function ownImage(value: Mapping): Located<string> | null {
  const beside = value.entries.some(({ key }) => /^(?:model|modelURL|args|command|extraArgs)$/.test(key));
  return beside ? imageAt(value) : null;
}

/** A section that holds nothing but the image takes its options from what it stands in. */
function homeFor(value: Mapping, parents: readonly Mapping[]): Mapping {
  const [parent] = parents;
  const poor = value.entries.every(({ key }) =>
    /^(?:image|enabled|replicas|replicaCount|name|port|pullPolicy)$/.test(key),
  );
  return poor && parent ? parent : value;
}

function nameOf(value: YamlValue): YamlValue | null {
  return entriesIn(value).find(({ key }) => key === 'name')?.value ?? null;
}

/** `enabled: false` is not deployed. */
export function isOff(value: YamlValue): boolean {
  return entriesIn(value).some(
    ({ key, value: inner }) => /^(?:enabled|create)$/.test(key) && textOf(inner)?.toLowerCase() === 'false',
  );
}
