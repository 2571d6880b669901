import { wordOf } from '../../syntax/interpolation.ts';
import { sliceMapped, usedAt } from '../../syntax/mapped-text.ts';
import { textBuilder } from '../../syntax/text-builder.ts';
import { at, type YamlValue } from '../../syntax/yaml.ts';
import type { Mapping } from './units.ts';

const OWN = /\{\{-?\s*\.Values((?:\.[A-Za-z_]\w{0,60}){1,12})\s*(?:\|\s*(?:quote|squote|toString|int)\s*)*-?\}\}/g;
/** Levels of values, and characters that may be put in. */
const MAX_DEPTH = 40;
const MAX_CHARACTERS = 256 * 1024;

/**
 * Values with `{{ .Values.a.b }}` in them for charts that render them too (Helm: the `tpl` function); what is not a single value
 * of the same file stays a template.
 */
export function withOwnValues(document: Mapping): Mapping {
  let left = MAX_CHARACTERS;

  function filled(value: YamlValue, depth: number): YamlValue {
    if (depth > MAX_DEPTH) return value;
    if (value.kind === 'mapping') {
      const entries = value.entries.map((entry) => ({ ...entry, value: filled(entry.value, depth + 1) }));
      return entries.every((entry, index) => entry.value === value.entries[index]?.value)
        ? value
        : { ...value, entries };
    }
    if (value.kind === 'sequence') {
      const items = value.items.map((item) => filled(item, depth + 1));
      return items.every((item, index) => item === value.items[index]) ? value : { ...value, items };
    }
    const { text } = value;
    if (!text.text.includes('{{')) return value;
    const builder = textBuilder(text);
    let isChanged = false;
    for (const { 0: written, 1: path = '', index } of text.text.matchAll(OWN)) {
      const named = at(document, ...path.slice(1).split('.'));
      if (named?.kind !== 'scalar' || named.value === null || /\{\{|\n/.test(named.text.text)) continue;
      left -= named.text.text.length;
      if (left < 0) return value;
      const end = index + written.length;
      builder.passTo(index, end);
      builder.add(usedAt(named.text, sliceMapped(text, index, end)));
      isChanged = true;
    }
    if (!isChanged) return value;
    const word = wordOf(builder.built());
    return { ...value, value: word.text.text, text: word.text };
  }

  const whole = filled(document, 0);
  return whole.kind === 'mapping' ? whole : document;
}
