import { mappedIdentity, writtenAs } from '../../syntax/mapped-text.ts';
import { FILLED } from '../../syntax/template-mask.ts';
import { dataOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Module } from './module.ts';
import { scalar } from './values.ts';
import { exceeds } from '../../syntax/unread.ts';

const MAX_DEPTH = 60;

/** A resource's values in which every item of a list that `jsonencode` makes is the text that it becomes. */
export function withTexts(value: YamlValue, module: Module, depth = 0): YamlValue {
  if (value.kind === 'scalar' || exceeds(depth, MAX_DEPTH, 'levels of values')) return value;
  if (value.kind === 'mapping') {
    const entries = value.entries.map((entry) => ({ ...entry, value: withTexts(entry.value, module, depth + 1) }));
    return { ...value, entries };
  }
  const items = value.items.map((item) =>
    module.encoded.has(item) ? textOf(item) : withTexts(item, module, depth + 1),
  );
  return { ...value, items };
}

function textOf(value: YamlValue): YamlValue {
  const [start, end] = value.node.range ?? [0, 0];
  const text = JSON.stringify(dataOf(value));
  const place = mappedIdentity(value.file, start, end, () => null);
  // What is not known in it leaves all of it open.
  return scalar(value.file, { start, end }, writtenAs(place, text.includes(FILLED) ? FILLED : text));
}
