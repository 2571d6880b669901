import type { Unresolved } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import type { Launched } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import type { Surroundings } from '../script-launches.ts';
import { notModelled } from '../unsupported.ts';
import { settingsIn } from '../settings-file.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import { table } from '../../table.ts';

/** An argument by which an engine shows that it is the one that Truss builds (Baseten docs, TensorRT-LLM engine builder). */
const BUILT = 'kv_cache_config.free_gpu_memory_fraction';

/** What Truss calls arguments that have another name in the engine (Baseten docs, engine builder config). */
const OTHER_NAMES: Readonly<Record<string, string>> = table({
  tensor_parallel_count: 'tp_size',
  enable_chunked_context: 'enable_chunked_prefill',
  kv_cache_free_gpu_mem_fraction: BUILT,
});

/** The engine of a `trt_llm` section: how it is built, and how it is run. */
export function builtEngine(
  document: YamlValue,
  around: Omit<Surroundings, 'anchor'>,
  context: FormatContext,
): Launched[] {
  const [build, runtime] = [at(document, 'trt_llm', 'build'), at(document, 'trt_llm', 'runtime')];
  const model = modelAt(at(build, 'checkpoint_repository', 'repo'));
  // An encoder serves embeddings and holds no KV cache.
  if (model === null || textOf(at(build, 'base_model'))?.startsWith('encoder')) return [];
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument(BUILT));
  const anchor = anchorOf(at(document, 'trt_llm') ?? document);
  if (!engine) return [{ unsupported: notModelled('TensorRT-LLM', around.name, around.format, anchor) }];
  const parts = [build, runtime, at(runtime, 'patch_kwargs')].flatMap((section) => partOf(section, engine));
  const deployment = wrappedDeployment(
    { ...around, anchor, engine, image: null, model, parts, open: quantised(build) },
    context,
  );
  return [{ deployment }];
}

function partOf(section: YamlValue | null, engine: Engine): Part[] {
  if (section?.kind !== 'mapping') return [];
  const renamed: NamedEntry[] = section.entries.flatMap((entry) => {
    const name = OTHER_NAMES[entry.key];
    return name === undefined ? [] : [{ name, entry }];
  });
  const settings = [...renamed, ...settingsIn(section, engine)];
  return settings.length === 0 ? [] : [{ kind: 'settings', settings, mapping: null }];
}

/** The build quantises the checkpoint, so that what is loaded is not what the checkpoint says. */
function quantised(build: YamlValue | null): Unresolved[] {
  const entry: YamlEntry | undefined = entriesIn(build).find(({ key }) => key === 'quantization_type');
  const text = textOf(entry?.value ?? null);
  if (entry?.value.kind !== 'scalar' || text === null || text === 'no_quant') return [];
  const reason = 'the build quantises the checkpoint by itself';
  return [{ name: 'quantization', text, reason, place: placeOfMapped(entry.value.text) }];
}
