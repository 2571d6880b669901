import type { Argument, ArgumentValue, Device, Located } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { printOption, settingSpec } from '../argument-table.ts';
import { readSettings, readWords } from '../arguments.ts';
import type { ReadArguments } from '../read-arguments.ts';
import type { Engine, ParsedArguments, RecognisedCommand, Setting } from '../engine.ts';
import { VLLM_ARGUMENTS } from './arguments.ts';
import { imageName, versionOfImage } from './image-version.ts';

/** How vLLM is started, what its options are called, and how its images are named. */
export const vllmSurface = {
  recognise,
  packages: ['vllm'],
  ownsImage,
  versionOfImage,
  deviceOf,
  parseWords,
  parseSettings,
  // Its own variables are no arguments.
  argumentOfVariable: (): null => null,
  knowsArgument: (key: string): boolean => settingSpec(key, VLLM_ARGUMENTS).spec !== null,
  affectsMemory: (name: string): boolean =>
    name === 'speculative_config' || (VLLM_ARGUMENTS.byName.get(name)?.memory ?? false),
  printArgument: (name: string, value: ArgumentValue): readonly string[] => printOption(VLLM_ARGUMENTS, name, value),
} satisfies Partial<Engine>;

/** Modules that serve (vLLM entrypoints/). */
const SERVER_MODULE = /^vllm\.entrypoints\.(?:openai\.api_server|openai\.run_server|api_server|grpc_server)$/;
const SERVER_FILE = /(?:^|\/)vllm\/entrypoints\/(?:openai\/)?api_server\.py$/;

/** Words in front of a launch that make it something else: it is searched for, printed or stopped, not started. */
const NOT_A_LAUNCH =
  /^(?:echo|printf|cat|grep|egrep|fgrep|rg|pgrep|pkill|killall|kill|ps|awk|sed|which|whereis|type|man|log|logger|pip3?|alias|test|\[|\[\[)$/;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = words.map(({ text }) => text.text);
  if (NOT_A_LAUNCH.test(baseName(texts[0] ?? ''))) return null;
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Parts of image names that hold something beside vLLM, not vLLM. */
const BESIDE =
  /router|bench|dashboard|proxy|client|exporter|operator|controller|ui|gateway|epp|scheduler|mock|sim|simulator|tester?$/;

function ownsImage(image: string): boolean {
  const name = imageName(image);
  const parts = name.split('/');
  const last = parts.at(-1) ?? '';
  if (BESIDE.test(last)) return false;
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
  const texts = words.map(({ text }) => text.text);
  const flag = texts.findIndex((text) => text === '--device' || text.startsWith('--device='));
  const asked = flag === -1 ? '' : (texts[flag]?.split('=')[1] ?? texts[flag + 1] ?? '');
  if (asked === 'hpu') return 'gaudi';
  if (asked === 'cpu' || asked === 'tpu' || asked === 'neuron') return asked;
  if (texts.some((text) => text.includes('neuron_config') || text === '--override-neuron-config')) return 'neuron';
  const name = (image ?? '').toLowerCase();
  return DEVICE_WORDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'gpu';
}

function parseWords(words: readonly Word[], entrypoint: string): ParsedArguments {
  const read = readWords(words, VLLM_ARGUMENTS);
  const [first, ...extra] = read.positionals;
  // `vllm serve M --model N` serves M; the api_server has no positional at all.
  // `--model M $MORE`: what is open behind a named model is more arguments.
  const isNamed = read.arguments.has('model') || read.unresolved.some(({ name }) => name === 'model');
  const positional = entrypoint === 'serve' && first && (first.unresolved === null || !isNamed) ? first : null;
  const others = positional ? extra : read.positionals;
  for (const word of others) {
    if (word.unresolved === null) continue;
    const place = placeOfMapped(word.text);
    read.unresolved.push({ name: 'more_arguments', text: word.text.text, reason: word.unresolved, place });
  }
  if (positional !== null && positional.unresolved !== null) {
    const place = placeOfMapped(positional.text);
    read.unresolved.push({ name: 'model', text: positional.text.text, reason: positional.unresolved, place });
  }
  const named = positional === null ? null : { value: positional.text.text, place: placeOfMapped(positional.text) };
  // NVIDIA Dynamo's workers take options of their own beside all of vLLM's.
  const problems = read.problems.filter(({ code }) => entrypoint !== 'dynamo' || code !== 'unknown-argument');
  return finished({ ...read, problems }, positional !== null && positional.unresolved !== null ? null : named);
}

function parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments {
  return finished(readSettings(settings, VLLM_ARGUMENTS, strict), null);
}

function finished(read: ReadArguments, positional: Located<string> | null): ParsedArguments {
  const { model, ...rest } = Object.fromEntries(read.arguments) as Record<string, Argument>;
  const open = read.unresolved.some(({ name }) => name === 'model');
  const named = typeof model?.value === 'string' ? { value: model.value, place: model.place } : null;
  const speculative = rest['speculative_config'];
  if (speculative) rest['speculative_config'] = { ...speculative, value: namedMethod(speculative.value) };
  return {
    model: open ? null : (positional ?? named),
    arguments: new Map(Object.entries(rest)),
    unresolved: read.unresolved,
    problems: read.problems,
  };
}

/** `[ngram]` in the place of a draft model is how V0 named the method. */
function namedMethod(value: ArgumentValue): ArgumentValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { model, ...config } = value as { readonly [key: string]: ArgumentValue };
  if (model !== '[ngram]' && model !== 'ngram') return value;
  return { method: 'ngram', ...config };
}
