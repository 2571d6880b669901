import type { Deployment, Unsupported } from '../../deployment.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { launchesOf } from '../kubernetes/containers.ts';
import { folderOf } from '../../paths.ts';
import { type ConfigMaps, configMapsOf } from '../kubernetes/environment.ts';
import { manifestsNear } from '../kubernetes/manifests-near.ts';
import { launchOfService, type Service } from './inference-service.ts';
import { launchesOfLlmService } from './llm-inference-service.ts';
import { builtUpon, type Preset, presetOf } from './presets.ts';
import { presetElsewhere, runtimeElsewhere } from './runtime-elsewhere.ts';
import { formatsOf, notedVersion, type Runtime, runtimeOf, runtimePod } from './serving-runtime.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** KServe's InferenceService, ServingRuntime and LLMInferenceService. */
export const kserve: Format = {
  id: 'kserve',
  title: 'KServe inference services and serving runtimes',
  sharesFiles: true,
  detect: ({ text }) => text.includes('serving.kserve.io/') && KIND.test(text),
  extract,
  edit: editDeployment,
};

const KIND = /kind["']?\s*:\s*["']?(?:InferenceService|(?:Cluster)?ServingRuntime|LLMInferenceService)/;
const GROUP = /^serving\.kserve\.io\//;
/** Documents of one file that are looked at. */
const MAX_DOCUMENTS = 500;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  return launchesOfKserve(yaml.documents, 'kserve', configMapsOf(yaml.documents), context);
}

/** What KServe makes of some documents that belong together. */
export function launchesOfKserve(
  all: readonly YamlValue[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const documents = firstOf(
    all.flatMap((document) => withInner(document)),
    MAX_DOCUMENTS,
    'documents',
    placeOfValue,
  );
  const own = documents.filter((document) => GROUP.test(textOf(at(document, 'apiVersion')) ?? ''));
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  const add = (found: Extraction): void => {
    deployments.push(...found.deployments);
    unsupported.push(...found.unsupported);
  };
  const runtimes = own.flatMap((document) => runtimeOf(document) ?? []);
  const presets = own.flatMap((document) => presetOf(document) ?? []);
  const used = new Set<Runtime | Preset>();
  for (const document of own) {
    const kind = textOf(at(document, 'kind'));
    if (kind === 'LLMInferenceService') {
      const built = builtUpon(document, (name) => presetFor(name, presets, document, context));
      for (const preset of built.presets) used.add(preset);
      add(launchesOfLlmService({ document, ...built }, format, configMaps, context));
    }
    if (kind !== 'InferenceService') continue;
    const { name, predictor, model } = serviceOf(document);
    if (!predictor) continue;
    if (!model) {
      add(launchesOf([{ name, spec: predictor, nodes: 1 }], format, configMaps, context));
      continue;
    }
    const runtime = runtimeFor(model, runtimes) ?? runtimeNear(model, context);
    if (runtime) used.add(runtime);
    const launched = launchOfService({ name, predictor, model, runtime }, format, configMaps, context);
    if (launched && 'deployment' in launched) deployments.push(launched.deployment);
    else if (launched) unsupported.push(launched.unsupported);
  }
  // A runtime that a service of the same documents or of a file beside uses is read with it.
  for (const runtime of runtimes.filter((one) => !used.has(one) && !isReadBeside(one, format, context))) {
    const found = launchesOf([runtimePod(runtime)], format, configMaps, context);
    add({ ...found, deployments: found.deployments.map((one) => noted(one, runtime, context)) });
  }
  for (const { document, spec } of presets.filter((one) => !used.has(one))) {
    add(launchesOfLlmService({ document, spec, presets: [], open: [] }, format, configMaps, context));
  }
  return { deployments, unsupported };
}

/** What an InferenceService says of the one model that it serves. */
function serviceOf(document: YamlValue): {
  readonly name: string;
  readonly predictor: YamlValue | null;
  readonly model: YamlValue | null;
} {
  const name = textOf(at(document, 'metadata', 'name')) ?? 'InferenceService';
  const predictor = at(document, 'spec', 'predictor');
  return { name, predictor, model: at(predictor, 'model') ?? legacyModel(predictor) };
}

/** Whether a service in another file of the same folder names a runtime, finds this one, and is read with it. */
function isReadBeside(runtime: Runtime, format: string, context: FormatContext): boolean {
  const { path } = runtime.document.file;
  const folder = folderOf(path);
  const services = manifestsNear(folder, 'InferenceService', context).filter(
    (file) => file.path !== path && file.text.includes(runtime.name),
  );
  if (services.length === 0 || runtimeElsewhere(runtime.name, folder, context)?.document.file.path !== path)
    return false;
  return services.some((file) => {
    const yaml = readYaml(file);
    const documents = 'documents' in yaml ? yaml.documents.slice(0, MAX_DOCUMENTS).flatMap(withInner) : [];
    return documents.some((document) => {
      if (textOf(at(document, 'kind')) !== 'InferenceService') return false;
      const { name, predictor, model } = serviceOf(document);
      if (!predictor || !model || textOf(at(model, 'runtime')) !== runtime.name) return false;
      const service: Service = { name, predictor, model, runtime };
      return launchOfService(service, format, configMapsOf(documents), context) !== null;
    });
  });
}

function presetFor(name: string, presets: readonly Preset[], { file }: YamlValue, context: FormatContext) {
  return presets.find((one) => one.name === name) ?? presetElsewhere(name, folderOf(file.path), context);
}

function noted(deployment: Deployment, runtime: Runtime, { engines }: FormatContext): Deployment {
  const engine = engines.find(({ id }) => id === deployment.engine.id);
  const [note] = engine ? notedVersion(runtime, engine) : [];
  if (!note || deployment.engine.version !== null) return deployment;
  const { version, text, place } = note.statement;
  return { ...deployment, engine: { ...deployment.engine, version, versionSource: text, versionPlace: place } };
}

function withInner(document: YamlValue): YamlValue[] {
  return [document, ...itemsOf(at(document, 'items')), ...itemsOf(at(document, 'objects'))];
}

/** The runtime that a model names, or the only one that serves its format. */
function runtimeFor(model: YamlValue, runtimes: readonly Runtime[]): Runtime | null {
  const named = textOf(at(model, 'runtime'));
  if (named !== null) return runtimes.find(({ name }) => name === named) ?? null;
  const format = textOf(at(model, 'modelFormat', 'name'));
  const serving = runtimes.filter((runtime) => format !== null && formatsOf(runtime).includes(format));
  return serving.length === 1 ? (serving[0] ?? null) : null;
}

/** The runtime that a model names, in another file of the repository. */
function runtimeNear(model: YamlValue, context: FormatContext): Runtime | null {
  const named = textOf(at(model, 'runtime'));
  return named === null ? null : runtimeElsewhere(named, folderOf(model.file.path), context);
}

/** `predictor.huggingface`, the form before `predictor.model`. */
function legacyModel(predictor: YamlValue | null): YamlValue | null {
  const found = entriesIn(predictor).find(({ key }) => key === 'huggingface')?.value;
  if (found?.kind !== 'mapping') return null;
  return found.entries.some(({ key }) => key === 'args' || key === 'storageUri') ? found : null;
}
