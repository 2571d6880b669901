import { writtenAs } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** An entry of `images:` of a kustomization. */
export interface ImageChange {
  readonly name: string;
  readonly entry: YamlValue;
}

const MAX_IMAGES = 100;

export function imageChanges(kustomization: YamlValue): ImageChange[] {
  return firstOf(itemsOf(at(kustomization, 'images')), MAX_IMAGES, 'images', placeOfValue).flatMap((entry) => {
    const name = textOf(at(entry, 'name'));
    return name === null ? [] : [{ name, entry }];
  });
}

/** A document with an image of its containers changed (kustomize: images transformer); null where none has it. */
export function withImage(document: YamlValue, change: ImageChange): YamlValue | null {
  let changed = false;
  const visit = (value: YamlValue): YamlValue => {
    if (value.kind === 'scalar') return value;
    if (value.kind === 'sequence') return { ...value, items: value.items.map(visit) };
    const entries = value.entries.map((entry): YamlEntry => {
      const isContainers = entry.key === 'containers' || entry.key === 'initContainers';
      if (!isContainers || entry.value.kind !== 'sequence') return { ...entry, value: visit(entry.value) };
      const items = entry.value.items.map((item) => {
        const own = imageOf(item, change);
        changed ||= own !== null;
        return own ?? item;
      });
      return { ...entry, value: { ...entry.value, items } };
    });
    return { ...value, entries };
  };
  const result = visit(document);
  return changed ? result : null;
}

/** A container with its image as the change has it; null for another image. */
function imageOf(container: YamlValue, { name, entry }: ImageChange): YamlValue | null {
  if (container.kind !== 'mapping') return null;
  const image = at(container, 'image');
  const written = image?.kind === 'scalar' ? image.text.text : '';
  const [, repository = '', rest = ''] = /^((?:[^/@]*\/)*[^/:@]*)(.*)$/.exec(written.slice(0, 500)) ?? [];
  if (image?.kind !== 'scalar' || repository !== name) return null;
  const [newName, newTag, digest] = [at(entry, 'newName'), at(entry, 'newTag'), at(entry, 'digest')];
  const suffix = textOf(digest) ? `@${textOf(digest)}` : textOf(newTag) ? `:${textOf(newTag)}` : rest;
  const place = digest ?? newTag ?? newName;
  if (place?.kind !== 'scalar') return null;
  const text = writtenAs(place.text, `${textOf(newName) ?? repository}${suffix}`);
  const value: YamlValue = { ...image, value: text.text, text };
  return { ...container, entries: container.entries.map((one) => (one.key === 'image' ? { ...one, value } : one)) };
}
