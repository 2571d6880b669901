import type { Engine } from '../../engines/engine.ts';
import { interpolate, wordOf as interpolatedWord } from '../../syntax/interpolation.ts';
import type { Word } from '../../syntax/word.ts';
import type { YamlEntry } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import { maskedValue, templated } from './placeholders.ts';
import type { Mapping } from './walk.ts';

/** Keys whose list or text holds options. */
const OPTIONS =
  /^(?:.{0,30}[-_])?(?:args|arguments|flags|options|cmd|command|opts|params)(?:[-_](?:template|list|common|extra))?$|^(?:extra|server|engine|vllm|sglang)(?:Args|Flags|Options)$/;

/** A list or text of options, and its words. */
export interface Options {
  readonly entry: YamlEntry;
  readonly words: readonly Word[];
}

/** The lists and texts of a mapping that hold nothing but options. */
export function optionsIn(
  mapping: Mapping,
  environment: ReadonlyMap<string, Word> = new Map(),
  around: readonly Mapping[] = [],
): Options[] {
  return mapping.entries.flatMap((entry): Options[] => {
    const { key, value } = entry;
    if (!OPTIONS.test(key) || value.kind === 'mapping') return [];
    const words = wordsOf(maskedValue(value), environment).map((word) =>
      templated(interpolated(word, environment), [mapping, ...around]),
    );
    return words[0]?.text.text.startsWith('-') ? [{ entry, words }] : [];
  });
}

/** `$PORT` for a variable that is set beside the options. */
function interpolated(word: Word, environment: ReadonlyMap<string, Word>): Word {
  if (word.unresolved !== null || !/\$[A-Za-z_{]/.test(word.text.text)) return word;
  return interpolatedWord(interpolate(word.text, (name) => environment.get(name) ?? null));
}

/** Options of one list that may be shortened (`--max-model`), which only reading them tells. */
const MAX_SHORTENED = 2;

/** Options that are all of one engine; a benchmark's or a client's hold some of its own. */
export function optionWeight(
  words: readonly Word[],
  engine: Engine,
): { readonly memory: number; readonly telling: number } {
  // Asked before anything is parsed, because what is unknown is looked up among all that is known.
  if (words.filter(({ text }) => !isKnown(text.text, engine)).length > MAX_SHORTENED) return { memory: 0, telling: 0 };
  const { arguments: read, unresolved, problems } = engine.parseWords(words, 'api_server');
  if (problems.some(({ code }) => code === 'unknown-argument')) return { memory: 0, telling: 0 };
  const names = new Set([...read.keys(), ...unresolved.map(({ name }) => name)]);
  const memory = [...names].filter((name) => engine.affectsMemory(name));
  return { memory: memory.length, telling: 0 };
}

function isKnown(text: string, engine: Engine): boolean {
  const [, name] = /^--([\w-]{1,80})/.exec(text) ?? [];
  return name === undefined || engine.knowsArgument(name) || engine.knowsArgument(name.replace(/^no-/, ''));
}
