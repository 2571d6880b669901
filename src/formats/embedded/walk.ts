import { entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { exceeds, placeOfValue } from '../../syntax/unread.ts';

export type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

/** A value of a document with what it stands in. */
export interface Spot {
  readonly value: YamlValue;
  /** Keys from the document to the value; items of lists have the key of their list. */
  readonly path: readonly string[];
  /** The mappings that it stands in, the nearest first. */
  readonly parents: readonly Mapping[];
}

const MAX_SPOTS = 50_000;

/** Every value of a document, in order, without those that are switched off. */
export function spotsIn(document: YamlValue): Spot[] {
  const spots: Spot[] = [];
  const visit = (value: YamlValue, path: readonly string[], parents: readonly Mapping[]): void => {
    if (isOff(value) || exceeds(spots.length + 1, MAX_SPOTS, 'values', () => placeOfValue(value))) return;
    spots.push({ value, path, parents });
    if (value.kind === 'sequence') for (const item of value.items) visit(item, [...path, path.at(-1) ?? ''], parents);
    if (value.kind !== 'mapping') return;
    const inside = [value, ...parents];
    for (const { key, value: inner } of value.entries) visit(inner, [...path, key], inside);
  };
  visit(document, [], []);
  return spots;
}

/** `enabled: false` starts nothing. */
function isOff(value: YamlValue): boolean {
  return entriesIn(value).some(
    ({ key, value: inner }) =>
      (/^(?:enabled?|create|active)$/.test(key) && textOf(inner)?.toLowerCase() === 'false') ||
      (/^(?:disabled?|skip)$/.test(key) && textOf(inner)?.toLowerCase() === 'true'),
  );
}

/** The keys that lead to a value, each once. */
export function keysTo({ path }: Spot): readonly string[] {
  return path.filter((key, index) => key !== path[index - 1]);
}
