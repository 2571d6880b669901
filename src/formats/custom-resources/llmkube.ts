import { at, entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { argumentEntries, camelCase, isSet } from '../argument-keys.ts';
import { wordsOf } from '../container.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { wholeNumber } from '../whole-number.ts';
import { imageAt } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { extractionOf, type Launched, launchOf, type Start } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { notModelled } from '../unsupported.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import { table } from '../../table.ts';

/** LLMKube's services of one file, each with the Model that it refers to. llama.cpp is its usual runtime. */
export function launchesOfLlmkube(
  documents: readonly YamlValue[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const ofKind = (kind: string): YamlValue[] => documents.filter((one) => textOf(at(one, 'kind')) === kind);
  const models = ofKind('Model');
  const launched = ofKind('InferenceService').flatMap(
    (service) => launchOfService(service, models, format, configMaps, context) ?? [],
  );
  return extractionOf(launched);
}

function launchOfService(
  service: YamlValue,
  models: readonly YamlValue[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched | null {
  const spec = at(service, 'spec');
  const name = textOf(at(service, 'metadata', 'name')) ?? 'InferenceService';
  const reference = at(spec, 'modelRef');
  if (spec?.kind !== 'mapping' || reference?.kind !== 'scalar') return null;
  const runtime = textOf(at(spec, 'runtime')) ?? 'llamacpp';
  const [engine] = context.engines.filter(({ id }) => id === runtime.toLowerCase());
  const anchor = anchorOf(spec);
  const model = models.find((one) => textOf(at(one, 'metadata', 'name')) === reference.text.text);
  const environment = environmentOf(spec, configMaps);
  if (GENERIC.test(runtime)) {
    const launched = launchOfContainer(spec, { format, name, environment }, context);
    // What serves none of LLMKube's models is no server of a language model.
    if (launched || !model) return launched;
  }
  if (!engine) {
    const called = runtime === 'llamacpp' ? 'llama.cpp' : runtime.slice(0, 40);
    return { unsupported: notModelled(called, name, format, anchor) };
  }
  const config = at(spec, 'vllmConfig');
  const parts: Part[] = [];
  if (engine.knowsArgument('n_gpu_layers')) parts.push(...llamaParts(model ?? null, spec));
  if (config?.kind === 'mapping') {
    parts.push({ kind: 'settings', settings: argumentEntries(config, engine), mapping: config, keyOf: camelCase });
  }
  for (const args of [at(config, 'extraArgs'), at(spec, 'extraArgs')]) {
    if (args?.kind !== 'sequence') continue;
    parts.push({ kind: 'words', words: wordsOf(args, environment), sequence: args, takesMore: true });
  }
  const { gpuRequest, device } = gpusOf(spec, spec, 1);
  const gpus =
    wholeNumber(at(spec, 'resources', 'gpu')) ?? wholeNumber(at(model ?? null, 'spec', 'hardware', 'gpu', 'count'));
  const deployment = wrappedDeployment(
    {
      file: service.file.path,
      format,
      name,
      anchor,
      engine,
      image: imageAt(at(spec, 'image')),
      environment,
      gpuRequest: { ...gpuRequest, count: gpuRequest.count ?? gpus },
      ...(device === null ? {} : { device }),
      model: modelAt(at(model ?? null, 'spec', 'source')) ?? {
        text: reference.text,
        unresolved: `the Model ${reference.text.text} is not in this file`,
      },
      parts,
    },
    context,
  );
  return { deployment };
}

/** The runtime that starts whatever its image and command say. */
const GENERIC = /^generic$/i;

function launchOfContainer(
  spec: YamlValue,
  start: Pick<Start, 'format' | 'name' | 'environment'>,
  context: FormatContext,
): Launched | null {
  const [command, args] = [at(spec, 'command'), at(spec, 'args')];
  const { gpuRequest, device } = gpusOf(spec, spec, 1);
  return launchOf(
    {
      ...start,
      words: [...wordsOf(command, start.environment), ...wordsOf(args, start.environment)],
      hasCommand: command !== null,
      image: imageAt(at(spec, 'image')),
      gpuRequest: { ...gpuRequest, count: gpuRequest.count ?? wholeNumber(at(spec, 'resources', 'gpu')) },
      ...(device === null ? {} : { device }),
      sequence: args?.kind === 'sequence' ? args : null,
      anchor: anchorOf(spec),
    },
    context,
  );
}

/** LLMKube's own keys for llama-server (its api/v1alpha1), of the Model and of the service. */
const MODEL_KEYS: readonly (readonly [path: readonly string[], name: string])[] = [
  [['layers'], 'n_gpu_layers'],
  [['sharding', 'strategy'], 'split_mode'],
];
const SERVICE_KEYS: Readonly<Record<string, string>> = table({
  contextSize: 'ctx_size',
  parallelSlots: 'parallel',
  flashAttention: 'flash_attn',
  cacheTypeK: 'cache_type_k',
  cacheTypeV: 'cache_type_v',
  moeCPULayers: 'n_cpu_moe',
  moeCPUOffload: 'cpu_moe',
  noKvOffload: 'no_kv_offload',
  batchSize: 'batch_size',
  uBatchSize: 'ubatch_size',
});

function llamaParts(model: YamlValue | null, spec: Extract<YamlValue, { kind: 'mapping' }>): Part[] {
  const gpu = at(model, 'spec', 'hardware', 'gpu');
  const ofModel = MODEL_KEYS.flatMap(([path, name]): NamedEntry[] => {
    const holder = at(gpu, ...path.slice(0, -1));
    const entry = entriesIn(holder).find(({ key }) => key === path.at(-1));
    return entry && isSet(entry) ? [{ name, entry }] : [];
  });
  const ofService = spec.entries.flatMap((entry): NamedEntry[] => {
    const name = Object.hasOwn(SERVICE_KEYS, entry.key) ? SERVICE_KEYS[entry.key] : undefined;
    return name !== undefined && isSet(entry) ? [{ name, entry }] : [];
  });
  const keyOf = (name: string): string | null =>
    Object.keys(SERVICE_KEYS).find((key) => SERVICE_KEYS[key] === name) ?? null;
  return [
    ...ofModel.map((one): Part => ({ kind: 'settings', settings: [one], mapping: null })),
    { kind: 'settings', settings: ofService, mapping: spec, keyOf },
  ];
}
