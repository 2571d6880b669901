import type { Interpolated, OpenRange } from '../../syntax/interpolation.ts';
import { joinMapped, type MappedText, sliceMapped, usedAt, writtenAs } from '../../syntax/mapped-text.ts';
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
  const parts: MappedText[] = [];
  const open: OpenRange[] = [];
  let length = 0;
  let at = 0;
  const add = (part: MappedText): void => {
    if (part.text !== '') parts.push(part);
    length += part.text.length;
  };
  for (const found of text.text.matchAll(/\$\{([\w.-]{1,100})\}/g)) {
    const [written, name = ''] = found;
    const end = found.index + written.length;
    add(sliceMapped(text, at, found.index));
    at = end;
    if (name === 'PORT' && !macros.has(name)) {
      add(writtenAs(sliceMapped(text, found.index, end), FIRST_PORT));
      continue;
    }
    const value = macros.get(name) ?? `${name} is not set in this file`;
    const reason = depth > MAX_DEPTH || length > MAX_CHARACTERS ? 'its macros refer to each other without end' : value;
    if (typeof reason === 'string') {
      open.push({ start: length, end: length + written.length, reason });
      add(sliceMapped(text, found.index, end));
      continue;
    }
    const inner = expandMacros(reason, macros, depth + 1);
    for (const one of inner.open) open.push({ ...one, start: one.start + length, end: one.end + length });
    add(usedAt(inner.text, sliceMapped(text, found.index, end)));
  }
  if (at === 0) return { text, open: [] };
  add(sliceMapped(text, at, text.text.length));
  return parts.length > 0 ? { text: joinMapped(parts), open } : { text: sliceMapped(text, 0, 0), open };
}

/** A command without the lines that are comments. */
export function withoutComments(text: MappedText): MappedText {
  if (!/^[ \t]*#/m.test(text.text)) return text;
  const kept: MappedText[] = [];
  let start = 0;
  for (const line of text.text.split('\n')) {
    const end = Math.min(start + line.length + 1, text.text.length);
    if (!/^[ \t]*#/.test(line)) kept.push(sliceMapped(text, start, end));
    start = end;
  }
  return kept.length > 0 ? joinMapped(kept) : sliceMapped(text, 0, 0);
}
