import type { ArgumentValue } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { dataOf, entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { isSet } from '../argument-keys.ts';
import { isTelling } from '../known-by-options.ts';
import type { NamedEntry } from '../platform-launch.ts';
import type { Mapping } from './walk.ts';
import { table } from '../../table.ts';

/** What people call arguments in files of their own; each counts for the engines that have an argument of that name. */
const OTHER_NAMES: Readonly<Record<string, string>> = table({
  gpu_util: 'gpu_memory_utilization',
  gpu_utilization: 'gpu_memory_utilization',
  gpu_mem_util: 'gpu_memory_utilization',
  mem_util: 'gpu_memory_utilization',
  max_ctx: 'max_model_len',
  max_context: 'max_model_len',
  ctx_len: 'max_model_len',
  gpu_mem_utilization: 'gpu_memory_utilization',
  gpu_memory_util: 'gpu_memory_utilization',
  tensor_parallel: 'tensor_parallel_size',
  tensor_parallelism: 'tensor_parallel_size',
  tp: 'tensor_parallel_size',
  tp_size: 'tensor_parallel_size',
  pipeline_parallel: 'pipeline_parallel_size',
  pp: 'pipeline_parallel_size',
  pp_size: 'pipeline_parallel_size',
  dp: 'data_parallel_size',
  dp_size: 'data_parallel_size',
  max_model_length: 'max_model_len',
  max_context_length: 'max_model_len',
  max_context_len: 'max_model_len',
});
/** Keys that name the model, and what other programs mean by words that an engine has an option for. */
const NO_ARGUMENT =
  /^(?:model|model[-_](?:id|name|path|tag)|name|config|port|host|task|device|metrics|log[-_]?level|api[-_]?key|threads|prompt|file|url|help|version|verbose|root[-_]?path|middleware)$/;

/** The engine's argument that a key stands for: its own name in any spelling, or what people call it; null for any other. */
function nameOf(key: string, engine: Engine): string | null {
  if (key.length > 60 || NO_ARGUMENT.test(key)) return null;
  const known = namesOf.get(engine) ?? new Map<string, string | null>();
  namesOf.set(engine, known);
  let name = known.get(key);
  if (name === undefined) {
    name = findName(key, engine);
    if (known.size < MAX_NAMES) known.set(key, name);
  }
  return name;
}

/** Files of one kind have the same keys over and over. */
const namesOf = new WeakMap<Engine, Map<string, string | null>>();
const MAX_NAMES = 5_000;

function findName(key: string, engine: Engine): string | null {
  const snake = snakeOf(key.replace(/^--/, ''));
  if (engine.knowsArgument(snake)) return snake;
  const other = OTHER_NAMES[snake];
  return other !== undefined && engine.knowsArgument(other) ? other : null;
}

function snakeOf(key: string): string {
  return key
    .slice(0, 60)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_');
}

/** The entries of a mapping that hold arguments of an engine, each under the engine's name. */
export function argumentsIn(mapping: Mapping, engine: Engine): NamedEntry[] {
  return mapping.entries.flatMap((entry) => {
    const name = nameOf(entry.key, engine);
    if (name === null && entry.value.kind === 'mapping') return insideOf(entry, engine);
    if (name === null || !isSet(entry)) return [];
    // `quantization: {method: fp8}` says one thing in a section of its own.
    const method = name === 'quantization' ? entriesIn(entry.value).find(({ key }) => key === 'method') : undefined;
    if (method) return [{ name, entry: method }];
    if (name === 'quantization' && entry.value.kind !== 'scalar') return [];
    return isValue(entry.value) ? [{ name, entry }] : [];
  });
}

/** `kv_cache_config: {free_gpu_memory_fraction: …}` where the engine has an argument for each key. */
function insideOf({ key, value }: YamlEntry, engine: Engine): NamedEntry[] {
  return entriesIn(value).flatMap((entry): NamedEntry[] => {
    const name = nameOf(`${key}.${entry.key}`, engine);
    return name !== null && isSet(entry) && entry.value.kind === 'scalar' ? [{ name, entry }] : [];
  });
}

/** A value that an argument may have: a text, a number, or an object of such; a list of values to try is none. */
function isValue(value: YamlValue): boolean {
  if (value.kind === 'scalar') return !/[\n]/.test(value.text.text.trim());
  if (value.kind === 'sequence') return false;
  return (
    value.entries.length > 0 &&
    !value.entries.some(({ key }) => /^(?:type|min|max|default|values|description|enum)$/.test(key))
  );
}

/** How much a mapping speaks of an engine: arguments that change its memory, and those that no other program has. */
export function weightOf(
  named: readonly NamedEntry[],
  engine: Engine,
): { readonly memory: number; readonly telling: number } {
  const names = new Set(named.map(({ name }) => name).filter((name) => engine.affectsMemory(name)));
  return { memory: names.size, telling: [...names].filter((name) => isTelling(name)).length };
}

/** Keys of a section that describes speculative decoding, and the engine's for them. */
const DRAFT_KEYS: Readonly<Record<string, string>> = table({
  model: 'model',
  draft_model: 'model',
  method: 'method',
  num_tokens: 'num_speculative_tokens',
  num_speculative_tokens: 'num_speculative_tokens',
  draft_tensor_parallel_size: 'draft_tensor_parallel_size',
  ngram_prompt_lookup_max: 'prompt_lookup_max',
  prompt_lookup_max: 'prompt_lookup_max',
  ngram_prompt_lookup_min: 'prompt_lookup_min',
  prompt_lookup_min: 'prompt_lookup_min',
});

/**
 * What a section of a chart's values that turns something on says: the switch, and the keys that the engine has with the name
 * of the section in them (`lora: {enabled: true, maxRank: 16}` is `enable_lora` and `max_lora_rank`).
 */
export function switchedOn({ key, value }: YamlEntry, engine: Engine): NamedEntry[] {
  const [enabled] = entriesIn(value).filter((entry) => entry.key === 'enabled');
  const section = snakeOf(key);
  const name = `enable_${section.replace(/^enable_/, '')}`;
  if (!enabled || textOf(enabled.value)?.toLowerCase() !== 'true' || !engine.knowsArgument(name)) return [];
  const inside = entriesIn(value).flatMap((entry): NamedEntry[] => {
    const own = snakeOf(entry.key);
    const names = [`${section}_${own}`, own.replace(/^max_/, `max_${section}_`)];
    const known = entry.value.kind === 'scalar' && isSet(entry) ? names.find((one) => engine.knowsArgument(one)) : null;
    return known ? [{ name: known, entry }] : [];
  });
  return [{ name, entry: enabled }, ...inside];
}

/**
 * Sections that turn something on (`prefix_caching: {enabled: true}`, `speculative_decoding: {…}`): the argument that they
 * stand for.
 */
export function featureOf({ key, value }: YamlEntry, engine: Engine): NamedEntry | null {
  if (value.kind !== 'mapping') return null;
  const [enabled] = value.entries.filter((entry) => /^enabled?$/.test(entry.key));
  if (/^speculative(?:[-_]decoding)?$/.test(key))
    return draftOf(value, engine, textOf(enabled?.value ?? null) !== 'false');
  const name = `enable_${key.replaceAll('-', '_').replace(/^enable_/, '')}`;
  return enabled && engine.knowsArgument(name) ? { name, entry: enabled } : null;
}

function draftOf(section: Mapping, engine: Engine, isOn: boolean): NamedEntry | null {
  // Pointed at by what it drafts with.
  const first = ['model', 'draft_model', 'method'].flatMap((key) =>
    section.entries.filter((entry) => entry.key === key),
  )[0];
  if (!first || !isOn || !engine.knowsArgument('speculative_config')) return null;
  const config: Record<string, ArgumentValue> = {};
  for (const { key, value } of entriesIn(section)) {
    const name = DRAFT_KEYS[key];
    const data = dataOf(value) as ArgumentValue;
    if (name !== undefined && data !== null) config[name] = data;
  }
  const entry: YamlEntry = { ...first, key: 'speculative_config', value: section };
  return { name: 'speculative_config', entry, value: config };
}
