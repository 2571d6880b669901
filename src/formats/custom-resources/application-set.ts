import { type MappedText, sliceMapped, usedAt } from '../../syntax/mapped-text.ts';
import { textBuilder } from '../../syntax/text-builder.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Applications that one set makes. */
const MAX_ELEMENTS = 50;
const MAX_DEPTH = 40;
const REFERENCE = /\{\{-?\s*\.?([A-Za-z_][\w.-]*)\s*-?\}\}/g;

/**
 * The applications of an Argo CD ApplicationSet: its template with the elements of its lists put in. A set whose elements
 * come from elsewhere is its template; any other document is itself.
 */
export function applicationsOf(document: YamlValue): YamlValue[] {
  if (document.kind !== 'mapping' || textOf(at(document, 'kind')) !== 'ApplicationSet') return [document];
  const template = at(document, 'spec', 'template');
  if (template?.kind !== 'mapping') return [];
  const kind = document.entries.filter(({ key }) => key === 'kind');
  const whole = { ...template, entries: [...kind.map((entry) => kindOf(entry)), ...template.entries] };
  const elements = itemsOf(at(document, 'spec', 'generators')).flatMap((one) => itemsOf(at(one, 'list', 'elements')));
  if (elements.length === 0) return [whole];
  return firstOf(elements, MAX_ELEMENTS, 'elements of an ApplicationSet', placeOfValue).map((element) =>
    filledIn(whole, element, 0),
  );
}

function kindOf(entry: YamlEntry): YamlEntry {
  const { value } = entry;
  return value.kind === 'scalar'
    ? { ...entry, value: { ...value, value: 'Application', text: { ...value.text, text: 'Application' } } }
    : entry;
}

/** A value with the fields of an element in the place of `{{name}}`. */
function filledIn(value: YamlValue, element: YamlValue, depth: number): YamlValue {
  if (depth > MAX_DEPTH) return value;
  if (value.kind === 'sequence')
    return { ...value, items: value.items.map((item) => filledIn(item, element, depth + 1)) };
  if (value.kind === 'mapping') {
    const entries = value.entries.map((entry) => ({ ...entry, value: filledIn(entry.value, element, depth + 1) }));
    return { ...value, entries };
  }
  if (typeof value.value !== 'string' || !value.text.text.includes('{{')) return value;
  const text = textWith(value.text, element);
  return { ...value, text, value: text.text };
}

function textWith(text: MappedText, element: YamlValue): MappedText {
  const filled = textBuilder(text);
  for (const found of text.text.matchAll(REFERENCE)) {
    const own = fieldOf(element, found[1] ?? '');
    if (!own) continue;
    const end = found.index + found[0].length;
    filled.passTo(found.index, end);
    filled.add(usedAt(own, sliceMapped(text, found.index, end)));
  }
  return filled.built().text;
}

function fieldOf(element: YamlValue, name: string): MappedText | null {
  const value = at(element, ...name.split('.')) ?? entriesIn(element).find(({ key }) => key === name)?.value;
  return value?.kind === 'scalar' && value.value !== null ? value.text : null;
}
