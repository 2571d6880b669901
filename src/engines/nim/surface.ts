import type { ArgumentValue, Located } from '../../deployment.ts';
import type { Engine, ParsedArguments, Setting } from '../engine.ts';
import { baseName } from '../../text.ts';
import { launchTexts } from '../launch-words.ts';
import { deviceOfImage } from '../table-surface.ts';
import { vllmSurface } from '../vllm/surface.ts';
import { mappedFile, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { argumentOfVariable, OWN_NAMES } from './arguments.ts';
import { isNimImage, modelOfImage, versionOfImage } from './image.ts';

/** How NIM is told what to serve: by its image and by variables that stand for options of vLLM. */
export const nimSurface = {
  ...vllmSurface,
  recognise: (words: readonly Word[]) => {
    const texts = launchTexts(words) ?? [];
    const at = texts.findIndex((text) => baseName(text) === 'nim-serve');
    return at === -1 ? null : { argumentsStart: at + 1, entrypoint: 'nim' };
  },
  packages: [],
  ownsImage: isNimImage,
  versionOfImage,
  modelOfImage,
  deviceOf: deviceOfImage,
  parseWords: (words: readonly Word[]) => withPlainModel(vllmSurface.parseWords(words, 'nim')),
  parseSettings,
  argumentOfVariable,
  knowsArgument: (key: string): boolean => OWN_NAMES.has(key.replaceAll('-', '_')) || vllmSurface.knowsArgument(key),
  affectsMemory: (name: string): boolean => name === 'passthrough_args' || vllmSurface.affectsMemory(name),
} satisfies Partial<Engine>;

/** The variables' values; `NIM_PASSTHROUGH_ARGS` are options of vLLM, which go before what the variables say. */
function parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments {
  const own = settings.filter(({ key }) => OWN_NAMES.has(key.replaceAll('-', '_')));
  const parsed = vllmSurface.parseSettings(
    settings.filter((setting) => !own.includes(setting)),
    strict,
  );
  const named = new Map(parsed.arguments);
  const unresolved = [...parsed.unresolved];
  const problems = [...parsed.problems];
  for (const { key, value, place, unresolved: reason } of own) {
    const name = key.replaceAll('-', '_');
    if (reason !== null) unresolved.push({ name, text: String(value), reason, place });
    else if (name === 'passthrough_args') {
      const passed = vllmSurface.parseWords(wordsOf(value), 'nim');
      for (const [passedName, argument] of passed.arguments)
        named.set(passedName, { ...argument, place, source: 'environment' });
      problems.push(...passed.problems.map((problem) => ({ ...problem, place })));
    } else named.set(name, { name, value, place, source: 'environment' });
  }
  return withPlainModel({ ...parsed, arguments: named, unresolved, problems });
}

/** Longest text of options that is read. */
const MAX_CHARACTERS = 10_000;

function wordsOf(value: ArgumentValue): readonly Word[] {
  const text = mappedFile({ path: '', text: String(value).slice(0, MAX_CHARACTERS) });
  return [...text.text.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map((found) => {
    const quoted = /^(['"]).*\1$/s.test(found[0]) ? 1 : 0;
    return {
      text: sliceMapped(text, found.index + quoted, found.index + found[0].length - quoted),
      unresolved: null,
    };
  });
}

/** `hf://owner/name` is the Hub's id. */
function withPlainModel(parsed: ParsedArguments): ParsedArguments {
  const { model } = parsed;
  const plain: Located<string> | null =
    model === null ? null : { ...model, value: model.value.replace(/^(?:hf|huggingface):\/\//, '') };
  return { ...parsed, model: plain };
}
