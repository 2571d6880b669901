import type { ArgumentValue } from '../../deployment.ts';
import { textOf } from '../argument-table.ts';
import { readSettings } from '../arguments.ts';
import type { Engine, ImageVersion, ParsedArguments, RecognisedCommand, Setting } from '../engine.ts';
import { imageName } from '../image-name.ts';
import { baseName } from '../../text.ts';
import { launchTexts } from '../launch-words.ts';
import { withModel } from '../model-argument.ts';
import { deviceOfImage, tableSurface } from '../table-surface.ts';
import type { Word } from '../../syntax/word.ts';
import { COMMAND_NAMES, FILE_NAMES, SECTIONS, TRTLLM_ARGUMENTS } from './arguments.ts';

const fromTable = tableSurface(TRTLLM_ARGUMENTS, (entrypoint) => entrypoint === 'serve');

/** How TensorRT-LLM is started, what its options are called, and how its images are named. */
export const trtllmSurface = {
  ...fromTable,
  recognise,
  packages: ['tensorrt-llm', 'tensorrt_llm'],
  // Its images start a shell: the command stands in every launch.
  ownsImage: () => false,
  versionOfImage,
  deviceOf: deviceOfImage,
  parseWords,
  parseSettings,
  settingsFile: { argument: 'config', wins: true, keyOf: (name: string) => FILE_NAMES[name] ?? name },
  printArgument,
} satisfies Partial<Engine>;

/** Subcommands of `trtllm-serve` that launch no engine of their own, or none that generates. */
const OTHER_SUBCOMMANDS = /^(?:disaggregated|disaggregated_mpi_worker|mm_embedding_serve)$/;

function recognise(words: readonly Word[]): RecognisedCommand | null {
  const texts = launchTexts(words) ?? [];
  for (const [index, text] of texts.entries()) {
    const next = texts[index + 1] ?? '';
    if (baseName(text) === 'trtllm-serve' && !OTHER_SUBCOMMANDS.test(next))
      return { argumentsStart: index + (/^(?:serve|grpc)$/.test(next) ? 2 : 1), entrypoint: 'serve' };
    if (text === '-m' && next === 'dynamo.trtllm') return { argumentsStart: index + 2, entrypoint: 'dynamo' };
    if (text === '-m' && next === 'tensorrt_llm.commands.serve')
      return { argumentsStart: index + (texts[index + 2] === 'serve' ? 3 : 2), entrypoint: 'serve' };
  }
  return null;
}

const RELEASE = String.raw`[01]\.\d{1,2}\.\d{1,2}(?:\.?(?:rc|post)\d{1,3}(?:\.post\d{1,2})?)?`;
const TAG = new RegExp(`^v?(${RELEASE})(?![\\d.])`);

/** `nvcr.io/nvidia/tensorrt-llm/release:1.0.0rc4`; Dynamo's and Triton's images are numbered by their own releases. */
function versionOfImage(image: string): ImageVersion | null {
  const { name, tag } = imageName(image);
  if (!/tensorrt-?llm/.test(name) && !/trtllm/.test(tag)) return null;
  const own = /(?:^|\/)tensorrt-?llm(?:\/(?:release|devel))?$/.test(name);
  const published = name.startsWith('nvcr.io/') || /(?:^|\/)ai-dynamo\//.test(name);
  const version = own ? (TAG.exec(tag)?.[1] ?? null) : null;
  return version === null && !published ? null : { version, by: null, published: true };
}

function parseWords(words: readonly Word[], entrypoint: string): ParsedArguments {
  const parsed = fromTable.parseWords(words, entrypoint);
  // NVIDIA Dynamo's workers take options of their own.
  const problems = parsed.problems.filter(({ code }) => entrypoint !== 'dynamo' || code !== 'unknown-argument');
  return withOverrides({ ...parsed, problems });
}

/**
 * `--override-engine-args '{"kv_cache_config": {…}}'` has the last word. A file of options has it over the command line;
 * where it was not read in its place, what it says is open.
 */
function withOverrides(parsed: ParsedArguments): ParsedArguments {
  const named = new Map(parsed.arguments);
  const [file, overrides] = [named.get('config'), named.get('override_engine_args')];
  named.delete('config');
  named.delete('override_engine_args');
  const unresolved = [...parsed.unresolved];
  if (file) {
    const reason = 'the options in that file are not in this repository, or not where the command looks for them';
    unresolved.push({ name: 'config', text: String(file.value).slice(0, 200), reason, place: file.place });
  }
  if (overrides) {
    const values = objectIn(overrides.value);
    const settings = Object.entries(values ?? {}).map(([key, value]) => ({
      key,
      value,
      place: overrides.place,
      unresolved: null,
    }));
    for (const [name, argument] of parseSettings(settings, false).arguments)
      named.set(name, { ...argument, source: 'command' });
  }
  return { ...parsed, arguments: named, unresolved };
}

function objectIn(value: ArgumentValue): Readonly<Record<string, ArgumentValue>> | null {
  try {
    const data = (typeof value === 'string' ? JSON.parse(value.slice(0, 65_536)) : value) as ArgumentValue;
    return typeof data === 'object' && data !== null && !Array.isArray(data)
      ? (data as Readonly<Record<string, ArgumentValue>>)
      : null;
  } catch {
    return null;
  }
}

function parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments {
  return withModel(readSettings(settings.flatMap(flattened), TRTLLM_ARGUMENTS, strict), false);
}

/** A section as settings of its own; `cuda_graph_config: null` says that there are no graphs. */
function flattened(setting: Setting): Setting[] {
  const section = setting.key.replaceAll('-', '_');
  if (!SECTIONS.has(section)) return [setting];
  if (setting.value === null) return section === 'cuda_graph_config' ? [{ ...setting, value: 'null' }] : [];
  const values = objectIn(setting.value);
  if (values === null) return [setting];
  return Object.entries(values).map(([key, value]) => ({ ...setting, key: `${section}.${key}`, value }));
}

/** `trtllm-serve` writes underscores, and has no option for what only its options file can say. */
function printArgument(name: string, value: ArgumentValue): readonly string[] {
  const option = COMMAND_NAMES[name] ?? name;
  if (option.includes('.')) return [];
  if (typeof value === 'boolean') return value ? [`--${option}`] : [];
  return [`--${option}`, textOf(value)];
}
