import type { GpuRequest, Located } from '../../deployment.ts';
import { readPython } from '../../syntax/python/index.ts';
import type { PythonCall } from '../../syntax/python/run.ts';
import { mappedIdentity } from '../../syntax/mapped-text.ts';
import {
  entryOf,
  knownText,
  type PythonDict,
  type PythonMade,
  type PythonValue,
  type Range,
} from '../../syntax/python/values.ts';
import { exceeds } from '../../syntax/unread.ts';
import type { Word } from '../../syntax/word.ts';
import { placeOf, type SourceFile } from '../../text.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { notModelled } from '../unsupported.ts';
import { type Found, giverOf } from '../python/api-launch.ts';
import { environmentWords } from '../python/environment.ts';
import { extractionOf, nameOf } from '../python/index.ts';
import { keywordsDeployment } from '../python/keywords.ts';
import { isTest, isTestOrTraining } from '../python/not-serving.ts';
import { addDict } from '../python/platform.ts';
import { argumentOf, countOf, placeOfValue } from '../python/values.ts';
import { engineOf } from './llm-config.ts';

/** `LLMConfig(…)` of Ray Serve LLM, and the processors of Ray Data LLM. */
const CONFIG = /^ray(?:\.\w+)*\.(?:LLMConfig|(vLLM|SGLang)EngineProcessorConfig)$/;
/** Functions that take configs, as objects or as dicts. */
const BUILDER = /^ray(?:\.\w+)*\.(?:build_\w+|LLMServingArgs)$/;

/** The configs that a program makes. */
export function launchesOfProgram(file: SourceFile, format: string, context: FormatContext): Extraction | null {
  if (isTestOrTraining(file)) return null;
  const found: Found[] = [];
  for (const call of readPython(file).calls) {
    if (isTest(call.frames)) continue;
    for (const { config, title } of configsOf(call.made)) {
      const launched = launchOf(config, title, call, format, file, context);
      const { from, to } = call.made.range;
      if (launched && !exceeds(found.length + 1, MAX_CONFIGS, 'configs of a program', () => placeOf(file, from, to)))
        found.push(launched);
    }
  }
  return found.length === 0 ? null : extractionOf(found);
}

/** Configs of one file that are looked at. */
const MAX_CONFIGS = 60;

function configsOf({ path, given }: PythonMade): { readonly config: PythonDict; readonly title: string | null }[] {
  const processor = CONFIG.exec(path);
  if (processor) return [{ config: given.keywords, title: processor[1] ?? null }];
  if (!BUILDER.test(path)) return [];
  const dicts = [given.keywords, ...given.positional.flatMap(({ value }) => (value.kind === 'dict' ? [value] : []))];
  return dicts.flatMap((dict) => {
    const listed = entryOf(dict, 'llm_configs')?.value;
    const items = listed?.kind === 'list' ? listed.items.map(({ value }) => value) : [dict];
    return items.flatMap((one) =>
      one.kind === 'dict' && entryOf(one, 'model_loading_config') ? [{ config: one, title: null }] : [],
    );
  });
}

function launchOf(
  config: PythonDict,
  stated: string | null,
  { made, frames, environment }: PythonCall,
  format: string,
  file: SourceFile,
  context: FormatContext,
): Found | null {
  const model = modelOf(config);
  if (model === null || giverOf(model.value) !== null) return null;
  const at = config.literal ?? made.range;
  const start = { from: made.range.from, to: made.range.to };
  const title = stated ?? knownText(entryOf(config, 'llm_engine')?.value)?.text ?? 'vLLM';
  const engine = engineOf(title, context.engines);
  const key = `${at.from}`;
  if (!engine) {
    const anchor = mappedIdentity(file, start.from, start.to, () => null);
    return { launched: { unsupported: notModelled(title, nameOf(frames, file), format, anchor) }, key };
  }
  const kwargs = dictOf(entryOf(config, 'engine_kwargs')?.value);
  const open = entryOf(config, 'engine_kwargs')?.value;
  const variables = new Map<string, Word>(environmentWords(environment, file));
  const runtime = dictOf(entryOf(config, 'runtime_env')?.value);
  const own = runtime && dictOf(entryOf(runtime, 'env_vars')?.value);
  if (own) addDict(variables, own, file);
  const deployment = keywordsDeployment(
    {
      file,
      format,
      name: knownText(model.id)?.text ?? nameOf(frames, file),
      at: start,
      engine,
      keywords: (kwargs?.entries ?? []).map((entry) => ({ name: entry.key, entry })),
      more: [...(kwargs?.more ?? []), ...(open?.kind === 'open' ? [open] : [])],
      model,
      defaults: {},
      home: kwargs,
      image: null,
      installed: [],
      environment: variables,
      gpuRequest: gpusOf(config, kwargs, file),
    },
    context,
  );
  return { launched: { deployment }, key: `${key} ${deployment.model?.value ?? ''}` };
}

function dictOf(value: PythonValue | undefined): PythonDict | null {
  if (value?.kind === 'dict') return value;
  return value?.kind === 'made' && value.given.positional.length === 0 ? value.given.keywords : null;
}

interface Model {
  readonly value: PythonValue;
  readonly range: Range;
  readonly id: PythonValue | null;
}

function modelOf(config: PythonDict): Model | null {
  const loading = dictOf(entryOf(config, 'model_loading_config')?.value) ?? config;
  const id = entryOf(loading, 'model_id');
  const source = entryOf(loading, 'model_source') ?? id;
  if (!source) return null;
  const mirror = dictOf(source.value);
  const bucket = mirror && entryOf(mirror, 'bucket_uri');
  return { value: bucket?.value ?? source.value, range: source.keyRange, id: id?.value ?? null };
}

/** Ray places a bundle of one GPU for every rank; those of one tensor-parallel group stand on a node. */
function gpusOf(config: PythonDict, kwargs: PythonDict | null, file: SourceFile): GpuRequest {
  const stated = entryOf(config, 'accelerator_type')?.value;
  const text = knownText(stated);
  const name =
    text && stated
      ? { value: text.text, place: placeOfValue(stated, { from: 0, to: 0 }, file) }
      : acceleratorOf(stated, file);
  const rank = (key: string): Located<number> | null => countOf((kwargs && entryOf(kwargs, key)?.value) ?? null, file);
  return {
    name,
    count: rank('tensor_parallel_size') ?? bundlesOf(config, file) ?? oneGpu(kwargs, name),
    nodes: rank('pipeline_parallel_size')?.value ?? 1,
  };
}

/** `GPUType.NVIDIA_L4` of ray.util.accelerators. */
function acceleratorOf(value: PythonValue | undefined, file: SourceFile): Located<string> | null {
  if (value?.kind !== 'reference') return null;
  const named = /^ray\.util\.accelerators(?:\.\w+)*\.(?:NVIDIA|AMD)_(?:TESLA_)?(\w+)$/.exec(value.path)?.[1];
  return named === undefined
    ? null
    : { value: named.replaceAll('_', '-'), place: argumentOf(value, { from: 0, to: 0 }, null, file).place };
}

/** Without a word on it there is one rank. */
function oneGpu(kwargs: PythonDict | null, name: Located<string> | null): Located<number> | null {
  const isOpen = kwargs !== null && (kwargs.more.length > 0 || entryOf(kwargs, 'tensor_parallel_size') !== null);
  return name && !isOpen ? { value: 1, place: name.place } : null;
}

function bundlesOf(config: PythonDict, file: SourceFile): Located<number> | null {
  const group = dictOf(entryOf(config, 'placement_group_config')?.value);
  const bundles = group && entryOf(group, 'bundles')?.value;
  const items = bundles?.kind === 'list' ? bundles.items.slice(0, 1_000) : [];
  const asked = items.flatMap(({ value }) =>
    value.kind === 'dict' ? (countOf(entryOf(value, 'GPU')?.value ?? null, file) ?? []) : [],
  );
  const [first] = asked;
  return first ? { value: asked.reduce((sum, { value }) => sum + value, 0), place: first.place } : null;
}
