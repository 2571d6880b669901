import type { ArgumentValue } from '../deployment.ts';
import { placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import { removedOption, unknownKey, unknownOption } from './argument-problems.ts';
import { kebab, negatedSpec, settingSpec, textOf, type ArgumentSpec, type ArgumentTable } from './argument-table.ts';
import { parseValue } from './argument-values.ts';
import type { Setting } from './engine.ts';
import { nothingRead, store, storeText, type ReadArguments } from './read-arguments.ts';

/** Options with more words than this are not typed by anyone. */
const MAX_WORDS = 10_000;
/** Keys of one option, one inside the other (`--compilation-config.pass_config.fuse_norm_quant`). */
const MOST_KEYS = 50;

/**
 * Reads words as Python's argparse does: values behind a space or `=`, unique prefixes, and the last one wins. With vLLM's
 * extensions also: `_` and `-` are the same up to the first dot, `--no-` for booleans, dotted keys of JSON options.
 */
export function readWords(words: readonly Word[], table: ArgumentTable): ReadArguments {
  const read = nothingRead();
  const count = Math.min(words.length, MAX_WORDS);
  for (let index = 0; index < count;) {
    const word = words[index];
    if (!word) break;
    if (!isOption(word)) {
      read.positionals.push(word);
      index++;
      continue;
    }
    index += readOption(words, index, table, read);
  }
  return read;
}

/** Reads keys of a settings file, each as the option of that name. */
export function readSettings(settings: readonly Setting[], table: ArgumentTable, strict: boolean): ReadArguments {
  const read = nothingRead();
  for (const { key, value, place, unresolved } of settings) {
    const { spec, negated } = settingSpec(key, table);
    if (!spec) {
      if (strict) read.problems.push(unknownKey(key, place, table));
      continue;
    }
    if (unresolved !== null) {
      read.unresolved.push({ name: spec.name, text: textOf(value), reason: unresolved, place });
      continue;
    }
    if (negated) store(read, spec, [], value !== true && value !== 'true', place, 'config');
    else storeText(read, spec, [], typeof value === 'string' ? value : null, value, place, 'config');
  }
  return read;
}

/** Negative numbers are values; everything else with a dash in front is an option. */
function isOption({ text }: Word): boolean {
  return /^--?[A-Za-z]/.test(text.text);
}

/** Reads the option at an index; returns how many words it took. */
function readOption(words: readonly Word[], index: number, table: ArgumentTable, read: ReadArguments): number {
  const word = words[index] as Word;
  const written = word.text.text;
  const equals = written.indexOf('=');
  const option = equals === -1 ? written : written.slice(0, equals);
  const [head = '', ...path] = table.style === 'flexible' ? option.split('.') : [option];
  const found = findOption(head, table);
  const next = words[index + 1];
  const follows = equals === -1 && next !== undefined && !isOption(next);
  if (path.length > MOST_KEYS) {
    read.problems.push({
      code: 'invalid-value',
      message: `${head.slice(0, 80)} has ${path.length} keys, one inside the other.`,
      remedy: 'No option of an engine has so many.',
      place: placeOfMapped(word.text),
    });
    return follows ? 2 : 1;
  }
  if (found === null) {
    read.problems.push(unknownOption(head, placeOfMapped(word.text), table));
    return follows ? 2 : 1;
  }
  const { spec, negated, attached } = found;
  if (spec.removed !== undefined) read.problems.push(removedOption(spec, placeOfMapped(word.text), table));
  const inline = equals !== -1 ? sliceMapped(word.text, equals + 1, written.length) : null;
  if (attached !== null) {
    const value = sliceMapped(word.text, attached, written.length);
    storeText(read, spec, path, value.text, null, placeOfMapped(value), 'command');
    return 1;
  }
  if (spec.type === 'boolean') {
    const spoken = inline?.text ?? (next && /^(?:true|false)$/i.test(next.text.text) ? next.text.text : null);
    const value = spoken === null ? true : !/^(?:false|0|no|off)$/i.test(spoken);
    if (word.unresolved !== null) {
      const { text } = inline ?? word.text;
      read.unresolved.push({
        name: spec.name,
        text,
        reason: word.unresolved,
        place: placeOfMapped(inline ?? word.text),
      });
    } else {
      const place = placeOfMapped(inline ?? (spoken === null ? word.text : (next as Word).text));
      store(read, spec, path, value !== negated, place, 'command');
    }
    return inline === null && spoken !== null ? 2 : 1;
  }
  const carrier = inline !== null ? { text: inline, unresolved: word.unresolved } : follows ? next : null;
  if (!carrier && word.unresolved !== null) {
    // It may not be there at all, and with it the variable that it takes its value from.
    read.unresolved.push({
      name: spec.name,
      text: word.text.text,
      reason: word.unresolved,
      place: placeOfMapped(word.text),
    });
    return 1;
  }
  if (!carrier) {
    read.problems.push({
      code: 'invalid-value',
      message: `--${kebab(spec.name)} has no value.`,
      remedy: `Write a value behind it.`,
      place: placeOfMapped(word.text),
    });
    return 1;
  }
  const place = placeOfMapped(carrier.text);
  const reason = carrier.unresolved ?? word.unresolved;
  if (reason !== null) {
    read.arguments.delete(spec.into?.[0] ?? spec.name);
    read.unresolved.push({
      name: spec.into?.[0] ?? spec.name,
      text: carrier.text.text,
      reason,
      place,
    });
    return inline === null ? 2 : 1;
  }
  if (spec.type === 'list' && inline === null) return 1 + readList(words, index + 1, spec, read);
  storeText(read, spec, path, carrier.text.text, null, place, 'command');
  return inline === null ? 2 : 1;
}

/** An option that takes all the words up to the next option. */
function readList(words: readonly Word[], from: number, spec: ArgumentSpec, read: ReadArguments): number {
  const values: ArgumentValue[] = [];
  let index = from;
  for (let word = words[index]; word && !isOption(word) && word.unresolved === null; word = words[++index]) {
    const parsed = parseValue(word.text.text, 'any');
    values.push(...(Array.isArray(parsed) ? parsed : [parsed]));
  }
  const first = words[from];
  if (first) store(read, spec, [], values, placeOfMapped(first.text), 'command');
  return index - from;
}

interface Found {
  readonly spec: ArgumentSpec;
  readonly negated: boolean;
  /** Offset at which a value is glued to a short flag (`-O3`, `-tp2`); null when none is. */
  readonly attached: number | null;
}

function findOption(head: string, table: ArgumentTable): Found | null {
  if (!head.startsWith('--')) return findShort(head, table);
  const name = table.style === 'flexible' ? kebab(head.slice(2)) : head.slice(2);
  const exact = table.bySpelling.get(name);
  if (exact) return { spec: exact, negated: false, attached: null };
  const plain = negatedSpec(name, table);
  if (plain) return { spec: plain, negated: true, attached: null };
  const specs = new Set(
    [...table.bySpelling].filter(([spelling]) => spelling.startsWith(name)).map(([, spec]) => spec),
  );
  const [only, ...others] = specs;
  const least = table.style === 'flexible' ? 3 : 1;
  return only && others.length === 0 && name.length >= least ? { spec: only, negated: false, attached: null } : null;
}

function findShort(head: string, table: ArgumentTable): Found | null {
  const exact = table.bySpelling.get(head);
  if (exact) return { spec: exact, negated: false, attached: null };
  const glued = /^(-[A-Za-z]+)\d/.exec(head)?.[1];
  const spec = glued === undefined ? undefined : table.bySpelling.get(glued);
  return spec && glued !== undefined ? { spec, negated: false, attached: glued.length } : null;
}
