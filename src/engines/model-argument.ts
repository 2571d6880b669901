import type { Argument, Located, Unresolved } from '../deployment.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { ParsedArguments } from './engine.ts';
import type { ReadArguments } from './read-arguments.ts';

/** `"$@"`, `$*`, `${@:2}`: whatever the caller of a script passes on. */
const OF_THE_CALLER = /^["']?\$\{?[@*]/;

/**
 * What a word that nobody can read is to the estimate: more arguments, which may change anything, or those of a script's caller.
 * A script is judged as it is called without any.
 */
export function openArguments({ text, unresolved }: Word): Unresolved {
  const name = OF_THE_CALLER.test(text.text) ? 'caller_arguments' : 'more_arguments';
  return { name, text: text.text, reason: unresolved ?? '', place: placeOfMapped(text) };
}

/**
 * Takes the model out of what was read: the first positional where the command has one, else the argument `model`. Words
 * that nobody can read are more arguments. `--model M $MORE`: what is open behind a named model is no model.
 */
export function withModel(read: ReadArguments, takesPositional: boolean): ParsedArguments {
  const [first, ...extra] = read.positionals;
  const isNamed = read.arguments.has('model') || read.unresolved.some(({ name }) => name === 'model');
  const positional = takesPositional && first && (first.unresolved === null || !isNamed) ? first : null;
  const unresolved = [...read.unresolved];
  for (const word of positional ? extra : read.positionals) {
    if (word.unresolved !== null) unresolved.push(openArguments(word));
  }
  if (positional !== null && positional.unresolved !== null) {
    const place = placeOfMapped(positional.text);
    unresolved.push({ name: 'model', text: positional.text.text, reason: positional.unresolved, place });
  }
  const named = new Map(read.arguments);
  named.delete('model');
  const open = unresolved.some(({ name }) => name === 'model');
  const said = positional === null ? written(read.arguments.get('model')) : null;
  const model = positional === null ? said : { value: positional.text.text, place: placeOfMapped(positional.text) };
  return { model: open ? null : model, arguments: named, unresolved, problems: read.problems };
}

function written(model: Argument | undefined): Located<string> | null {
  return typeof model?.value === 'string' ? { value: model.value, place: model.place } : null;
}
