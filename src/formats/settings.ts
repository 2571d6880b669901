import type { ArgumentProblem, Deployment, Located } from '../deployment.ts';
import type { Engine, Setting } from '../engines/engine.ts';
import { nearest } from '../nearest.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import type { YamlEntry, YamlValue } from '../syntax/yaml.ts';
import type { SourceFile } from '../text.ts';
import type { Site } from './edit-site.ts';

export interface SettingsStart {
  readonly file: SourceFile;
  readonly format: string;
  readonly name: string;
  readonly line: number;
  readonly engine: Engine;
  readonly settings: readonly Setting[];
  /** The entries that the settings come from, in the same order. */
  readonly entries: readonly YamlEntry[];
  readonly strict: boolean;
  /** Where a new argument goes. */
  readonly mapping: Extract<YamlValue, { kind: 'mapping' }>;
  readonly model: Located<string> | null;
  /** Keys beside the engine's; a near miss among them is most likely a mistake. */
  readonly foreign: readonly YamlEntry[];
}

/** A deployment whose arguments are keys of a settings file. */
export function settingsDeployment(start: SettingsStart): Deployment {
  const { engine, settings, entries, model } = start;
  const parsed = engine.parseSettings(settings, start.strict);
  const places = new Map(settings.map((setting, index) => [setting.place, entries[index]]));
  const held = new Map<string, YamlEntry>();
  for (const [name, argument] of parsed.arguments) {
    const entry = places.get(argument.place);
    if (entry) held.set(name, entry);
  }
  const site: Site = { kind: 'settings', mapping: start.mapping, entries: held };
  // `max_model_length: null` is how a file says that it is not set.
  const set = [...parsed.arguments].filter(([, { value }]) => value !== null);
  return {
    file: start.file.path,
    line: start.line,
    format: start.format,
    name: start.name,
    engine: { id: engine.id, version: null, versionSource: null, versionPlace: null },
    device: 'gpu',
    model: parsed.model ?? model,
    arguments: new Map(set),
    unresolved: parsed.unresolved,
    problems: [...parsed.problems, ...start.foreign.flatMap((entry) => nearMiss(entry, engine))],
    environment: new Map(),
    gpuRequest: { name: null, count: null, nodes: 1 },
    site,
  };
}

/** Spellings that people write for options that a settings file does not abbreviate. */
const MISTAKES = [
  'max-model-len',
  'gpu-memory-utilization',
  'max-num-seqs',
  'max-num-batched-tokens',
  'tensor-parallel-size',
  'kv-cache-dtype',
  'quantization',
  'enforce-eager',
];

/** `max_model_length`, `gpu_memory_util`: the loader ignores them in silence. */
function nearMiss({ key, keyText, value }: YamlEntry, engine: Engine): ArgumentProblem[] {
  if (value.kind === 'scalar' && value.value === null) return [];
  const name = key.replaceAll('_', '-');
  const meant =
    MISTAKES.find((option) => option.startsWith(name) && name.length >= 8) ?? nearest(name, MISTAKES, undefined, 1)[0];
  if (meant === undefined || name.length < 8) return [];
  return [
    {
      code: 'ignored-argument',
      message: `${engine.title} does not read the key '${key.slice(0, 80)}'.`,
      remedy: `Did you mean ${meant.replaceAll('-', '_')}?`,
      place: placeOfMapped(keyText),
    },
  ];
}
