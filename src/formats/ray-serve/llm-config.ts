import type { GpuRequest, Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped, writtenAs } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { argumentEntries } from '../argument-keys.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import type { Launched, LaunchContext } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { notModelled } from '../unsupported.ts';
import { type Installed, installedBy } from '../version/install-command.ts';
import { folderOf } from '../../paths.ts';
import { wholeNumber } from '../whole-number.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import type { Cluster } from './cluster.ts';

/** A model's config: of Ray Serve LLM (`model_loading_config`), or of RayLLM before it (`engine_config`). */
export function isLlmConfig(value: YamlValue): boolean {
  const loading = at(value, 'model_loading_config');
  if (loading?.kind === 'mapping') return true;
  const engine = at(value, 'engine_config');
  const named = at(engine, 'model_id') ?? at(engine, 'hf_model_id') ?? at(value, 'model_id');
  return engine?.kind === 'mapping' && named !== null;
}

/** The launch that a config makes; null where it names no model. */
export function launchOfLlmConfig(
  config: YamlValue,
  application: YamlValue | null,
  cluster: Cluster | null,
  format: string,
  file: SourceFile,
  context: LaunchContext,
): Launched | null {
  if (!isLlmConfig(config)) return null;
  const older = at(config, 'engine_config');
  const loading = at(config, 'model_loading_config');
  const model = modelOf(config);
  const name = textOf(at(loading, 'model_id')) ?? textOf(at(older, 'model_id')) ?? model?.text.text ?? 'model';
  const title = textOf(at(config, 'llm_engine')) ?? textOf(at(older, 'type')) ?? 'vLLM';
  const engine = engineOf(title, context.engines);
  if (!engine) return { unsupported: notModelled(title.replace(/Engine$/, ''), name, format, anchorOf(config)) };
  const home = at(config, 'engine_kwargs') ?? at(older, 'engine_kwargs');
  const parts: Part[] = [
    { kind: 'settings', settings: renamedEntries(config), mapping: null },
    { kind: 'settings', settings: argumentEntries(home, engine), mapping: home?.kind === 'mapping' ? home : null },
  ];
  const around = application ? environmentAt(application) : new Map<string, Word>();
  const common = {
    file: file.path,
    format,
    name,
    anchor: anchorOf(config),
    engine,
    image: cluster?.image ?? null,
    ...(cluster?.device && { device: cluster.device }),
    installed: [application, config].flatMap((one) => installedAt(one, file, context)),
    environment: new Map([...around, ...environmentAt(config), ...environmentAt(older)]),
    model,
    parts,
  };
  const none: GpuRequest = { name: null, count: null, nodes: 1 };
  const read = wrappedDeployment({ ...common, gpuRequest: none }, context);
  const ranks = ['tensor_parallel_size', 'pipeline_parallel_size'].map((key) => {
    const argument = read.arguments.get(key);
    return typeof argument?.value === 'number' ? { value: argument.value, place: argument.place } : null;
  });
  return { deployment: { ...read, gpuRequest: gpusOfConfig(config, cluster, ranks[0] ?? null, ranks[1]?.value ?? 1) } };
}

/** `vLLM`, `VLLMEngine`: by the engine's own name. */
export function engineOf(title: string, engines: readonly Engine[]): Engine | null {
  const name = title.replace(/engine$/i, '').toLowerCase();
  return engines.find((engine) => engine.title.toLowerCase() === name || engine.id === name) ?? null;
}

function modelOf(config: YamlValue): Word | null {
  const loading = at(config, 'model_loading_config');
  const older = at(config, 'engine_config');
  const source = at(loading, 'model_source');
  const mirrored = source?.kind === 'mapping' ? at(source, 'bucket_uri') : source;
  return (
    modelAt(mirrored) ??
    modelAt(at(older, 'hf_model_id')) ??
    modelAt(at(loading, 'model_id')) ??
    modelAt(at(older, 'model_id')) ??
    modelAt(at(config, 'model_id'))
  );
}

/** What RayLLM calls arguments, and where (ray-llm models/, Anyscale's RayLLM). */
function renamedEntries(config: YamlValue): NamedEntry[] {
  const homes = [
    { value: config, names: { max_request_context_length: 'max_model_len' } },
    { value: at(config, 'engine_config'), names: { max_total_tokens: 'max_model_len' } },
    { value: at(config, 'tensor_parallelism'), names: { degree: 'tensor_parallel_size' } },
    { value: at(config, 'scaling_config'), names: { num_workers: 'tensor_parallel_size' } },
  ];
  return homes.flatMap(({ value, names }) =>
    entriesIn(value).flatMap((entry) => {
      const name = (names as Readonly<Record<string, string | undefined>>)[entry.key];
      return name === undefined || !isSet(entry) ? [] : [{ name, entry }];
    }),
  );
}

function isSet({ value }: YamlEntry): boolean {
  return value.kind === 'scalar' && value.value !== null && value.text.text !== '';
}

/**
 * Ray places a bundle of one GPU for every rank: `accelerator_type` says which, the cluster's pods how many stand together.
 * Without a cluster the ranks of one tensor-parallel group stand on a node.
 */
function gpusOfConfig(
  config: YamlValue,
  cluster: Cluster | null,
  tensor: Located<number> | null,
  pipeline: number,
): GpuRequest {
  const name = acceleratorOf(config) ?? cluster?.gpuRequest.name ?? null;
  const stated = at(config, 'engine_kwargs', 'tensor_parallel_size');
  // Without a word on it there is one rank.
  const one = name && stated === null ? { value: 1, place: name.place } : null;
  const own = tensor ?? bundlesOf(config) ?? one;
  const count = cluster?.gpuRequest.count ?? own;
  const ranks = (tensor?.value ?? 1) * pipeline;
  const nodes = cluster?.gpuRequest.count ? Math.ceil(ranks / cluster.gpuRequest.count.value) : pipeline;
  return { name, count, nodes: Math.min(10_000, Math.max(1, nodes)) };
}

/** `accelerator_type: L4`; older configs ask for it as a resource (`accelerator_type_a10: 0.01`, `accelerator_type:L4`). */
function acceleratorOf(config: YamlValue): Located<string> | null {
  const stated = at(config, 'accelerator_type');
  const text = textOf(stated);
  if (stated?.kind === 'scalar' && text) return { value: text, place: placeOfMapped(stated.text) };
  const homes = [
    at(config, 'scaling_config', 'resources_per_worker'),
    at(config, 'resources_per_bundle'),
    at(config, 'deployment_config', 'ray_actor_options', 'resources'),
    ...bundleMappings(config),
  ];
  for (const { key, keyText } of homes.flatMap((home) => entriesIn(home))) {
    const named = /^accelerator_type[_:](.+)$/.exec(key)?.[1];
    // RayLLM's clusters are those of AWS, which calls its A10 A10G.
    if (named !== undefined) return { value: /^a10$/i.test(named) ? 'A10G' : named, place: placeOfMapped(keyText) };
  }
  return null;
}

function bundleMappings(config: YamlValue): YamlValue[] {
  return itemsOf(at(config, 'placement_group_config', 'bundles')).slice(0, 1_000);
}

/** The GPUs of all bundles together; a part of a GPU counts as none. */
function bundlesOf(config: YamlValue): Located<number> | null {
  const asked = bundleMappings(config).flatMap((bundle) => wholeNumber(at(bundle, 'GPU')) ?? []);
  const [first] = asked;
  return first ? { value: asked.reduce((sum, { value }) => sum + value, 0), place: first.place } : null;
}

/** `runtime_env.pip: ["vllm==0.5.4"]` of an application or a config. */
export function installedAt(value: YamlValue | null, file: SourceFile, context: LaunchContext): readonly Installed[] {
  const pip = at(value, 'runtime_env', 'pip');
  const packages = [...itemsOf(pip), ...itemsOf(at(pip, 'packages'))].flatMap((one) =>
    one.kind === 'scalar' ? [{ text: one.text, unresolved: null }] : [],
  );
  const [first] = packages;
  if (!first) return [];
  const command = ['pip', 'install'].map((text) => ({ text: writtenAs(first.text, text), unresolved: null }));
  return installedBy([...command, ...packages.slice(0, 200)], context, folderOf(file.path));
}

/** `runtime_env.env_vars` of an application or a config. */
export function environmentAt(value: YamlValue | null): ReadonlyMap<string, Word> {
  const variables = entriesIn(at(value, 'runtime_env', 'env_vars'));
  return new Map(
    variables.flatMap(({ key, value: own }) =>
      own.kind === 'scalar' && own.value !== null ? [[key, { text: own.text, unresolved: null }] as const] : [],
    ),
  );
}
