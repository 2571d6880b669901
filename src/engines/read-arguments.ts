import type { Argument, ArgumentProblem, ArgumentValue, Unresolved } from '../deployment.ts';
import type { Word } from '../syntax/word.ts';
import type { Place } from '../text.ts';
import { kebab, type ArgumentSpec } from './argument-table.ts';
import { parseValue, type ValueType } from './argument-values.ts';

/** What reading a command line gives; positionals are left to the engine. */
export interface ReadArguments {
  readonly arguments: Map<string, Argument>;
  readonly unresolved: Unresolved[];
  readonly problems: ArgumentProblem[];
  readonly positionals: Word[];
}

/** What is read into. */
export function nothingRead(): ReadArguments {
  return { arguments: new Map(), unresolved: [], problems: [], positionals: [] };
}

/** Parses a value by the option's type and stores it; a value of the wrong type is kept as written and named. */
export function storeText(
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

/** Puts a value under its argument, at a key where the option or its spelling names one; what was there before is replaced. */
export function store(
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
