import { wordOf } from '../syntax/interpolation.ts';
import { type MappedText, sliceMapped, usedAt } from '../syntax/mapped-text.ts';
import { readShell } from '../syntax/shell/index.ts';
import { computedText } from '../syntax/shell/text.ts';
import { textBuilder } from '../syntax/text-builder.ts';
import type { Word } from '../syntax/word.ts';
import { itemsOf, type YamlValue } from '../syntax/yaml.ts';

/** Variables of a container, as `$(NAME)` and a shell inside it see them. */
export type Environment = ReadonlyMap<string, Word>;

/**
 * A command or argument list of a container as words: a list of words, words that hold an option with its value, or one
 * string. `$(NAME)` stands for the variable of that name (Kubernetes: define a command and arguments for a container).
 */
export function wordsOf(value: YamlValue | null, environment: Environment): Word[] {
  const room = roomForVariables();
  if (value?.kind === 'scalar' && value.value !== null) {
    const [only, ...more] = readShell(value.text, scopeOf(environment)) ?? [];
    return only && more.length === 0 ? [...only.words] : [substituted(value.text, environment, room)];
  }
  return itemsOf(value).flatMap((item) => {
    if (item.kind !== 'scalar' || item.value === null) return [];
    const word = substituted(item.text, environment, room);
    return word.unresolved === null && isPair(word) ? splitPair(word) : [word];
  });
}

/** A shell in the container sees every variable of its environment. */
export function scopeOf(environment: Environment): ReadonlyMap<string, readonly Word[]> {
  return new Map([...environment].map(([name, word]) => [name, [word]]));
}

const REFERENCE = /\$\$|\$\(([A-Za-z_][\w.-]*)\)/g;

/** Characters that variables may put into the texts of one container: variables that hold each other twice stop here. */
const MAX_CHARACTERS = 256 * 1024;

/** What is left of them. */
export interface Room {
  left: number;
}

export function roomForVariables(): Room {
  return { left: MAX_CHARACTERS };
}

/** A text with the variables that it names as `$(NAME)`. */
export function substituted(text: MappedText, environment: Environment, room: Room): Word {
  const filled = textBuilder(text);
  for (const found of text.text.matchAll(REFERENCE)) {
    const [written, name] = found;
    if (name === undefined) continue;
    const value = environment.get(name);
    const end = found.index + written.length;
    const variable = sliceMapped(text, found.index, end);
    filled.passTo(found.index, end);
    room.left -= value?.text.text.length ?? 0;
    if (room.left < 0) filled.leave(variable, 'the variables of its container hold each other without end');
    else if (value?.unresolved === null) filled.add(valueAt(value.text, variable));
    else filled.leave(variable, value?.unresolved ?? `${name} is not set in this file`);
  }
  return wordOf(filled.built());
}

/** A value in the place of its variable; one that stands nowhere (what a platform sets) stands where it is used. */
function valueAt(value: MappedText, variable: MappedText): MappedText {
  const used = value.segments.length === 0 ? computedText(variable, value.text) : null;
  return used?.text ?? usedAt(value, variable);
}

/** An option and its value in one word (`--max-model-len 8192`), which the engine itself would not take apart. */
export function isPair({ text }: Pick<Word, 'text'>): boolean {
  return /^--?[A-Za-z][\w.-]*[ \t]+\S/.test(text.text);
}

function splitPair(word: Word): Word[] {
  return [...word.text.text.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map((found) => {
    const [written] = found;
    const quoted = /^(['"]).*\1$/s.test(written) ? 1 : 0;
    return {
      text: sliceMapped(word.text, found.index + quoted, found.index + written.length - quoted),
      unresolved: null,
    };
  });
}
