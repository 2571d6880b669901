import type { Engine } from '../engines/engine.ts';
import { entriesIn, type YamlEntry, type YamlValue } from '../syntax/yaml.ts';
import type { NamedEntry } from './platform-launch.ts';
import { table } from '../table.ts';

/** What charts and operators call arguments that have another name in the engine. */
const OTHER_NAMES: Readonly<Record<string, string>> = table({
  contextLength: 'max_model_len',
  contextSize: 'max_model_len',
  maxContextLength: 'max_model_len',
  maxModelLength: 'max_model_len',
  tensorParallel: 'tensor_parallel_size',
  tensorParallelism: 'tensor_parallel_size',
  tpSize: 'tensor_parallel_size',
  ppSize: 'pipeline_parallel_size',
  pipelineParallel: 'pipeline_parallel_size',
  pipelineParallelism: 'pipeline_parallel_size',
  gpuMemUtilization: 'gpu_memory_utilization',
  quantize: 'quantization',
});

/** The engine's argument that a key in camelCase, kebab or snake stands for; null for any other key. */
export function argumentOf(key: string, engine: Engine): string | null {
  if (key.length > 60) return null;
  const kebab = key
    .replaceAll('LoRA', 'Lora')
    .replaceAll('DType', 'Dtype')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
  if (engine.knowsArgument(kebab)) return canonicalName(kebab.replaceAll('-', '_'), engine);
  const other = OTHER_NAMES[key] ?? OTHER_NAMES[camelCase(kebab.replaceAll('-', '_'))];
  return other !== undefined && engine.knowsArgument(other) ? other : null;
}

/** The engine's own name for an argument that it takes under several (SGLang's `tensor_parallel_size`). */
function canonicalName(name: string, engine: Engine): string {
  if (engine.affectsMemory(name)) return name;
  const place = { file: '', start: 0, end: 0, line: 1 };
  const [own] = engine.parseSettings([{ key: name, value: '1', place, unresolved: null }], false).arguments.keys();
  return own ?? name;
}

/** The entries of a mapping that are arguments of the engine, under its names. */
export function argumentEntries(mapping: YamlValue | null, engine: Engine): NamedEntry[] {
  return entriesIn(mapping).flatMap((entry) => {
    const name = argumentOf(entry.key, engine);
    return name === null || !isSet(entry) ? [] : [{ name, entry }];
  });
}

/** An empty value is how a file of values says that something is not set. */
export function isSet({ value }: YamlEntry): boolean {
  return value.kind !== 'scalar' || (value.value !== null && value.text.text.trim() !== '');
}

/** `max_num_seqs` as `maxNumSeqs`. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_whole, letter: string) => letter.toUpperCase());
}
