import { readEmbeddedYaml } from '../../syntax/embedded-yaml.ts';
import { at, entriesIn, readYaml, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { SourceFile } from '../../text.ts';
import { isSet } from '../argument-keys.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched } from '../launch.ts';
import { notModelled } from '../unsupported.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import { type Backend, backendOf, keyOf } from './backends.ts';

/** LocalAI's model configs, alone, in a list, or inside a gallery's `config_file`. */
export const localai: Format = {
  id: 'localai',
  title: 'LocalAI',
  detect: ({ text }) =>
    /^[ \t]*(?:-[ \t]+)?parameters[ \t]*:/m.test(text) &&
    SIGN.test(text) &&
    !/^(?:apiVersion|services)\s*:/m.test(text),
  extract,
  edit: editDeployment,
};

/** Keys of LocalAI beside `parameters` (core/config/model_config.go). */
const SIGN =
  /^[ \t]*(?:-[ \t]+)?(?:backend|context_size|gpu_layers|f16|mmap|stopwords|template|known_usecases|config_file|roles|step|engine_args)[ \t]*:/m;
const OWN_KEYS =
  /^(?:context_size|gpu_layers|f16|mmap|mmlock|stopwords|template|known_usecases|roles|threads|function|usage|download_files|config_file|engine_args|options|mmproj|cutstrings|trimspace|embeddings|low_vram|gpu_memory_utilization|max_model_len|tensor_parallel_size)$/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const models = yaml.documents.flatMap((document) => (document.kind === 'sequence' ? document.items : [document]));
  const launched = models.flatMap((model) => {
    const inside = readEmbeddedYaml(at(model, 'config_file'));
    const config = inside && 'documents' in inside ? (inside.documents[0] ?? null) : model;
    return config === null ? [] : (launchOf(config, model, context) ?? []);
  });
  return launched.length === 0 ? null : extractionOf(launched);
}

/** The launch of one model; null for what only looks like one. */
function launchOf(config: YamlValue, around: YamlValue, context: FormatContext): Launched | null {
  const parameters = at(config, 'parameters');
  if (config.kind !== 'mapping' || parameters?.kind !== 'mapping') return null;
  if (!config.entries.some(({ key }) => OWN_KEYS.test(key))) return null;
  const model = at(parameters, 'model');
  const named = model?.kind === 'scalar' && typeof model.value === 'string' ? model.text : null;
  const backend = backendOf(textOf(at(config, 'backend')), named?.text ?? '');
  if (!backend) return null;
  const name = textOf(at(config, 'name')) ?? textOf(at(around, 'name')) ?? named?.text ?? 'model';
  const anchor = named ?? config.entries[0]?.keyText;
  if (!anchor) return null;
  const [engine] = context.engines.filter(({ id }) => id === backend.engine);
  if (!engine) return { unsupported: notModelled(backend.title, name, 'localai', anchor) };
  const length = backend.names['context_size'];
  const own = entriesOf(config, backend);
  const said = own.some((one) => one.name === length);
  const deployment = wrappedDeployment(
    {
      file: config.file.path,
      format: 'localai',
      name,
      anchor,
      engine,
      image: null,
      environment: new Map(),
      gpuRequest: { name: null, count: null, nodes: 1 },
      model: named && { text: named, unresolved: null },
      parts: partsOf(config, own, backend),
    },
    context,
  );
  // Which length LocalAI takes then has changed between releases, and depends on the GPU.
  const open =
    said || backend.lengthIsEngines || length === undefined
      ? []
      : [{ name: length, text: '', reason: OWN_LENGTH, place: placeOfMapped(anchor) }];
  return { deployment: { ...deployment, unresolved: [...deployment.unresolved, ...open] } };
}

const OWN_LENGTH = 'without context_size LocalAI takes a length of its own, which has changed between releases';

/** LocalAI's keys first; `engine_args` holds the engine's own, which win. */
function partsOf(
  config: Extract<YamlValue, { kind: 'mapping' }>,
  own: readonly NamedEntry[],
  backend: Backend,
): Part[] {
  const parts: Part[] = [{ kind: 'settings', settings: own, mapping: config, keyOf: (name) => keyOf(name, backend) }];
  const engineArgs = at(config, 'engine_args');
  if (engineArgs?.kind === 'mapping') {
    const settings = engineArgs.entries.filter(isSet).map((entry) => ({ name: entry.key, entry }));
    parts.push({ kind: 'settings', settings, mapping: engineArgs });
  }
  return parts;
}

/** The entries that are arguments of the engine, under its names; `max_model_len` goes before `context_size`. */
function entriesOf(config: YamlValue, backend: Backend): NamedEntry[] {
  const found: NamedEntry[] = [];
  for (const entry of entriesIn(config)) {
    const name = nameOf(entry, backend);
    if (name === null || !isSet(entry)) continue;
    const before = found.findIndex((one) => one.name === name);
    if (before === -1) found.push({ name, entry });
    else if (entry.key !== 'context_size') found[before] = { name, entry };
  }
  return found;
}

function nameOf({ key }: YamlEntry, { names }: Backend): string | null {
  return Object.hasOwn(names, key) ? (names[key] ?? null) : null;
}
