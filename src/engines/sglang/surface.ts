import type { ArgumentValue, Device } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { printOption, settingSpec } from '../argument-table.ts';
import { readSettings, readWords } from '../arguments.ts';
import type { Engine, ParsedArguments, RecognisedCommand, Setting } from '../engine.ts';
import { imageName, isBesideEngine } from '../image-name.ts';
import { baseName } from '../../text.ts';
import { askedDevice, launchTexts } from '../launch-words.ts';
import { withModel } from '../model-argument.ts';
import { SGLANG_ARGUMENTS } from './arguments.ts';
import { versionOfImage } from './image-version.ts';

/** How SGLang is started, what its options are called, and how its images are named. */
export const sglangSurface = {
  recognise,
  packages: ['sglang'],
  ownsImage,
  versionOfImage,
  deviceOf,
  parseWords,
  parseSettings,
  argumentOfVariable,
  knowsArgument: (key: string): boolean => settingSpec(key, SGLANG_ARGUMENTS).spec !== null,
  affectsMemory: (name: string): boolean =>
    name === 'more_arguments' || name === 'config' || (SGLANG_ARGUMENTS.byName.get(name)?.memory ?? false),
  printArgument,
  // What the file says goes before the command line's own words (srt/server_args_config_parser.py).
  settingsFile: { argument: 'config', wins: false, keyOf: (name: string): string => name.replaceAll('_', '-') },
} satisfies Partial<Engine>;

/** Modules and files that serve (launch_server.py, srt/server.py before 0.4.2, cli/serve.py). */
const SERVER_MODULE = /^sglang\.(?:launch_server|srt\.server|srt\.entrypoints\.http_server)$/;
const SERVER_FILE = /(?:^|\/)sglang\/launch_server\.py$/;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = launchTexts(words);
  if (texts === null) return null;
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] ?? '';
    const next = texts[index + 1] ?? '';
    if (baseName(text) === 'sglang' && next === 'serve') return { argumentsStart: index + 2, entrypoint: 'serve' };
    if (text === '-m' && SERVER_MODULE.test(next)) return { argumentsStart: index + 2, entrypoint: 'launch_server' };
    if (text === '-m' && /^sglang(?:\.cli\.main)?$/.test(next) && texts[index + 2] === 'serve')
      return { argumentsStart: index + 3, entrypoint: 'serve' };
    if (text === '-m' && next === 'dynamo.sglang') return { argumentsStart: index + 2, entrypoint: 'dynamo' };
    // Behind a program that starts modules by itself (`torchrun`, a tracer, an entrypoint `python3 -m`).
    if (text === 'sglang.launch_server' || SERVER_FILE.test(text))
      return { argumentsStart: index + 1, entrypoint: 'launch_server' };
  }
  return null;
}

/** `lmsysorg/sglang`, `rocm/sgl-dev`, `nvidia/sglang`, `ai-dynamo/sglang-runtime`, `my-sglang`. */
/** `SM_SGLANG_CONTEXT_LENGTH` of SageMaker's containers (aws/deep-learning-containers sagemaker_entrypoint.sh); SGLang's own variables are no arguments. */
function argumentOfVariable(variable: string): string | null {
  const key = /^SM_SGLANG_([A-Z][A-Z0-9_]{1,60})$/.exec(variable)?.[1]?.toLowerCase();
  if (key === undefined) return null;
  return key === 'model_path' || key === 'model' ? 'model' : (settingSpec(key, SGLANG_ARGUMENTS).spec?.name ?? null);
}

function ownsImage(image: string): boolean {
  const { last } = imageName(image);
  return !isBesideEngine(last) && /^(?:sglang|sgl-dev)(?:[-_.0-9]|$)|[-_.]sglang$/.test(last);
}

const DEVICE_WORDS: readonly (readonly [RegExp, Device])[] = [
  [/(?:^|[-_./:])(?:xeon|cpu)(?:$|[-_./:])/, 'cpu'],
  [/(?:^|[-_./:])(?:tpu|jax)(?:$|[-_./:])/, 'tpu'],
  [/(?:^|[-_./:])(?:gaudi|hpu)(?:$|[-_./:0-9])/, 'gaudi'],
];

function deviceOf(image: string | null, words: readonly Word[]): Device {
  const asked = askedDevice(words);
  if (asked === 'hpu') return 'gaudi';
  if (asked === 'cpu' || asked === 'tpu') return asked;
  const name = (image ?? '').toLowerCase();
  return DEVICE_WORDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'gpu';
}

function parseWords(words: readonly Word[], entrypoint: string): ParsedArguments {
  const read = readWords(words, SGLANG_ARGUMENTS);
  // NVIDIA Dynamo's workers take options of their own beside all of SGLang's.
  const problems = read.problems.filter(({ code }) => entrypoint !== 'dynamo' || code !== 'unknown-argument');
  // Only `sglang serve` takes the model without an option (cli/serve.py _normalize_positional_model_path).
  const parsed = withModel({ ...read, problems }, entrypoint === 'serve');
  return withConfigFile(parsed);
}

/** A file of more arguments stands open until somebody has read it. */
function withConfigFile(parsed: ParsedArguments): ParsedArguments {
  const config = parsed.arguments.get('config');
  if (!config) return parsed;
  const named = new Map(parsed.arguments);
  named.delete('config');
  const reason = 'the file is not in the repository, or not where its path says';
  const open = { name: 'config', text: String(config.value).slice(0, 200), reason, place: config.place };
  return { ...parsed, arguments: named, unresolved: [...parsed.unresolved, open] };
}

function parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments {
  return withModel(readSettings(settings, SGLANG_ARGUMENTS, strict), false);
}

/** A flag that is off is one that is not there: only some options have a `--no-` twin. */
function printArgument(name: string, value: ArgumentValue): readonly string[] {
  const spec = SGLANG_ARGUMENTS.byName.get(name);
  if (value === false && spec?.type === 'boolean' && spec.negatable !== true) return [];
  return printOption(SGLANG_ARGUMENTS, name, value);
}
