import type { ArgumentValue } from '../deployment.ts';

export type Arguments = Readonly<Record<string, ArgumentValue>>;
export type JsonObject = { readonly [key: string]: ArgumentValue };

/** Typed access to arguments that may hold anything. What cannot be read is kept as a problem in argparse's words. */
export interface ArgumentReader {
  readonly problems: readonly string[];
  /** A whole number of at least `minimum`; null when it is not set. */
  integer(name: string, minimum: number): number | null;
  /** A finite number; null when it is not set. */
  number(name: string): number | null;
  /** null when it is not set. */
  flag(name: string): boolean | null;
  word(name: string): string | null;
  /** An object, or JSON text of one. */
  object(name: string): JsonObject | null;
  /** Whole numbers, given as a list, as text (`[1,2,4]`, `1 2 4`) or as one number; null when it is not set. */
  integers(name: string): readonly number[] | null;
  /** Words, given as a list, as text (`0 1`, `0,1`) or as one value; null when it is not set. */
  words(name: string): readonly string[] | null;
}

const LONGEST_JSON = 100_000;

/** Reads `args` by canonical names. Numbers in strings count as numbers; `None` and the empty string count as unset. */
export function readArguments(args: Arguments): ArgumentReader {
  const problems: string[] = [];
  const reject = (name: string, kind: string, value: ArgumentValue): null => {
    problems.push(`argument ${flagOf(name)}: invalid ${kind} value: '${shown(value)}'`);
    return null;
  };
  const present = (name: string): ArgumentValue => {
    const value = Object.hasOwn(args, name) ? (args[name] ?? null) : null;
    return value === '' || value === 'None' || value === 'null' ? null : value;
  };
  return {
    problems,
    integer(name, minimum) {
      const value = present(name);
      if (value === null) return null;
      const number = numberOf(value);
      if (number === null || !Number.isSafeInteger(number) || number < minimum) return reject(name, 'int', value);
      return number;
    },
    number(name) {
      const value = present(name);
      if (value === null) return null;
      return numberOf(value) ?? reject(name, 'float', value);
    },
    flag(name) {
      const value = present(name);
      if (value === null || typeof value === 'boolean') return value;
      if (value === 'true' || value === 'True' || value === '1' || value === 1) return true;
      if (value === 'false' || value === 'False' || value === '0' || value === 0) return false;
      return reject(name, 'bool', value);
    },
    word(name) {
      const value = present(name);
      if (value === null || typeof value === 'string') return value;
      return typeof value === 'object' ? reject(name, 'str', value) : String(value);
    },
    object(name) {
      const value = present(name);
      if (value === null) return null;
      return objectOf(value) ?? reject(name, 'JSON', value);
    },
    integers(name) {
      const value = present(name);
      if (value === null) return null;
      return integersOf(value) ?? reject(name, 'int', value);
    },
    words(name) {
      const value = present(name);
      if (value === null) return null;
      return partsOf(value).map(String);
    },
  };
}

/** A JSON object, given as such or as its text; null for anything else. */
export function objectOf(value: ArgumentValue): JsonObject | null {
  if (typeof value === 'string') {
    if (value.length > LONGEST_JSON || !value.trimStart().startsWith('{')) return null;
    try {
      return objectOf(JSON.parse(value) as ArgumentValue);
    } catch {
      return null;
    }
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

const MOST_INTEGERS = 4096;

function integersOf(value: ArgumentValue): readonly number[] | null {
  const numbers = partsOf(value).map(numberOf);
  if (numbers.length === 0 || numbers.length > MOST_INTEGERS) return null;
  return numbers.every((number) => number !== null && Number.isSafeInteger(number) && number > 0)
    ? (numbers as number[])
    : null;
}

function partsOf(value: ArgumentValue): readonly ArgumentValue[] {
  if (typeof value === 'string') return value.split(/[\s,[\]"']+/).filter((part) => part !== '');
  return Array.isArray(value) ? (value as readonly ArgumentValue[]) : [value];
}

function numberOf(value: ArgumentValue): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.length > 40 || !/^\s*[-+]?(\d|\.\d)/.test(value)) return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

function shown(value: ArgumentValue): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, 80);
}
