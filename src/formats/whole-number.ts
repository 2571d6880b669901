import type { Located } from '../deployment.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import { textOf, type YamlValue } from '../syntax/yaml.ts';

/** A whole number of at least one, with its place. */
export function wholeNumber(value: YamlValue | null): Located<number> | null {
  const number = Number(textOf(value));
  if (value?.kind !== 'scalar' || !Number.isInteger(number) || number < 1) return null;
  return { value: number, place: placeOfMapped(value.text) };
}
