import type { Argument, Located } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import type { Engine, ParsedArguments, RecognisedCommand, Setting } from '../engine.ts';
import { openArguments } from '../model-argument.ts';
import type { ReadArguments } from '../read-arguments.ts';
import { printOption, readSettings, readWords } from './arguments.ts';
import { deviceOf, ownsImage, versionOfImage } from './image.ts';
import { LLAMA_OPTIONS } from './option-table.ts';
import { asServerWords, cacheTypeOf, optionOfPythonVariable, PYTHON_DEFAULTS } from './python-server.ts';

/** The server of llama-cpp-python, which has options and variables of its own. */
const PYTHON = 'python';

/** How llama.cpp's server is started, what its options are called, and how its images are named. */
export const llamaCppSurface = {
  recognise,
  packages: ['llama-cpp-python'],
  ownsImage,
  versionOfImage,
  deviceOf,
  parseWords,
  parseSettings: (settings: readonly Setting[], strict: boolean): ParsedArguments =>
    finished(readSettings(settings.map(withNamedType), strict)),
  argumentOfVariable,
  entrypointOfImage: (image: string): string | null => (/llama-cpp-python(?:[:@]|$)/.test(image) ? PYTHON : null),
  defaultsOf: (entrypoint: string) => (entrypoint === PYTHON ? PYTHON_DEFAULTS : []),
  knowsArgument,
  affectsMemory: (name: string): boolean =>
    name === 'more_arguments' || (LLAMA_OPTIONS.byName.get(name)?.memory ?? false),
  printArgument: printOption,
} satisfies Partial<Engine>;

/** Words in front of a launch that make it something else: it is searched for, built, printed or stopped, not started. */
const NOT_A_LAUNCH =
  /^(?:echo|printf|cat|e?grep|fgrep|rg|pgrep|pkill|killall|kill|ps|awk|sed|which|whereis|type|man|log|logger|pip3?|alias|test|\[|\[\[|cp|mv|ln|rm|install|chmod|chown|strip|file|ldd|ls|command|make|cmake|brew|apt|apt-get|git|curl|wget|COPY|ADD)$/;
/** Something is done to a service or a container of that name. */
const MANAGED =
  /^(?:systemctl|service|journalctl|supervisorctl|pm2|(?:docker|podman|kubectl|oc|helm) (?:logs|stop|rm|restart|kill|inspect|start|wait|top|ps|cp|pull|push|tag|build|rollout|delete|get|describe|scale)\b)/;
const SERVER = /^llama-server(?:-[\w.]+)?(?:\.exe)?$/;
/** What the server was called until June 2024 (#7809). */
const OLD_SERVER = /^(?:\.\/|\S*\/llama\.cpp\/(?:build\/bin\/)?)server(?:\.exe)?$/;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  // A path of which a part is not known is there as it is written, quotes and all.
  const texts = words.map(({ text, unresolved }) => (unresolved === null ? text.text : text.text.replace(/"$/, '')));
  if (NOT_A_LAUNCH.test(baseName(texts[0] ?? '')) || MANAGED.test(texts.slice(0, 2).join(' '))) return null;
  // The script in front of the programs in `full` images.
  if (texts[0] === '--server' || texts[0] === '-s') {
    return texts.slice(1).some(isModelOption) ? { argumentsStart: 1, entrypoint: 'server' } : null;
  }
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index] ?? '';
    const next = texts[index + 1] ?? '';
    if (SERVER.test(baseName(text))) {
      if (/^(?:--version|--help|-h)$/.test(next)) return null;
      // Behind other words it is the program only where its options follow; else the name of a service, a target, a file.
      if (index > 0 && !next.startsWith('-')) continue;
      // `--all` of numactl in front, or the value of somebody's option.
      if (/^--?\w/.test(texts[index - 1] ?? '') && !texts.slice(index + 1).some(isModelOption)) continue;
      return { argumentsStart: index + 1, entrypoint: 'server' };
    }
    if (OLD_SERVER.test(text) && texts.slice(index + 1).some(isModelOption)) {
      return { argumentsStart: index + 1, entrypoint: 'server' };
    }
    if (text === '-m' && next === 'llama_cpp.server') return { argumentsStart: index + 2, entrypoint: PYTHON };
    // Options behind it are those of the web server.
    if (text.startsWith('llama_cpp.server.app:')) return { argumentsStart: texts.length, entrypoint: PYTHON };
  }
  return null;
}

function isModelOption(text: string): boolean {
  return /^(?:-m|--model|-hf|--hf-repo|-hfr|-mu|--model-url)$/.test(text);
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** Names that only llama.cpp has; single words (`parallel`, `device`) are anyone's. */
function knowsArgument(key: string): boolean {
  const name = key.replaceAll('-', '_');
  return name === 'mmproj' || (name.includes('_') && LLAMA_OPTIONS.byName.has(name));
}

function argumentOfVariable(variable: string, entrypoint?: string): string | null {
  if (entrypoint !== PYTHON) return LLAMA_OPTIONS.byVariable.get(variable)?.name ?? null;
  const option = optionOfPythonVariable(variable);
  return option === null ? null : (LLAMA_OPTIONS.bySpelling.get(option)?.option.name ?? null);
}

/** A cache's type by its number, as the Python server takes it from a variable. */
function withNamedType(setting: Setting): Setting {
  const { key, value } = setting;
  const isType = /^cache_type_[kv]$/.test(key) && typeof value === 'string';
  return isType ? { ...setting, value: cacheTypeOf(value) } : setting;
}

function parseWords(words: readonly Word[], entrypoint: string): ParsedArguments {
  const read = readWords(entrypoint === PYTHON ? asServerWords(words) : words);
  read.unresolved.push(...read.positionals.filter(({ unresolved }) => unresolved !== null).map(openArguments));
  return finished(read);
}

/** What may name the model, the first that does: a repository is downloaded to where `--model` says. */
const MODEL_NAMES = ['hf_repo', 'docker_repo', 'model_url', 'model'] as const;

function finished(read: ReadArguments): ParsedArguments {
  const left = new Map<string, Argument>(read.arguments);
  const named = MODEL_NAMES.find((name) => left.has(name) || read.unresolved.some((open) => open.name === name));
  const model = named === undefined ? undefined : left.get(named);
  for (const name of MODEL_NAMES) left.delete(name);
  const unresolved = read.unresolved.map((open) => (open.name === named ? { ...open, name: 'model' } : open));
  return { model: located(model), arguments: left, unresolved, problems: read.problems };
}

function located(argument: Argument | undefined): Located<string> | null {
  return typeof argument?.value === 'string' && argument.value !== ''
    ? { value: argument.value, place: argument.place }
    : null;
}
