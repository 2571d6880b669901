import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, readYaml, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, pathIn } from '../version/lookup.ts';
import { exceeds, firstOf, placeOfEntry } from '../../syntax/unread.ts';

/** One service with all that it is made of: what it extends or overrides first, its own keys last. */
export interface Service {
  readonly name: string;
  readonly nameText: MappedText;
  readonly layers: readonly YamlValue[];
}

/** Services extend each other; nothing honest goes deeper. */
const MAX_DEPTH = 6;
const MAX_SERVICES = 1_000;
/** What `docker compose` reads by itself, in its order. */
export const USUAL_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];
/** Keys by which a file that is laid over another one changes a launch. */
const LAUNCH_KEYS = /^(?:image|build|command|entrypoint|environment|env_file|deploy|gpus|runtime)$/;

/** Whether a document is a Compose file: a mapping of services, each with an image, a build, or something to lay over one. */
export function isCompose(document: YamlValue): boolean {
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

/** The services of a document. Those that only override are laid over the usual file beside. */
export function servicesOf(document: YamlValue, context: FormatContext): Service[] {
  return firstOf(entriesIn(at(document, 'services')), MAX_SERVICES, 'services', placeOfEntry).flatMap(
    ({ key, keyText, value }) => {
      const layers = layersOf(value, document, context, 0);
      const made = layers.some((layer) => at(layer, 'image') !== null || at(layer, 'build') !== null);
      if (made) return [{ name: key, nameText: keyText, layers }];
      if (!entriesIn(value).some((entry) => LAUNCH_KEYS.test(entry.key))) return [];
      return [{ name: key, nameText: keyText, layers: [...layersBelow(key, value.file, context), ...layers] }];
    },
  );
}

/** A service's own keys, in front of them those of what it extends. */
function layersOf(service: YamlValue, document: YamlValue, context: FormatContext, depth: number): YamlValue[] {
  const extended = at(service, 'extends');
  if (!extended || exceeds(depth + 1, MAX_DEPTH, 'levels of services')) return [service];
  const name = textOf(at(extended, 'service')) ?? textOf(extended);
  const path = textOf(at(extended, 'file'));
  const home = path === null ? document : composeAt(pathIn(folderOf(service.file.path), path), context);
  const base = name === null ? null : at(home, 'services', name);
  return base && home ? [...layersOf(base, home, context, depth + 1), service] : [service];
}

function layersBelow(name: string, file: SourceFile, context: FormatContext): YamlValue[] {
  const folder = folderOf(file.path);
  for (const usual of USUAL_NAMES) {
    const path = folder === '' ? usual : `${folder}/${usual}`;
    const document = path === file.path ? null : composeAt(path, context);
    const service = at(document, 'services', name);
    if (document && service) return layersOf(service, document, context, 0);
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

/** Where a service is pointed at when it has no words of its own. */
export function anchorIn(service: Service): MappedText {
  const image = entriesIn(service.layers.at(-1) ?? null).find(({ key }: YamlEntry) => key === 'image')?.value;
  const home = placeOfMapped(service.nameText);
  if (image?.kind !== 'scalar' || image.value === null) return service.nameText;
  return placeOfMapped(image.text).file === home.file ? image.text : service.nameText;
}
