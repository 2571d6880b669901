import { placeOfMapped } from '../syntax/mapped-text.ts';
import { at, textOf, type YamlValue } from '../syntax/yaml.ts';
import type { NamedImage } from './image-model.ts';

/** `image: registry/name:tag`, or the same taken apart (`repository`, `name`, `tag`, `registry`, `digest`). */
export function imageAt(value: YamlValue | null): NamedImage | null {
  if (value?.kind === 'scalar') {
    return value.value === null ? null : { value: value.text.text, place: placeOfMapped(value.text) };
  }
  return imageOf(
    at(value, 'repository') ?? at(value, 'name') ?? at(value, 'repo'),
    at(value, 'tag'),
    at(value, 'registry'),
  );
}

/** An image of which repository and tag stand apart; pointed at by its tag where there is one. */
export function imageOf(
  repository: YamlValue | null,
  tag: YamlValue | null,
  registry: YamlValue | null = null,
): NamedImage | null {
  const name = textOf(repository);
  if (repository?.kind !== 'scalar' || name === null || name === '') return null;
  const host = textOf(registry);
  const version = textOf(tag);
  const full = host === null || host === '' ? name : `${host}/${name}`;
  if (tag?.kind !== 'scalar' || version === null || version === '') {
    return { value: full, place: placeOfMapped(repository.text) };
  }
  return { value: `${full}:${version}`, place: placeOfMapped(tag.text), named: placeOfMapped(repository.text) };
}
