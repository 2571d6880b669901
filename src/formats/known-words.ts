import type { Located } from '../deployment.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import { FILLED } from '../syntax/template-mask.ts';
import { textBuilder } from '../syntax/text-builder.ts';
import type { Word } from '../syntax/word.ts';
import type { FormatContext } from './format.ts';

/** A template inside a word, of Go, Jinja or ERB; a chat template in Jinja is a value like any other. */
const TEMPLATED = /\{\{-?\s*[`"$.(\w][^{}]*\}\}|<%[=-]?\s*[\w@:$][^<>%]*%>/;

/** `__MODEL__`, `<your-model>`: a place for whoever copies the file to fill in. */
const PLACEHOLDER = /(?:^|=)(?:__[A-Z][A-Z0-9_]*__|<[A-Za-z][\w -]*>)$/;

/** `--model=${MODEL}` where no shell is left to put it in: for `envsubst` and its like. */
const VARIABLE = /^[^\s{}]*\$\{[A-Za-z_][\w.]*\}[^\s{}]*$/;

/** `${MAX_LEN:=8192}`, which Flux and the fuller kin of `envsubst` take for 8192 where nobody sets it. */
const DEFAULTED = /\$\{[A-Za-z_]\w{0,60}:?[-=]([^${}\s]{1,200})\}/g;

/** A text in which variables stand for the defaults that it gives them. */
export function withDefaults(text: MappedText): MappedText {
  if (!text.text.includes('${')) return text;
  const filled = textBuilder(text);
  for (const { 0: written, 1: value = '', index } of text.text.matchAll(DEFAULTED)) {
    const end = index + written.length;
    filled.passTo(index, end);
    filled.add(sliceMapped(text, end - 1 - value.length, end - 1));
  }
  return filled.built().text;
}

/** A word that a template fills in, or that stands in a branch of one, is open. */
export function certain(word: Word, { openAt }: Pick<FormatContext, 'openAt'>): Word {
  if (word.unresolved !== null) return word;
  const text = withDefaults(word.text);
  const branch = openAt?.(placeOfMapped(text)) ?? null;
  if (branch !== null) return { text, unresolved: branch };
  const templated = text.text.includes(FILLED) || (TEMPLATED.test(text.text) && !text.text.includes('{%'));
  if (templated) return { text, unresolved: 'a template fills it in' };
  if (PLACEHOLDER.test(text.text)) return { text, unresolved: 'it is a placeholder' };
  const unresolved = VARIABLE.test(text.text) ? 'its variable is not set in this file' : null;
  return unresolved === null && text === word.text ? word : { text, unresolved };
}

/** What is known of the environment; names without a value here are of no use to an estimate. */
export function locatedEnvironment(environment: ReadonlyMap<string, Word>): ReadonlyMap<string, Located<string>> {
  const known = [...environment].filter(([, word]) => word.unresolved === null);
  return new Map(known.map(([name, { text }]) => [name, { value: text.text, place: placeOfMapped(text) }]));
}
