import type { ArgumentProblem, ArgumentValue, Device } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { printOption, settingSpec } from '../argument-table.ts';
import { readSettings, readWords } from '../arguments.ts';
import type { Engine, ParsedArguments, RecognisedCommand, Setting } from '../engine.ts';
import { imageName, isBesideEngine } from '../image-name.ts';
import { baseName } from '../../text.ts';
import { askedDevice, launchTexts } from '../launch-words.ts';
import { withModel } from '../model-argument.ts';
import type { ReadArguments } from '../read-arguments.ts';
import { VLLM_ARGUMENTS } from './arguments.ts';
import { versionOfImage } from './image-version.ts';

/** A file of options by the name that `--config` gives, whose values stand before those of the command line. */
const SETTINGS_FILE = { argument: 'config', wins: false, keyOf: (name: string): string => name.replaceAll('_', '-') };

/** How vLLM is started, what its options are called, and how its images are named. */
export const vllmSurface = {
  recognise,
  packages: ['vllm'],
  ownsImage,
  versionOfImage,
  deviceOf,
  parseWords,
  parseSettings,
  settingsFile: SETTINGS_FILE,
  argumentOfVariable,
  knowsArgument: (key: string): boolean => settingSpec(key, VLLM_ARGUMENTS).spec !== null,
  affectsMemory: (name: string): boolean =>
    name === 'speculative_config' ||
    name === 'config' ||
    name === 'more_arguments' ||
    (VLLM_ARGUMENTS.byName.get(name)?.memory ?? false),
  printArgument: (name: string, value: ArgumentValue): readonly string[] => printOption(VLLM_ARGUMENTS, name, value),
} satisfies Partial<Engine>;

/** Modules that serve (vLLM entrypoints/). */
const SERVER_MODULE = /^vllm\.entrypoints\.(?:openai\.api_server|openai\.run_server|api_server|grpc_server)$/;
const SERVER_FILE = /(?:^|\/)vllm\/entrypoints\/(?:openai\/)?api_server\.py$/;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = launchTexts(words);
  if (texts === null) return null;
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] ?? '';
    const next = texts[index + 1] ?? '';
    if (baseName(text) === 'vllm' && next === 'serve') return { argumentsStart: index + 2, entrypoint: 'serve' };
    if (text === '-m' && SERVER_MODULE.test(next)) return { argumentsStart: index + 2, entrypoint: 'api_server' };
    if (text === '-m' && next === 'dynamo.vllm') return { argumentsStart: index + 2, entrypoint: 'dynamo' };
    if (text === '-m' && /^vllm(?:\.entrypoints\.cli\.main)?$/.test(next) && texts[index + 2] === 'serve') {
      return { argumentsStart: index + 3, entrypoint: 'serve' };
    }
    if (SERVER_FILE.test(text)) return { argumentsStart: index + 1, entrypoint: 'api_server' };
  }
  return null;
}

/** `SM_VLLM_MAX_MODEL_LEN` of SageMaker's containers (vLLM examples/online_serving/sagemaker-entrypoint.sh); vLLM's own variables are no arguments. */
function argumentOfVariable(variable: string): string | null {
  const key = /^SM_VLLM_([A-Z][A-Z0-9_]{1,60})$/.exec(variable)?.[1]?.toLowerCase();
  if (key === undefined || key === 'model') return key ?? null;
  return settingSpec(key, VLLM_ARGUMENTS).spec?.name ?? null;
}

function ownsImage(image: string): boolean {
  const { name, last } = imageName(image);
  if (isBesideEngine(last)) return false;
  // `vllm-openai`, `vllm-cuda-rhel9`, `my-vllm`; a name with vllm in its middle is something that uses it.
  return /^vllm(?:[-_.0-9]|$)|[-_.]vllm$/.test(last) || /(?:^|\/)llm-d(?:-(?:cuda|rocm|xpu|aws|dev))*$/.test(name);
}

const DEVICE_WORDS: readonly (readonly [RegExp, Device])[] = [
  [/(?:^|[-_./:])cpu(?:$|[-_./:])/, 'cpu'],
  [/(?:^|[-_./:])tpu(?:$|[-_./:])/, 'tpu'],
  [/(?:^|[-_./:])(?:neuron|neuronx)(?:$|[-_./:])/, 'neuron'],
  [/(?:^|[-_./:])(?:gaudi|hpu)(?:$|[-_./:0-9])/, 'gaudi'],
];

function deviceOf(image: string | null, words: readonly Word[]): Device {
  const asked = askedDevice(words);
  if (asked === 'hpu') return 'gaudi';
  if (asked === 'cpu' || asked === 'tpu' || asked === 'neuron') return asked;
  if (words.some(({ text: { text } }) => text.includes('neuron_config') || text === '--override-neuron-config'))
    return 'neuron';
  const name = (image ?? '').toLowerCase();
  return DEVICE_WORDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'gpu';
}

function parseWords(words: readonly Word[], entrypoint: string): ParsedArguments {
  const read = readWords(words, VLLM_ARGUMENTS);
  // NVIDIA Dynamo's workers take options of their own beside all of vLLM's.
  const problems = read.problems.filter(({ code }) => entrypoint !== 'dynamo' || code !== 'unknown-argument');
  // `vllm serve M --model N` serves M; the api_server has no positional at all.
  return withOpenFile(finished({ ...read, problems }, entrypoint === 'serve'), words);
}

/**
 * What a file of options says is open until it is read. It is looked for as two words alone (vLLM
 * utils/argparse_utils.py, _pull_args_from_config), so that `--config=FILE` is accepted and never read.
 */
function withOpenFile(parsed: ParsedArguments, words: readonly Word[]): ParsedArguments {
  const file = parsed.arguments.get('config');
  if (!file) return parsed;
  const others = new Map([...parsed.arguments].filter(([name]) => name !== 'config'));
  const name = String(file.value).slice(0, 200);
  if (words.some(({ text }) => text.text.startsWith('--config='))) {
    const problem: ArgumentProblem = {
      code: 'ignored-argument',
      argument: 'config',
      message: `vLLM does not read ${name}: it looks for --config and the file as two words.`,
      remedy: `Write --config ${name}.`,
      place: file.place,
    };
    return { ...parsed, arguments: others, problems: [...parsed.problems, problem] };
  }
  const reason = 'the options in that file are not in this repository, or not where the command looks for them';
  const open = { name: 'config', text: name, reason, place: file.place };
  return { ...parsed, arguments: others, unresolved: [...parsed.unresolved, open] };
}

function parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments {
  return finished(readSettings(settings, VLLM_ARGUMENTS, strict), false);
}

function finished(read: ReadArguments, takesPositional: boolean): ParsedArguments {
  const parsed = withModel(read, takesPositional);
  const speculative = parsed.arguments.get('speculative_config');
  if (!speculative) return parsed;
  const renamed = { ...speculative, value: namedMethod(speculative.value) };
  return { ...parsed, arguments: new Map([...parsed.arguments, ['speculative_config', renamed]]) };
}

/** `[ngram]` in the place of a draft model is how V0 named the method. */
function namedMethod(value: ArgumentValue): ArgumentValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { model, ...config } = value as { readonly [key: string]: ArgumentValue };
  if (model !== '[ngram]' && model !== 'ngram') return value;
  return { method: 'ngram', ...config };
}
