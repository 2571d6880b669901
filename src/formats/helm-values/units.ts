import type { Located } from '../../deployment.ts';
import { entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { imageAt } from '../image.ts';

export type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

/** A part of a values file that describes one engine: the mapping that it stands in, and the image that it gets. */
export interface Unit {
  readonly home: Mapping;
  readonly image: Located<string> | null;
  readonly name: string | null;
}

/** Values nest a few levels; what is deeper is Kubernetes' own. */
const MAX_DEPTH = 6;
const MAX_MAPPINGS = 2_000;
const MAX_UNITS = 60;

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
      if (seen++ > MAX_MAPPINGS) return found;
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
  const units: Unit[] = [];
  let seen = 0;
  const visit = (value: YamlValue, parents: readonly Mapping[], name: string | null, depth: number): void => {
    if (depth > MAX_DEPTH || seen++ > MAX_MAPPINGS || units.length >= MAX_UNITS) return;
    if (value.kind === 'sequence') {
      for (const item of value.items) visit(item, parents, textOf(nameOf(item)) ?? name, depth + 1);
    }
    if (value.kind !== 'mapping' || isOff(value)) return;
    const image = imageAt(value.entries.find(({ key }) => key === 'image')?.value ?? null) ?? ownImage(value);
    if (image !== null && isEngine(image.value)) units.push({ home: homeFor(value, parents), image, name });
    for (const { key, value: inner } of value.entries) {
      if (key !== 'image' && !ELSEWHERE.test(key) && inner.kind !== 'scalar')
        visit(inner, [value, ...parents], key, depth + 1);
    }
  };
  visit(document, [], null, 0);
  return units.filter((unit, index) => units.findIndex(({ home }) => home === unit.home) === index);
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
    ({ key, value: inner }) => /^(?:enabled|create)$/.test(key) && textOf(inner) === 'false',
  );
}
