import type { Located } from '../deployment.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import { FILLED } from '../syntax/template-mask.ts';
import type { Word } from '../syntax/word.ts';
import type { FormatContext } from './format.ts';

/** A template inside a word, of Go, Jinja or ERB; a chat template in Jinja is a value like any other. */
const TEMPLATED = /\{\{-?\s*[`"$.(\w][^{}]*\}\}|<%[=-]?\s*[\w@:$][^<>%]*%>/;

/** `__MODEL__`, `<your-model>`: a place for whoever copies the file to fill in. */
const PLACEHOLDER = /(?:^|=)(?:__[A-Z][A-Z0-9_]*__|<[A-Za-z][\w -]*>)$/;

/** `--model=${MODEL}` where no shell is left to put it in: for `envsubst` and its like. */
const VARIABLE = /^[^\s{}]*\$\{[A-Za-z_][\w.]*\}[^\s{}]*$/;

/** A word that a template fills in, or that stands in a branch of one, is open. */
export function certain(word: Word, { openAt }: Pick<FormatContext, 'openAt'>): Word {
  const { text, unresolved } = word;
  if (unresolved !== null) return word;
  const branch = openAt?.(placeOfMapped(text)) ?? null;
  if (branch !== null) return { text, unresolved: branch };
  const templated = text.text.includes(FILLED) || (TEMPLATED.test(text.text) && !text.text.includes('{%'));
  if (templated) return { text, unresolved: 'a template fills it in' };
  if (PLACEHOLDER.test(text.text)) return { text, unresolved: 'it is a placeholder' };
  return VARIABLE.test(text.text) ? { text, unresolved: 'its variable is not set in this file' } : word;
}

/** What is known of the environment; names without a value here are of no use to an estimate. */
export function locatedEnvironment(environment: ReadonlyMap<string, Word>): ReadonlyMap<string, Located<string>> {
  const known = [...environment].filter(([, word]) => word.unresolved === null);
  return new Map(known.map(([name, { text }]) => [name, { value: text.text, place: placeOfMapped(text) }]));
}
