import { nearest } from '../nearest.ts';
import type { UsageProblem } from './surroundings.ts';

/** One flag of a command; the parser and the help text are both made from it. */
export interface Flag {
  readonly name: string;
  /** What its value is called in the help, or null for a switch. */
  readonly value: string | null;
  readonly help: string;
  /** May be given several times. */
  readonly many?: boolean;
  /** The only values it takes. */
  readonly choices?: readonly string[];
}

export interface Arguments {
  /** Values by flag name without dashes; a switch that is given has one empty value. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** Everything after `--`, or null when there is none. */
  readonly rest: readonly string[] | null;
}

/** Reads `--flag value`, `--flag=value`, switches, names and what stands behind `--`. */
export function parseArguments(words: readonly string[], flags: readonly Flag[]): Arguments | UsageProblem {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return { values, positionals, rest: words.slice(at + 1) };
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = (equals === -1 ? word : word.slice(0, equals)).replace(/^--?/, '');
    const flag = byName.get(name);
    if (!flag) return unknownFlag(word, name, flags);
    let value = equals === -1 ? null : word.slice(equals + 1);
    if (flag.value === null && value !== null)
      return { problem: `--${name} takes no value`, remedy: `Write --${name}.` };
    if (flag.value !== null && value === null) {
      value = words[++at] ?? null;
      if (value === null || value === '--') return missingValue(flag);
    }
    const wrong = value !== null && flag.choices && !flag.choices.includes(value);
    if (wrong) return { problem: `--${name} cannot be '${value}'`, remedy: `It may be ${flag.choices.join(', ')}.` };
    const given = values.get(name) ?? [];
    if (given.length > 0 && !flag.many) return { problem: `--${name} is given twice`, remedy: 'Keep one.' };
    values.set(name, [...given, value ?? '']);
  }
  return { values, positionals, rest: null };
}

/** The value of a flag that may be given once, or null. */
export function single(parsed: Arguments, name: string): string | null {
  return parsed.values.get(name)?.[0] ?? null;
}

function unknownFlag(word: string, name: string, flags: readonly Flag[]): UsageProblem {
  const names = flags.map((flag) => flag.name);
  const near = nearest(name, names, undefined, 2).map((one) => `--${one}`);
  const all = names.map((one) => `--${one}`).join(', ');
  return {
    problem: `unknown flag '${word}'`,
    remedy: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The flags of this command are ${all}.`,
  };
}

function missingValue(flag: Flag): UsageProblem {
  return { problem: `--${flag.name} needs a value`, remedy: `Write --${flag.name} ${flag.value}.` };
}
