import { readEmbeddedYaml } from '../../syntax/embedded-yaml.ts';
import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, inFolder, pathIn } from '../../paths.ts';
import { generatedMaps } from './generators.ts';
import { patchedByOperations } from './json-patch.ts';
import { imageChanges, withImage } from './images.ts';
import { merged } from './merge.ts';
import { replacedIn, replacementsOf } from './replacements.ts';
import { exceeds, firstOf } from '../../syntax/unread.ts';

/** What a kustomization makes of its resources. */
export interface Built {
  readonly documents: readonly BuiltDocument[];
  readonly maps: ReadonlyMap<string, YamlValue>;
  /** Resources and patches that are not in the repository. */
  readonly missing: readonly string[];
}

export interface BuiltDocument {
  readonly value: YamlValue;
  /** Patches that changed it, of the outermost kustomization, by the file that they stand in. */
  readonly patches: readonly { readonly file: string; readonly patch: YamlValue }[];
}

const NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const DEFINITIONS = /^kind: CustomResourceDefinition\s*$/m;
const MAX_DEPTH = 6;
/** A cluster's whole tree in one kustomization has some hundred. */
const MAX_FILES = 400;
const MAX_DOCUMENTS = 300;

interface Budget {
  files: number;
}

/** Whether one more file may be read; the first beyond is noted as unread. */
function takesOne(budget: Budget): boolean {
  return !exceeds(MAX_FILES + 1 - budget.files--, MAX_FILES, 'files of a kustomization');
}

/** The kustomization of a folder, or null. */
export function kustomizationIn(folder: string, context: Pick<FormatContext, 'read'>): SourceFile | null {
  for (const name of NAMES) {
    const file = context.read(inFolder(folder, name));
    if (file) return file;
  }
  return null;
}

/** Builds as far as the repository holds the parts: resources, components, patches, generated ConfigMaps, images. */
export function build(file: SourceFile, context: Pick<FormatContext, 'read'>): Built | null {
  return buildAt(file, context, { files: MAX_FILES }, 0, []);
}

function buildAt(
  file: SourceFile,
  context: Pick<FormatContext, 'read'>,
  budget: Budget,
  depth: number,
  before: readonly BuiltDocument[],
): Built | null {
  const yaml = readYaml(file);
  const [kustomization] = 'reason' in yaml ? [] : yaml.documents;
  if (kustomization?.kind !== 'mapping') return null;
  if (exceeds(depth, MAX_DEPTH, 'levels of kustomizations')) return null;
  const folder = folderOf(file.path);
  const missing: string[] = [];
  const read = (relative: string): SourceFile | null => {
    const path = pathIn(folder, relative);
    return path !== null && takesOne(budget) ? context.read(path) : null;
  };
  let documents: BuiltDocument[] = [...firstOf(before, MAX_DOCUMENTS, 'documents of a kustomization')];
  const maps = new Map<string, YamlValue>();
  for (const resource of [...itemsOf(at(kustomization, 'resources')), ...itemsOf(at(kustomization, 'bases'))]) {
    const relative = textOf(resource);
    if (relative === null) continue;
    const found = resourcesAt(relative, folder, read, context, budget, depth);
    if (found === null) missing.push(relative);
    documents.push(...(found?.documents ?? []).map(({ value }) => ({ value, patches: [] })));
    for (const [name, map] of found?.maps ?? []) maps.set(name, map);
    missing.push(...(found?.missing ?? []));
  }
  for (const component of itemsOf(at(kustomization, 'components'))) {
    const path = pathIn(folder, textOf(component) ?? '');
    const inner = path !== null && takesOne(budget) ? kustomizationIn(path, context) : null;
    const built = inner && buildAt(inner, context, budget, depth + 1, documents);
    if (!built) missing.push(textOf(component) ?? '');
    else {
      documents = [...built.documents];
      for (const [name, map] of built.maps) maps.set(name, map);
    }
  }
  for (const [name, map] of generatedMaps(kustomization, read)) {
    const old = maps.get(name);
    maps.set(name, old ? (merged(old, map) ?? map) : map);
  }
  for (const patch of patchesOf(kustomization, read, missing)) documents = documents.map((one) => patched(one, patch));
  const own = file.path;
  const changedBy = (one: BuiltDocument, value: YamlValue | null, patch: YamlValue): BuiltDocument =>
    value === null ? one : { value, patches: [...one.patches, { file: own, patch }] };
  // Kustomize changes images before it replaces fields.
  for (const change of imageChanges(kustomization)) {
    documents = documents.map((one) => changedBy(one, withImage(one.value, change), change.entry));
  }
  const values = documents.map(({ value }) => value);
  for (const replacement of replacementsOf(kustomization, values, maps)) {
    documents = documents.map((one) =>
      matches(one.value, replacement.select, true)
        ? changedBy(one, replacedIn(one.value, replacement), replacement.select)
        : one,
    );
  }
  return { documents: firstOf(documents, MAX_DOCUMENTS, 'documents of a kustomization'), maps, missing };
}

function resourcesAt(
  relative: string,
  folder: string,
  read: (relative: string) => SourceFile | null,
  context: Pick<FormatContext, 'read'>,
  budget: Budget,
  depth: number,
): Built | null {
  if (/^https?:|^git@|[?&]ref=/.test(relative)) return null;
  if (/\.(?:ya?ml|json)$/.test(relative)) {
    const file = read(relative);
    // Definitions of resources are long, and no patch of a launch.
    if (file && DEFINITIONS.test(file.text)) return { documents: [], maps: new Map(), missing: [] };
    const yaml = file && readYaml(file);
    if (!yaml || 'reason' in yaml) return null;
    return { documents: yaml.documents.map((value) => ({ value, patches: [] })), maps: new Map(), missing: [] };
  }
  const path = pathIn(folder, relative);
  const inner = path !== null && takesOne(budget) ? kustomizationIn(path, context) : null;
  return inner && buildAt(inner, context, budget, depth + 1, []);
}

interface Patch {
  readonly file: string;
  readonly target: YamlValue | null;
  /** A document that is merged, or the operations of a JSON patch. */
  readonly value: YamlValue;
}

function patchesOf(
  kustomization: YamlValue,
  read: (relative: string) => SourceFile | null,
  missing: string[],
): readonly Patch[] {
  const own = kustomization.file.path;
  const found: Patch[] = [];
  const add = (inline: YamlValue | null, path: string | null, target: YamlValue | null): void => {
    const file = path === null ? null : read(path);
    const yaml = inline ? readEmbeddedYaml(inline) : file && readYaml(file);
    if (path !== null && !file) missing.push(path);
    if (!yaml || 'reason' in yaml) return;
    for (const value of yaml.documents) found.push({ file: file?.path ?? own, target, value });
  };
  for (const patch of itemsOf(at(kustomization, 'patches'))) {
    add(at(patch, 'patch'), textOf(at(patch, 'path')), at(patch, 'target'));
  }
  for (const patch of itemsOf(at(kustomization, 'patchesStrategicMerge'))) {
    const inline = patch.kind === 'scalar' && patch.text.text.includes('\n');
    add(inline ? patch : null, inline ? null : textOf(patch), null);
  }
  for (const patch of itemsOf(at(kustomization, 'patchesJson6902'))) {
    add(at(patch, 'patch'), textOf(at(patch, 'path')), at(patch, 'target'));
  }
  return [...firstOf(found, MAX_DOCUMENTS, 'patches')];
}

function patched(document: BuiltDocument, { file, target, value }: Patch): BuiltDocument {
  if (!matches(document.value, target ?? value, target !== null)) return document;
  const changed =
    value.kind === 'sequence' ? patchedByOperations(document.value, value.items) : merged(document.value, value);
  return changed === null ? document : { value: changed, patches: [...document.patches, { file, patch: value }] };
}

/** A patch's own kind and name, or a target, which may select by patterns and by labels. */
function matches(document: YamlValue, wanted: YamlValue, isTarget: boolean): boolean {
  const own = textOf(at(document, 'metadata', 'name')) ?? '';
  const kind = textOf(at(wanted, 'kind'));
  const name = isTarget ? textOf(at(wanted, 'name')) : textOf(at(wanted, 'metadata', 'name'));
  const labels = isTarget ? textOf(at(wanted, 'labelSelector')) : null;
  if (kind === null && name === null && labels === null) return false;
  const isNamed = name === null || name === own || (isTarget && fitsPattern(own, name));
  const kindHere = textOf(at(document, 'kind')) ?? '';
  const isKind = kind === null || kind === kindHere || (isTarget && fitsPattern(kindHere, kind));
  return isNamed && isKind && (labels === null || hasLabels(document, labels));
}

/** A pattern of a target, anchored as Kustomize does: alternatives, each with one `.*` at most. */
function fitsPattern(name: string, pattern: string): boolean {
  return pattern
    .replace(/^\^?\(?/, '')
    .replace(/\)?\$?$/, '')
    .split('|')
    .some((one) => {
      const [head = '', tail, ...more] = one.split(/\.[*+]/);
      if (tail === undefined) return head === name;
      return (
        more.length === 0 && name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail)
      );
    });
}

/** `app=vllm,tier==gpu` */
function hasLabels(document: YamlValue, selector: string): boolean {
  return selector.split(',').every((one) => {
    const [, key = '', value] = /^\s*([\w./-]+)\s*==?\s*([\w.-]*)\s*$/.exec(one) ?? [];
    return value !== undefined && textOf(at(document, 'metadata', 'labels', key)) === value;
  });
}
