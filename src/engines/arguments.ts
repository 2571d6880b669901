import type { Argument, ArgumentProblem, ArgumentValue, Unresolved } from '../deployment.ts';
import { nearest } from '../nearest.ts';
import { placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { Place } from '../text.ts';
import type { Setting } from './engine.ts';
import { parseValue, type ValueType } from './argument-values.ts';

/** One option of an engine's command line. */
export interface ArgumentSpec {
  /** Canonical name, snake_case. */
  readonly name: string;
  readonly type: ValueType;
  /** Changes what the engine takes of the GPU. */
  readonly memory: boolean;
  /** Other long spellings (kebab-case, without dashes) and short flags (`-tp`). */
  readonly aliases: readonly string[];
  /** Key of a JSON-valued argument that this option writes into (`speculative_config.model`). */
  readonly into?: readonly [argument: string, key: string];
  /** Set when newer versions no longer have it: what to do instead. */
  readonly removed?: string;
}

/** An engine's options by every spelling. */
export interface ArgumentTable {
  readonly byName: ReadonlyMap<string, ArgumentSpec>;
  readonly bySpelling: ReadonlyMap<string, ArgumentSpec>;
  readonly engine: string;
}

export function tableOf(engine: string, specs: readonly ArgumentSpec[]): ArgumentTable {
  const bySpelling = new Map<string, ArgumentSpec>();
  for (const spec of specs) {
    for (const spelling of [kebab(spec.name), ...spec.aliases]) bySpelling.set(spelling, spec);
  }
  return { engine, bySpelling, byName: new Map(specs.map((spec) => [spec.name, spec])) };
}

/** What reading a command line gives; positionals are left to the engine. */
export interface ReadArguments {
  readonly arguments: Map<string, Argument>;
  readonly unresolved: Unresolved[];
  readonly problems: ArgumentProblem[];
  readonly positionals: Word[];
}

/** Options with more words than this are not typed by anyone. */
const MAX_WORDS = 10_000;

/**
 * Reads words as Python's argparse with vLLM's extensions does: `_` and `-` are the same up to the first dot, values
 * behind a space or `=`, `--no-` for booleans, unique prefixes, dotted keys of JSON options, and the last one wins.
 */
export function readWords(words: readonly Word[], table: ArgumentTable): ReadArguments {
  const read: ReadArguments = { arguments: new Map(), unresolved: [], problems: [], positionals: [] };
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
  const read: ReadArguments = { arguments: new Map(), unresolved: [], problems: [], positionals: [] };
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

/** The option that a settings key names, with `no-` before a boolean. */
export function settingSpec(key: string, table: ArgumentTable): { spec: ArgumentSpec | null; negated: boolean } {
  const name = kebab(key);
  const spec = table.bySpelling.get(name);
  if (spec) return { spec, negated: false };
  const plain = name.startsWith('no-') ? table.bySpelling.get(name.slice(3)) : undefined;
  return plain?.type === 'boolean' ? { spec: plain, negated: true } : { spec: null, negated: false };
}

/** The words that set an argument. */
export function printOption(table: ArgumentTable, name: string, value: ArgumentValue): readonly string[] {
  const flag = kebab(name);
  if (value === true) return [`--${flag}`];
  if (value === false && table.byName.get(name)?.type === 'boolean') return [`--no-${flag}`];
  if (Array.isArray(value)) return [`--${flag}`, ...value.map(textOf)];
  return [`--${flag}`, textOf(value)];
}

function textOf(value: ArgumentValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
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
  const [head = '', ...path] = (equals === -1 ? written : written.slice(0, equals)).split('.');
  const found = findOption(head, table);
  const next = words[index + 1];
  const follows = equals === -1 && next !== undefined && !isOption(next);
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
    if (word.unresolved !== null && inline !== null) {
      read.unresolved.push({
        name: spec.name,
        text: inline.text,
        reason: word.unresolved,
        place: placeOfMapped(inline),
      });
    } else {
      const place = placeOfMapped(inline ?? (spoken === null ? word.text : (next as Word).text));
      store(read, spec, path, value !== negated, place, 'command');
    }
    return inline === null && spoken !== null ? 2 : 1;
  }
  const carrier = inline !== null ? { text: inline, unresolved: word.unresolved } : follows ? next : null;
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
  if (carrier.unresolved !== null) {
    read.arguments.delete(spec.into?.[0] ?? spec.name);
    read.unresolved.push({
      name: spec.into?.[0] ?? spec.name,
      text: carrier.text.text,
      reason: carrier.unresolved,
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
  const name = kebab(head.slice(2));
  const exact = table.bySpelling.get(name);
  if (exact) return { spec: exact, negated: false, attached: null };
  const plain = name.startsWith('no-') ? table.bySpelling.get(name.slice(3)) : undefined;
  if (plain?.type === 'boolean') return { spec: plain, negated: true, attached: null };
  const specs = new Set(
    [...table.bySpelling].filter(([spelling]) => spelling.startsWith(name)).map(([, spec]) => spec),
  );
  const [only, ...others] = specs;
  return only && others.length === 0 && name.length >= 3 ? { spec: only, negated: false, attached: null } : null;
}

function findShort(head: string, table: ArgumentTable): Found | null {
  const exact = table.bySpelling.get(head);
  if (exact) return { spec: exact, negated: false, attached: null };
  const glued = /^(-[A-Za-z]+)\d/.exec(head)?.[1];
  const spec = glued === undefined ? undefined : table.bySpelling.get(glued);
  return spec && glued !== undefined ? { spec, negated: false, attached: glued.length } : null;
}

/** Parses a value by the option's type and stores it; a value of the wrong type is kept as written and named. */
function storeText(
  read: ReadArguments,
  spec: ArgumentSpec,
  path: readonly string[],
  text: string | null,
  given: ArgumentValue,
  place: Place,
  source: Argument['source'],
): void {
  if (text === null) return store(read, spec, path, given, place, source);
  const value = parseValue(text, path.length > 0 ? 'any' : spec.type);
  if (value === undefined) {
    read.problems.push({
      code: 'invalid-value',
      message: `--${kebab(spec.name)} cannot be '${text.slice(0, 80)}'.`,
      remedy: `Write ${EXPECTED[spec.type]}.`,
      place,
    });
  }
  store(read, spec, path, value === undefined ? text : value, place, source);
}

const EXPECTED: Readonly<Record<ValueType, string>> = {
  int: 'a whole number',
  size: 'a number of tokens or bytes, such as 32768, 32k or auto',
  float: 'a number',
  boolean: 'true or false',
  string: 'a text',
  json: 'a JSON object',
  list: 'one or more values',
  any: 'a value',
};

function store(
  read: ReadArguments,
  spec: ArgumentSpec,
  path: readonly string[],
  value: ArgumentValue,
  place: Place,
  source: Argument['source'],
): void {
  const [name, keys] = spec.into ? [spec.into[0], [spec.into[1], ...path]] : [spec.name, path];
  const merged = keys.length === 0 ? value : withKey(read.arguments.get(name)?.value ?? {}, keys, value);
  read.arguments.set(name, { name, value: merged, place, source });
}

function withKey(base: ArgumentValue, [key, ...rest]: readonly string[], value: ArgumentValue): ArgumentValue {
  if (key === undefined) return value;
  const object = typeof base === 'object' && base !== null && !Array.isArray(base) ? base : {};
  const inner = (object as { readonly [key: string]: ArgumentValue })[key] ?? {};
  return { ...object, [key]: withKey(inner, rest, value) };
}

function unknownOption(written: string, place: Place, table: ArgumentTable): ArgumentProblem {
  const near = nearest(kebab(written.replace(/^--?/, '')), spellings(table), undefined, 3).map((name) => `--${name}`);
  return {
    code: 'unknown-argument',
    message: `${table.engine} has no option '${written.slice(0, 80)}'.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Correct the spelling, or remove it.',
    place,
  };
}

function unknownKey(key: string, place: Place, table: ArgumentTable): ArgumentProblem {
  const near = nearest(kebab(key), spellings(table), undefined, 3);
  return {
    code: 'ignored-argument',
    message: `${table.engine} does not read the key '${key.slice(0, 80)}'.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Correct the spelling, or remove it.',
    place,
  };
}

function removedOption(spec: ArgumentSpec, place: Place, table: ArgumentTable): ArgumentProblem {
  return {
    code: 'removed-argument',
    message: `Current versions of ${table.engine} no longer have --${kebab(spec.name)}.`,
    remedy: spec.removed ?? 'Remove it.',
    place,
  };
}

function spellings(table: ArgumentTable): string[] {
  return [...table.bySpelling.keys()].filter((spelling) => !spelling.startsWith('-'));
}

/** `_` is `-` up to the first dot, and case counts. */
export function kebab(name: string): string {
  return name.replaceAll('_', '-');
}
