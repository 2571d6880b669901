import { wordOf } from '../../syntax/interpolation.ts';
import {
  encodedThrough,
  type MappedText,
  placeOfMapped,
  replacedIn,
  sliceMapped,
  usedAt,
} from '../../syntax/mapped-text.ts';
import { FILLED } from '../../syntax/template-mask.ts';
import { textBuilder } from '../../syntax/text-builder.ts';
import type { Word } from '../../syntax/word.ts';
import { at, type YamlValue } from '../../syntax/yaml.ts';
import type { Mapping } from './walk.ts';

/** `${{ matrix.model }}`, `{{ model }}`: what a pipeline or a template puts in, as one run of characters that no shell takes apart. */
export function masked(written: MappedText): MappedText {
  if (!written.text.includes('{{')) return written;
  const text = withSingleBraces(written);
  let changed = text.text;
  for (const found of text.text.matchAll(/\$?\{\{[^{}\n]{0,300}\}\}/g)) {
    const end = found.index + found[0].length;
    changed = changed.slice(0, found.index) + FILLED.repeat(found[0].length) + changed.slice(end);
  }
  const segments: MappedText['segments'][number][] = [];
  let offset = 0;
  for (const segment of text.segments) {
    segments.push({ ...segment, text: changed.slice(offset, offset + segment.text.length) });
    offset += segment.text.length;
  }
  return { text: changed, segments };
}

/** JSON of which every brace is doubled (`'{{"method": "mtp"}}'`), as texts with `{name}` in them have it (Python docs: format strings). */
const DOUBLED = /\{\{\s{0,20}"[^"\n]{0,100}"\s{0,20}:/;

function withSingleBraces(text: MappedText): MappedText {
  if (!DOUBLED.test(text.text)) return text;
  const single = replacedIn(
    text,
    /(\$?\{\{[^{}"\n]{1,300}\}\})|\{\{|\}\}/g,
    ([found, filled]) => filled ?? found.slice(1),
  );
  return encodedThrough(single, (value) => value.replace(/[{}]/g, '$&$&'));
}

/** The same for the texts of a value. */
export function maskedValue(value: YamlValue): YamlValue {
  if (value.kind === 'scalar') return { ...value, text: masked(value.text) };
  return value.kind === 'sequence' ? { ...value, items: value.items.map(maskedValue) } : value;
}

const PLACEHOLDER = /\{([A-Za-z_]\w{0,60})\}/g;

/** A word in which `{name}` stands for the key of that name beside it or around it; one without such a key stays open. */
export function filledIn(word: Word, mappings: readonly Mapping[]): Word {
  const { text } = word;
  if (word.unresolved !== null || !text.text.includes('{') || text.text.includes('"')) return word;
  const filled = textBuilder(text);
  for (const found of text.text.matchAll(PLACEHOLDER)) {
    const [written, name = ''] = found;
    if (text.text[found.index - 1] === '$') continue;
    const value = valueOf(name, mappings);
    const end = found.index + written.length;
    filled.passTo(found.index, end);
    if (value?.kind === 'scalar') filled.add(value.text);
    else filled.leave(sliceMapped(text, found.index, end), 'it is a placeholder');
  }
  return wordOf(filled.built());
}

/** A word in which `{{ name }}` of Jinja and `{{.NAME}}` of Task stand for what the file itself says under that name; any other stays open. */
export function templated(word: Word, mappings: readonly Mapping[]): Word {
  const { text } = word;
  if (word.unresolved !== null || !text.text.includes(FILLED)) return word;
  const filled = textBuilder(text);
  for (const { 0: run, index } of text.text.matchAll(new RegExp(`${FILLED}+`, 'g'))) {
    const end = index + run.length;
    const used = sliceMapped(text, index, end);
    const value = valueOf(nameAt(used), mappings);
    filled.passTo(index, end);
    if (value?.kind !== 'scalar' || /\{[{%]/.test(value.text.text)) return word;
    filled.add(usedAt(value.text, used));
  }
  return wordOf(filled.built());
}

/** The name alone between the braces; what is worked out there has none. */
function nameAt(used: MappedText): string {
  const [segment] = used.segments;
  const { start, end } = placeOfMapped(used);
  return /^\{\{-?\s*\.?([A-Za-z_]\w{0,60})\s*-?\}\}$/.exec(segment?.file.text.slice(start, end) ?? '')?.[1] ?? '';
}

/** Sections beside a command that hold what is put in. */
const VALUES = /^(?:defaults?|params|parameters|variables|vars|values|settings|options|config|args)$/i;

function valueOf(name: string, mappings: readonly Mapping[]): YamlValue | null {
  for (const mapping of mappings) {
    const sections = mapping.entries.filter(({ key }) => VALUES.test(key)).map(({ value }) => value);
    for (const section of [mapping, ...sections]) {
      const value = at(section, name);
      if (value?.kind === 'scalar' && value.value !== null) return value;
    }
  }
  return null;
}
