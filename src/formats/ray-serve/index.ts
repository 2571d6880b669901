import { readEmbeddedYaml } from '../../syntax/embedded-yaml.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Deployment } from '../../deployment.ts';
import type { Place, SourceFile } from '../../text.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { extractionOf, type Launched, launchOf, startsIn } from '../launch.ts';
import { editPython } from '../python/edit.ts';
import { isPython } from '../python/index.ts';
import { cannotRead } from '../unsupported.ts';
import { launchByVariables } from '../variables-launch.ts';
import { type Cluster, clusterOf } from './cluster.ts';
import { environmentAt, installedAt, isLlmConfig, launchOfLlmConfig } from './llm-config.ts';
import { launchesOfProgram } from './program.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

const ID = 'ray-serve';

/** Ray Serve LLM: configs in YAML, RayServices that hold one in a text, and programs that make one. */
export const rayServe: Format = {
  id: ID,
  title: 'Ray Serve LLM',
  sharesFiles: true,
  detect: (file) =>
    isPython(file) ? /LLMConfig|EngineProcessorConfig|llm_configs/.test(file.text) : SIGN.test(file.text),
  extract: (file, context) => (isPython(file) ? launchesOfProgram(file, ID, context) : extract(file, context)),
  edit: editPython,
};

const SIGN =
  /["']?(?:llm_configs|model_loading_config|serveConfigV2|engine_config)["']?\s*:|^[ \t]{0,8}kind:[ \t]*["']?Ray(?:Job|Service)\b|\bimport_path["']?\s*:/m;

/** Configs of one file that are looked at. */
const MAX_CONFIGS = 100;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const launched = yaml.documents.flatMap((document) => launchesOfDocument(document, file, context));
  return launched.length === 0
    ? null
    : extractionOf(named(firstOf(launched, MAX_CONFIGS, 'configs of models', placeOfLaunched)));
}

function launchesOfDocument(document: YamlValue, file: SourceFile, context: FormatContext): Launched[] {
  if (textOf(at(document, 'apiVersion'))?.startsWith('ray.io/')) return launchesOfResource(document, file, context);
  if (at(document, 'apiVersion') !== null) return [];
  return launchesOfServe(document, null, file, context);
}

/** A RayService with its config as a text, a RayJob with the command that it starts. */
function launchesOfResource(document: YamlValue, file: SourceFile, context: FormatContext): Launched[] {
  const spec = at(document, 'spec');
  const cluster = clusterOf(document);
  const name = textOf(at(document, 'metadata', 'name')) ?? 'RayService';
  const config = at(spec, 'serveConfigV2') ?? at(spec, 'serveConfig');
  const yaml = readEmbeddedYaml(config);
  const documents = yaml && 'documents' in yaml ? yaml.documents : config?.kind === 'mapping' ? [config] : [];
  const served = documents.flatMap((one) => launchesOfServe(one, cluster, file, context));
  const entrypoint = at(spec, 'entrypoint');
  if (entrypoint?.kind !== 'scalar' || entrypoint.value === null) return served;
  const started = startsIn(entrypoint.text, new Map()).flatMap((start) => {
    const { gpuRequest, image } = cluster;
    const common = {
      format: ID,
      name,
      hasCommand: true,
      image,
      gpuRequest,
      sequence: null,
      anchor: anchorOf(document),
    };
    return launchOf({ ...common, ...start }, context) ?? [];
  });
  return [...served, ...started];
}

/** A Serve config: applications with `llm_configs`, one such list alone, or one model's config. */
function launchesOfServe(
  document: YamlValue,
  cluster: Cluster | null,
  file: SourceFile,
  context: FormatContext,
): Launched[] {
  const configs = itemsOf(document).length > 0 ? itemsOf(document) : [document];
  return firstOf(configs, MAX_CONFIGS, 'configs of models', placeOfValue).flatMap((one) => {
    if (isLlmConfig(one)) return launchOfLlmConfig(one, null, cluster, ID, file, context) ?? [];
    const listed = itemsOf(at(one, 'llm_configs'));
    const applications = itemsOf(at(one, 'applications'));
    return [
      ...listed.flatMap((config) => launchOfLlmConfig(config, null, cluster, ID, file, context) ?? []),
      ...applications.flatMap((application) => launchesOfApplication(application, cluster, file, context)),
    ];
  });
}

function launchesOfApplication(
  application: YamlValue,
  cluster: Cluster | null,
  file: SourceFile,
  context: FormatContext,
): Launched[] {
  const args = at(application, 'args');
  const lists = ['llm_configs', 'models', 'prefill_config', 'decode_config', 'llm_config'].flatMap((key) => {
    const value = at(args, key);
    return value?.kind === 'mapping' ? [value] : itemsOf(value);
  });
  const around =
    [...entriesIn(args)].some(({ key }) => key === 'llm_configs') || lists.some(isLlmConfig) ? application : null;
  const launched = lists.flatMap((config) => launchOfLlmConfig(config, around, cluster, ID, file, context) ?? []);
  if (launched.length > 0) return launched;
  const byVariables = launchOfVariables(application, cluster, file, context);
  return byVariables ? [{ deployment: byVariables }] : hiddenProgram(application, cluster);
}

/** What shows that a program of the team's own serves a language model: the names of what it gets and makes. */
const LANGUAGE_MODEL = /vllm|sglang|tensorrt_?llm|trtllm|lmdeploy|llm|max_model_len/i;

/** An application on GPUs whose engine is started by a program with arguments that are not in this file: said aloud. */
function hiddenProgram(application: YamlValue, cluster: Cluster | null): Launched[] {
  const program = at(application, 'import_path');
  if (program?.kind !== 'scalar' || cluster === null || cluster.gpuRequest.count === null) return [];
  const deployments = itemsOf(at(application, 'deployments')).map((one) => textOf(at(one, 'name')) ?? '');
  const words = [program.text.text, ...deployments, ...environmentAt(application).keys()];
  if (!words.some((one) => LANGUAGE_MODEL.test(one.slice(0, 200)))) return [];
  const name = textOf(at(application, 'name')) ?? 'application';
  const reason = `What its program ${program.text.text.slice(0, 100)} starts the engine with is not in this file.`;
  const remedy = 'Check the program by hand, or describe the model by `llm_configs` of Ray Serve LLM.';
  return [{ unsupported: cannotRead(reason, remedy, name, ID, program.text) }];
}

/** An application of the team's own, which gets the engine's arguments as variables. */
function launchOfVariables(
  application: YamlValue,
  cluster: Cluster | null,
  file: SourceFile,
  context: FormatContext,
): Deployment | null {
  const environment = environmentAt(application);
  if (environment.size === 0 || cluster === null) return null;
  const start = {
    format: ID,
    name: textOf(at(application, 'name')) ?? 'application',
    words: [],
    hasCommand: true,
    environment,
    installed: installedAt(application, file, context),
    gpuRequest: cluster.gpuRequest,
    sequence: null,
    anchor: anchorOf(application),
  };
  // An image of Ray itself reads none of them: the application does.
  const launched =
    launchByVariables({ ...start, image: cluster.image }, context) ??
    launchByVariables({ ...start, image: null }, context);
  if (!launched) return null;
  const [tensor, pipeline] = ['tensor_parallel_size', 'pipeline_parallel_size'].map((name) => {
    const value = launched.arguments.get(name)?.value;
    return typeof value === 'number' && value >= 1 ? value : 1;
  });
  const nodes = Math.ceil(((tensor ?? 1) * (pipeline ?? 1)) / (cluster.gpuRequest.count?.value ?? Infinity));
  const gpuRequest = { ...launched.gpuRequest, nodes: Math.min(10_000, Math.max(1, nodes)) };
  return { ...launched, gpuRequest, ...(cluster.device && { device: cluster.device }) };
}

function placeOfLaunched(one: Launched): Place | null {
  return 'unsupported' in one ? one.unsupported.place : (one.deployment.model?.place ?? null);
}

/** Names that are unique within the file. */
function named(launched: readonly Launched[]): Launched[] {
  const seen = new Map<string, number>();
  return launched.map((one) => {
    if (!('deployment' in one)) return one;
    const { name } = one.deployment;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? one : { deployment: { ...one.deployment, name: `${name} #${count}` } };
  });
}
