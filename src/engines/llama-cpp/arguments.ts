import type { Argument, ArgumentProblem, ArgumentValue } from '../../deployment.ts';
import { nearest, withoutSeparators } from '../../nearest.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { Place } from '../../text.ts';
import type { Setting } from '../engine.ts';
import { nothingRead, type ReadArguments } from '../read-arguments.ts';
import { LLAMA_OPTIONS, type Option, optionOf } from './option-table.ts';

/** Options with more words than this are not typed by anyone. */
const MAX_WORDS = 10_000;

/**
 * Reads words as llama.cpp does (common/arg.cpp, common_params_parse_ex): an option takes as many words as its kind says,
 * whatever they look like; there are no prefixes and no `=`; the last one wins, but tensor overrides add up.
 */
export function readWords(words: readonly Word[]): ReadArguments {
  const read = nothingRead();
  const count = Math.min(words.length, MAX_WORDS);
  for (let index = 0; index < count;) index += readWord(words, index, read);
  return read;
}

/** Reads the word at an index; returns how many words it took. */
function readWord(words: readonly Word[], index: number, read: ReadArguments): number {
  const word = words[index] as Word;
  const { text } = word.text;
  if (!/^--?[A-Za-z]/.test(text)) {
    read.positionals.push(word);
    return 1;
  }
  const place = placeOfMapped(word.text);
  const found = optionOf(text);
  if (!found) return readUnknown(words, index, read);
  const { option, negated } = found;
  const next = words[index + 1];
  switch (option.kind) {
    case 'switch':
    case 'toggle':
      if (word.unresolved === null) store(read, option, !negated, place);
      else read.unresolved.push({ name: option.name, text, reason: word.unresolved, place });
      return 1;
    case 'choice':
      // A bare `-fa` until the option took a value (#15434).
      if (!next || (next.unresolved === null && !CHOICE.test(next.text.text))) {
        store(read, option, true, place);
        return 1;
      }
      break;
    case 'pair':
      return 3;
    default:
  }
  if (!next) {
    read.problems.push(problem(`${text} has no value.`, 'Write a value behind it.', place));
    return 1;
  }
  readValue(read, option, next.text, next.unresolved);
  return 2;
}

/** What llama.cpp takes for on, off and auto (common/arg.cpp, is_truthy and its like). */
const CHOICE = /^(?:on|off|auto|enabled|disabled|true|false|1|0|-1)$/;

/** An option that llama-server does not know; `--option=value` is one, since it has no such form. */
function readUnknown(words: readonly Word[], index: number, read: ReadArguments): number {
  const word = words[index] as Word;
  const { text } = word.text;
  const place = placeOfMapped(word.text);
  const equals = text.indexOf('=');
  const found = equals === -1 ? null : optionOf(text.slice(0, equals));
  if (found && found.option.kind !== 'switch' && found.option.kind !== 'toggle') {
    read.problems.push({
      code: 'unknown-argument',
      message: `llama-server refuses '${text.slice(0, 80)}': it takes no value behind '='.`,
      remedy: `Write the value behind a space.`,
      place,
    });
    readValue(read, found.option, sliceMapped(word.text, equals + 1, text.length), word.unresolved);
    return 1;
  }
  const names = [...LLAMA_OPTIONS.byName.values()].map(({ name }) => name.replaceAll('_', '-'));
  const near = nearest(text.replace(/^--?/, ''), names, withoutSeparators, 3).map((name) => `--${name}`);
  read.problems.push({
    code: 'unknown-argument',
    message: `llama-server has no option '${text.slice(0, 80)}'.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Correct the spelling, or remove it.',
    place,
  });
  const next = words[index + 1];
  return next && equals === -1 && !/^--?[A-Za-z]/.test(next.text.text) ? 2 : 1;
}

function readValue(read: ReadArguments, option: Option, value: MappedText, unresolved: string | null): void {
  const place = placeOfMapped(value);
  if (unresolved !== null) {
    read.arguments.delete(option.name);
    read.unresolved.push({ name: option.name, text: value.text, reason: unresolved, place });
    return;
  }
  store(read, option, valueOf(read, option, value.text, place), place);
}

/** A value as its option takes it. Numbers end at the first character that is no digit (std::stoi), and that is said. */
function valueOf(read: ReadArguments, option: Option, text: string, place: Place): ArgumentValue {
  if (option.kind !== 'int' && option.kind !== 'count') return text;
  if (option.kind === 'count' && /^(?:auto|all)$/.test(text)) return text;
  const [digits] = /^\s*[+-]?\d{1,15}/.exec(text) ?? [];
  if (digits === undefined) {
    read.problems.push(problem(`--${kebab(option.name)} cannot be '${text.slice(0, 80)}'.`, NUMBER, place));
    return text;
  }
  if (digits.length < text.trimEnd().length) {
    const message = `llama-server reads '${text.slice(0, 80)}' as ${Number(digits)}: it knows no suffixes.`;
    read.problems.push(problem(message, 'Write the number out.', place));
  }
  return Number(digits);
}

const NUMBER = 'Write a whole number.';

function problem(message: string, remedy: string, place: Place): ArgumentProblem {
  return { code: 'invalid-value', message, remedy, place };
}

function store(
  read: ReadArguments,
  { name }: Option,
  value: ArgumentValue,
  place: Place,
  source: Argument['source'] = 'command',
): void {
  const before = name === 'override_tensor' ? read.arguments.get(name)?.value : undefined;
  const all = typeof before === 'string' && typeof value === 'string' ? `${before},${value}` : value;
  read.arguments.set(name, { name, value: all, place, source });
}

/** Reads keys of a settings file or variables of the environment, each under the canonical name of its option. */
export function readSettings(settings: readonly Setting[], strict: boolean): ReadArguments {
  const read = nothingRead();
  for (const { key, value, place, unresolved } of settings) {
    const option = LLAMA_OPTIONS.byName.get(key.replaceAll('-', '_'));
    if (!option) {
      if (strict) read.problems.push(unknownKey(key, place));
      continue;
    }
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (unresolved !== null) {
      read.unresolved.push({ name: option.name, text, reason: unresolved, place });
      continue;
    }
    store(read, option, settingValue(read, option, value, text, place), place, 'config');
  }
  return read;
}

function unknownKey(key: string, place: Place): ArgumentProblem {
  const near = nearest(key.replaceAll('_', '-'), [...LLAMA_OPTIONS.byName.keys()], withoutSeparators, 3);
  return {
    code: 'ignored-argument',
    message: `llama.cpp does not read the key '${key.slice(0, 80)}'.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Correct the spelling, or remove it.',
    place,
  };
}

function settingValue(
  read: ReadArguments,
  option: Option,
  value: ArgumentValue,
  text: string,
  place: Place,
): ArgumentValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
  if (option.kind !== 'switch' && option.kind !== 'toggle') return valueOf(read, option, text, place);
  return /^(?:on|enabled|true|1)$/.test(text) ? true : /^(?:off|disabled|false|0)$/.test(text) ? false : text;
}

/** The words that set an option. */
export function printOption(name: string, value: ArgumentValue): readonly string[] {
  const option = LLAMA_OPTIONS.byName.get(name);
  const flag = `--${kebab(name)}`;
  const bare = option?.kind === 'switch' || option?.kind === 'toggle' || option?.kind === 'choice';
  if (value === true && bare) return [flag];
  if (value === false && option?.kind === 'toggle' && option.negative !== null) return [option.negative];
  return [flag, typeof value === 'string' ? value : JSON.stringify(value)];
}

function kebab(name: string): string {
  return name.replaceAll('_', '-');
}
