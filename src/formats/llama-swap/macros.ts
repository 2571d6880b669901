import type { Interpolated } from '../../syntax/interpolation.ts';
import { type MappedText, replacedIn, sliceMapped, writtenAs } from '../../syntax/mapped-text.ts';
import { textBuilder } from '../../syntax/text-builder.ts';
import { entriesIn, type YamlValue } from '../../syntax/yaml.ts';

/** What a macro stands for, by its name; a text alone is the reason why it is open. */
export type Macros = ReadonlyMap<string, MappedText | string>;

/** Macros within macros; llama-swap itself allows those that are defined further up alone. */
const MAX_DEPTH = 12;
const MAX_CHARACTERS = 256 * 1024;

/** What llama-swap puts in by itself (internal/config): the port that it hands out, the process, the model's own key. */
const RESERVED: readonly (readonly [string, string])[] = [['PID', 'it is the number of the process']];

/** The first port that llama-swap hands out unless `startPort` says otherwise. */
const FIRST_PORT = '5800';

/** The macros of a config and of one model, whose own win. */
export function macrosOf(config: YamlValue, model: YamlValue, id: MappedText): Macros {
  const macros = new Map<string, MappedText | string>(RESERVED);
  macros.set('MODEL_ID', id);
  for (const holder of [config, model]) {
    const list = entriesIn(holder).find(({ key }) => key === 'macros')?.value ?? null;
    for (const { key, value } of entriesIn(list)) {
      if (value.kind === 'scalar') macros.set(key, value.text);
    }
  }
  return macros;
}

/** Puts macros in (`${name}`, names with dashes and dots too); every value keeps the place where it is defined. */
export function expandMacros(text: MappedText, macros: Macros, depth = 0): Interpolated {
  const expanded = textBuilder(text);
  for (const found of text.text.matchAll(/\$\{([\w.-]{1,100})\}/g)) {
    const [written, name = ''] = found;
    const end = found.index + written.length;
    const used = sliceMapped(text, found.index, end);
    expanded.passTo(found.index, end);
    if (name === 'PORT' && !macros.has(name)) {
      expanded.add(writtenAs(used, FIRST_PORT));
      continue;
    }
    const value = macros.get(name) ?? `${name} is not set in this file`;
    const reason =
      depth > MAX_DEPTH || expanded.length() > MAX_CHARACTERS ? 'its macros refer to each other without end' : value;
    if (typeof reason === 'string') expanded.leave(used, reason);
    else expanded.put(expandMacros(reason, macros, depth + 1), used);
  }
  return expanded.built();
}

/** A command without the lines that are comments. */
export function withoutComments(text: MappedText): MappedText {
  return replacedIn(text, /(?<![^\n])[ \t]*#[^\n]*\n?/g, () => '');
}
