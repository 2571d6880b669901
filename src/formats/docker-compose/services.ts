import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, readYaml, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, pathIn } from '../../paths.ts';
import { laidOver } from './layers.ts';
import { includesIn, type Project } from './projects.ts';
import { usualIn } from './runs.ts';
import { exceeds, firstOf, placeOfEntry } from '../../syntax/unread.ts';

/** One service with all that it is made of: what it extends or overrides first, its own keys last. */
export interface Service {
  readonly name: string;
  readonly nameText: MappedText;
  readonly layers: readonly YamlValue[];
  /** The folder that relative paths of the project's own files start from, and these files. */
  readonly directory: string;
  readonly own: ReadonlySet<string>;
  /** What it extends that is not in the repository. */
  readonly missing: YamlValue | null;
  /** Layers of other files alone, for a service that the file only says more of; null for one of its own. */
  readonly base: readonly YamlValue[] | null;
}

/** Services extend each other; nothing honest goes deeper. */
const MAX_DEPTH = 6;
/** Files that include files. */
const MAX_INCLUDED = 3;
const MAX_SERVICES = 1_000;
/** Keys by which a file that is laid over another one changes a launch. */
const LAUNCH_KEYS = /^(?:image|build|command|entrypoint|environment|env_file|deploy|gpus|runtime)$/;

/** Whether a document is a Compose file, or only a part of one: one that includes others, or says more of the services of others. */
export function isPart(document: YamlValue): boolean {
  const keys = entriesIn(document).map(({ key }) => key);
  return (
    isCompose(document) ||
    (keys.some((key) => /^(?:services|include)$/.test(key)) && keys.every((key) => TOP_KEY.test(key)))
  );
}

/** Keys of a whole Compose file (Compose specification). */
const TOP_KEY = /^(?:name|version|include|services|networks|volumes|configs|secrets|models|x-.*)$/;

/** Whether a document is a Compose file: a mapping of services, each with an image, a build, or something to lay over one. */
function isCompose(document: YamlValue): boolean {
  const services = entriesIn(at(document, 'services'));
  return (
    services.length > 0 &&
    at(document, 'apiVersion') === null &&
    at(document, 'kind') === null &&
    services.some(({ value }) =>
      entriesIn(value).some(({ key }) => /^(?:image|build|command|entrypoint|extends)$/.test(key)),
    )
  );
}

/** The services of a document, laid over what the project has of them in the files below, and over the usual file beside. */
export function servicesOf(document: YamlValue, project: Project, context: FormatContext): Service[] {
  const below = project.below.flatMap((path) => composeAt(path, context) ?? []);
  const own = new Set([...project.below, document.file.path]);
  const isWhole = isCompose(document);
  return firstOf(entriesIn(at(document, 'services')), MAX_SERVICES, 'services', placeOfEntry).flatMap(
    ({ key, keyText, value }) => {
      const missing: YamlValue[] = [];
      const upper = layersOf(value, document, context, 0, missing);
      const lower = below.flatMap((one) => layersNamed(key, one, context));
      const isOwn = isMade(upper);
      if (!isOwn && !entriesIn(value).some((entry) => LAUNCH_KEYS.test(entry.key))) return [];
      const usual = isOwn || isMade(lower) ? [] : layersBeside(key, value.file, context);
      if (!isWhole && !isOwn && lower.length + usual.length === 0) return [];
      const base = [...usual, ...lower];
      const common = { name: key, nameText: keyText, directory: project.directory, own, missing: missing[0] ?? null };
      return [
        { ...common, layers: laidOver([...base, ...upper]), base: isOwn || base.length === 0 ? null : laidOver(base) },
      ];
    },
  );
}

function isMade(layers: readonly YamlValue[]): boolean {
  return layers.some((layer) => at(layer, 'image') !== null || at(layer, 'build') !== null);
}

/** A service's own keys, in front of them those of what it extends. */
function layersOf(
  service: YamlValue,
  document: YamlValue,
  context: FormatContext,
  depth: number,
  missing: YamlValue[] = [],
): YamlValue[] {
  const extended = at(service, 'extends');
  if (!extended || exceeds(depth + 1, MAX_DEPTH, 'levels of services')) return [service];
  const name = textOf(at(extended, 'service')) ?? textOf(extended);
  const path = textOf(at(extended, 'file'));
  const home = path === null ? document : composeAt(pathIn(folderOf(service.file.path), path), context);
  const base = name === null ? null : at(home, 'services', name);
  if (!base || !home) missing.push(extended);
  return base && home ? [...layersOf(base, home, context, depth + 1, missing), service] : [service];
}

/** A service of another document of the project, or of one that this includes. */
function layersNamed(name: string, document: YamlValue, context: FormatContext, depth = 0): YamlValue[] {
  const service = at(document, 'services', name);
  if (service) return layersOf(service, document, context, 0);
  if (depth >= MAX_INCLUDED || at(document, 'include') === null) return [];
  for (const path of includesIn(document).flatMap(({ paths }) => paths)) {
    const included = composeAt(path, context);
    const layers = included ? layersNamed(name, included, context, depth + 1) : [];
    if (layers.length > 0) return layers;
  }
  return [];
}

function layersBeside(name: string, file: SourceFile, context: FormatContext): YamlValue[] {
  for (const path of usualIn(folderOf(file.path), context)) {
    const document = path === file.path ? null : composeAt(path, context);
    const layers = document ? layersNamed(name, document, context) : [];
    if (layers.length > 0) return layers;
  }
  return [];
}

function composeAt(path: string | null, { read }: FormatContext): YamlValue | null {
  const file = path === null ? null : read(path);
  const yaml = file && readYaml(file);
  return yaml && 'documents' in yaml ? (yaml.documents[0] ?? null) : null;
}

/** The value that wins of a key that is replaced as a whole. */
export function valueIn({ layers }: Service, ...path: readonly string[]): YamlValue | null {
  for (const layer of layers.toReversed()) {
    const found = at(layer, ...path);
    if (found) return found;
  }
  return null;
}

/** The values of a key that is merged, the strongest last. */
export function valuesIn({ layers }: Service, ...path: readonly string[]): YamlValue[] {
  return layers.flatMap((layer) => at(layer, ...path) ?? []);
}

/** The folder that relative paths of a value start from: the project's, but for what is extended from elsewhere. */
export function directoryOf({ own, directory }: Service, { file }: YamlValue): string {
  return own.has(file.path) ? directory : folderOf(file.path);
}

/** Where a service is pointed at when it has no words of its own. */
export function anchorIn(service: Service): MappedText {
  const image = entriesIn(service.layers.at(-1) ?? null).find(({ key }: YamlEntry) => key === 'image')?.value;
  const home = placeOfMapped(service.nameText);
  if (image?.kind !== 'scalar' || image.value === null) return service.nameText;
  return placeOfMapped(image.text).file === home.file ? image.text : service.nameText;
}
