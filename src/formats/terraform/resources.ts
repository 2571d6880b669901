import type { Deployment } from '../../deployment.ts';
import { type HclBlock, readHcl } from '../../syntax/hcl/index.ts';
import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { at, entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Place, SourceFile } from '../../text.ts';
import { launchesOfDocuments } from '../documents.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { launchesOfValues } from '../helm-values/index.ts';
import { launchesOf } from '../kubernetes/containers.ts';
import { extractionOf } from '../launch.ts';
import { launchesOfSwap } from '../llama-swap/index.ts';
import { cannotRead } from '../unsupported.ts';
import { bodyValue, eachOf } from './blocks.ts';
import { launchesOfCall } from './calls.ts';
import { containerPods } from './containers.ts';
import { isOpen, itemsWithKeys, type Scope } from './scope.ts';
import { isRelease, valuesOfRelease } from './helm-release.ts';
import { attributeOf } from './module.ts';
import { withTexts } from './json-text.ts';
import { launchesOfScripts } from './scripts.ts';
import { configMapsIn, podOf } from './workloads.ts';
import { exceeds, firstOf, placeOfValue } from '../../syntax/unread.ts';

const FORMAT = 'terraform';
/** Copies of one resource, and releases of one module. */
const MAX_COPIES = 20;
const MAX_RELEASES = 20;
/** Values within values, in which a module is handed a release. */
const MAX_LEVELS = 60;
/** Charts that do nothing but serve models, by their names and repositories. */
const SERVING_CHART = /vllm|sglang|kubeai|llm-d|text-generation-inference|ollama|nim-llm/i;

/** The launches of a file, of each of its resources and calls of modules. */
function launchesOfFile(file: SourceFile, scope: Scope, context: FormatContext): Extraction[] {
  const blocks = readHcl(file)?.blocks ?? [];
  return blocks.flatMap((block) =>
    block.type === 'resource' || block.type === 'module' ? [launchesOfBlock(block, scope, context)] : [],
  );
}

/** The launches of one resource or module call. */
export function launchesOfBlock(block: HclBlock, scope: Scope, context: FormatContext): Extraction {
  return together(copiesOf(block, scope).map((copy) => launchesOfCopy(block, copy, context)));
}

interface Copy {
  readonly scope: Scope;
  readonly name: string;
}

/** `for_each` and `count` make several of one. */
function copiesOf(block: HclBlock, scope: Scope): Copy[] {
  const [first = '', second] = block.labels;
  const name = second === undefined ? `module.${first}` : `${first}.${second}`;
  const count = attributeOf(block, 'count')?.value;
  if (count?.kind === 'literal' && count.value === 0) return [];
  const each = attributeOf(block, 'for_each');
  const items = each === null ? null : itemsWithKeys(scope.evaluate(each.value, scope));
  if (items === null) return [{ scope, name }];
  return firstOf(items, MAX_COPIES, 'copies of a resource').map((item) => {
    // In a set, a value is its own key.
    const isSet = item.value.kind === 'scalar' && item.key.kind === 'scalar' && typeof item.key.value === 'number';
    const own = isSet ? { key: item.value, value: item.value } : item;
    const names = new Map([...scope.names, ['each', eachOf(own, scope)] as const]);
    return { scope: { ...scope, names }, name: `${name}["${textOf(own.key) ?? ''}"]` };
  });
}

function launchesOfCopy(block: HclBlock, { scope, name }: Copy, context: FormatContext): Extraction {
  const [type = ''] = block.type === 'module' ? ['module'] : block.labels;
  const body = bodyValue(block.body, scope);
  const release = releasesIn(body, type, name).map(([called, one]) => launchesOfRelease(one, called, scope, context));
  if (release.length > 0) return together(release);
  if (type === 'module') {
    const called = launchesOfCall(body, scope, context, launchesOfFile);
    if (called.some(({ deployments, unsupported }) => deployments.length + unsupported.length > 0))
      return together(called);
  }
  const whole = withTexts(body, scope.module);
  const documents = manifestsIn(whole);
  if (documents.length > 0) return launchesOfDocuments(documents, FORMAT, context);
  const pod = podOf(type, name, whole);
  if (pod) return launchesOf([pod], FORMAT, configMapsIn(scope), context);
  const scripts = extractionOf(launchesOfScripts(name, whole, FORMAT, scope.module.folder, context));
  const swapped = extractionOf(swapConfigsIn(whole).flatMap((config) => launchesOfSwap(config, context)));
  return together([launchesOf(containerPods(type, name, whole), FORMAT, new Map(), context), scripts, swapped]);
}

/** Configs of llama-swap that a resource or a module is handed as an object. */
function swapConfigsIn(value: YamlValue, depth = 0): YamlValue[] {
  if (value.kind === 'scalar' || exceeds(depth, MAX_LEVELS, 'levels of values')) return [];
  if (value.kind === 'sequence') return value.items.flatMap((item) => swapConfigsIn(item, depth + 1));
  if (entriesIn(at(value, 'models')).some((entry) => textOf(at(entry.value, 'cmd')) !== null)) return [value];
  return value.entries.flatMap((entry) => swapConfigsIn(entry.value, depth + 1));
}

/** Releases of charts that a block makes by itself, or hands to a module that makes them. */
function releasesIn(body: YamlValue, type: string, name: string): [string, YamlValue][] {
  if (type === 'helm_release') return [[name, body]];
  if (type !== 'module') return [];
  const found: [string, YamlValue][] = [];
  const visit = (value: YamlValue, called: string, depth: number): void => {
    if (exceeds(depth, MAX_LEVELS, 'levels of values')) return;
    if (value.kind === 'sequence') for (const item of value.items) visit(item, called, depth + 1);
    if (value.kind !== 'mapping') return;
    if (isRelease(value)) {
      const where = (): Place | null => placeOfValue(value);
      if (!exceeds(found.length + 1, MAX_RELEASES, 'releases of a module', where)) found.push([called, value]);
    } else for (const { key, value: inner } of value.entries) visit(inner, `${name}/${key}`, depth + 1);
  };
  visit(body, name, 0);
  return found;
}

function launchesOfRelease(body: YamlValue, name: string, scope: Scope, context: FormatContext): Extraction {
  const { values, missing } = valuesOfRelease(body, scope.module);
  const found = values ? launchesOfValues(values, FORMAT, context) : { deployments: [], unsupported: [] };
  const [open] = missing;
  if (open?.kind !== 'scalar') return found;
  const segment = open.text.segments[0];
  const start = segment?.starts[0] ?? segment?.origin ?? 0;
  const known = scope.module.reasons.findLast((one) => one.start <= start && start < one.end);
  const reason = known?.reason ?? 'they are not in the repository';
  const isNothing = found.deployments.length + found.unsupported.length === 0;
  if (isNothing && SERVING_CHART.test(`${textOf(at(body, 'chart'))} ${textOf(at(body, 'repository'))}`)) {
    const why = `The values of this release cannot be read: ${reason}.`;
    const remedy = 'Give the values a place in the repository, or check what `helm get values` shows.';
    return { ...found, unsupported: [cannotRead(why, remedy, name, FORMAT, open.text)] };
  }
  return { ...found, deployments: found.deployments.map((one) => withMoreValues(one, open.text.text, name, reason)) };
}

/** Values that nobody can read may set any argument. */
function withMoreValues(deployment: Deployment, text: string, name: string, reason: string): Deployment {
  const place = deployment.model?.place ?? [...deployment.arguments.values()][0]?.place;
  if (!place) return deployment;
  const more = { name: 'more_arguments', text, reason: `more values of ${name}: ${reason}`, place };
  return { ...deployment, unresolved: [...deployment.unresolved, more] };
}

/** Kubernetes documents that a resource holds: as an object, or as a text of YAML. */
function manifestsIn(body: YamlValue): YamlValue[] {
  return ['manifest', 'yaml_body', 'yaml_content', 'yaml', 'manifests', 'content'].flatMap((key) =>
    documentsOf(at(body, key)),
  );
}

function documentsOf(value: YamlValue | null): YamlValue[] {
  if (value === null) return [];
  if (value.kind === 'sequence') return value.items.flatMap((item) => documentsOf(item));
  if (value.kind === 'mapping') {
    if (at(value, 'apiVersion') !== null && at(value, 'kind') !== null) return [value];
    // A module may be given several under names of its own.
    return value.entries.flatMap(({ value: inner }) =>
      inner.kind === 'mapping' && at(inner, 'apiVersion') ? [inner] : [],
    );
  }
  if (value.value === null || isOpen(value) === value.text.text.length < 200 || !/\bapiVersion\b/.test(value.text.text))
    return [];
  const yaml = readYamlIn(value.text);
  return 'reason' in yaml ? [] : [...yaml.documents];
}

function together(found: readonly Extraction[]): Extraction {
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: found.flatMap((one) => one.unsupported),
  };
}
