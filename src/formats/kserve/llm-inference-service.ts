import type { Located } from '../../deployment.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Engine } from '../../engines/engine.ts';
import { scopeOf, wordsOf } from '../container.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { anchorOf, startsOfContainer } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { type Launched, launchOf, startsIn } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';
import type { Built } from './presets.ts';
import { table } from '../../table.ts';

/** `spec.parallelism` in vLLM's words (kserve config/llmisvc templates). */
const PARALLELISM: Readonly<Record<string, string>> = table({
  tensor: 'tensor_parallel_size',
  pipeline: 'pipeline_parallel_size',
  data: 'data_parallel_size',
  dataLocal: 'data_parallel_size_local',
  expert: 'enable_expert_parallel',
});
/** The variable whose words KServe's start script puts behind its own. */
const MORE_ARGUMENTS = 'VLLM_ADDITIONAL_ARGS';

export interface Service extends Built {
  readonly document: YamlValue;
}

/** The engines of an LLMInferenceService: the one that answers, and the one that prefills where there is one. */
export function launchesOfLlmService(
  service: Service,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const { document, spec } = service;
  const name = textOf(at(document, 'metadata', 'name')) ?? 'LLMInferenceService';
  const prefill = at(spec, 'prefill');
  const roles = [spec, prefill].flatMap((role) => (role?.kind === 'mapping' ? [role] : []));
  const found = roles.map((role) => {
    const called = role === prefill ? `${name} (prefill)` : name;
    return launchOfRole({ service, role, name: called, format }, configMaps, context);
  });
  return {
    deployments: found.flatMap((one) => (one && 'deployment' in one ? [one.deployment] : [])),
    unsupported: found.flatMap((one) => (one && 'unsupported' in one ? [one.unsupported] : [])),
  };
}

interface Role {
  readonly service: Service;
  readonly role: Extract<YamlValue, { kind: 'mapping' }>;
  readonly name: string;
  readonly format: string;
}

function launchOfRole({ service, role, name, format }: Role, configMaps: ConfigMaps, context: FormatContext) {
  const { document, spec, presets, open } = service;
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  const modelSpec = at(spec, 'model');
  const model = modelAt(at(modelSpec, 'uri')) ?? modelAt(at(modelSpec, 'name'));
  // A document without a model is a preset that services build upon.
  if (!engine || model === null) return null;
  const template = at(role, 'template');
  const container = mainContainer(template);
  const worker = mainContainer(at(role, 'worker'));
  const nodes = nodesOf(role, worker !== null);
  const gpus = gpusOf(container ?? role, template ?? role, nodes);
  const claimed = claimedGpus(document);
  const gpuRequest = {
    ...gpus.gpuRequest,
    name: gpus.gpuRequest.name ?? claimed.name ?? labelledGpu(document),
    count: gpus.gpuRequest.count ?? claimed.count,
  };
  const command = container && at(container, 'command');
  if (container && command) {
    const pod = { name, spec: template ?? role, nodes };
    const started = startsOfContainer(pod, container, format, configMaps, context)
      .map((start) => launchOf({ ...start, gpuRequest }, context))
      .find((one) => one !== null);
    if (started) return onMount(started, model);
  }
  const environment = container ? environmentOf(container, configMaps) : new Map<string, Word>();
  const image = container && at(container, 'image');
  // llm-d's simulator answers in the place of an engine.
  if (textOf(image)?.includes('inference-sim') === true) return null;
  const device = gpus.device === null ? {} : { device: gpus.device };
  const deployment = wrappedDeployment(
    {
      file: document.file.path,
      format,
      name,
      anchor: anchorIn(service, name.endsWith('(prefill)') ? 'prefill' : 'model'),
      engine,
      image: image?.kind === 'scalar' ? { value: image.text.text, place: placeOfMapped(image.text) } : null,
      environment,
      gpuRequest,
      ...device,
      model,
      open: [...gpus.open, ...open],
      parts: partsOf(role, container, worker, environment, configMaps, engine).flatMap((part) =>
        presets.length > 0 ? (keptTogether(part) ?? []) : [part],
      ),
    },
    context,
  );
  return { deployment };
}

/** Where KServe puts the model of a service (constants.DefaultModelLocalMountPath); a command names nothing else of it. */
const MOUNT = /^\/mnt\/models\/?$/;

/** A launch of what stands on the mount, with the model that the service puts there. */
function onMount(launched: Launched, model: Word): Launched {
  if ('unsupported' in launched || !MOUNT.test(launched.deployment.model?.value ?? '') || model.unresolved !== null)
    return launched;
  const named = { value: model.text.text, place: placeOfMapped(model.text) };
  return { deployment: { ...launched.deployment, model: named } };
}

function anchorIn({ document, spec }: Service, key: string): MappedText {
  return anchorOf(at(document, 'spec', key) ?? at(document, 'spec') ?? at(spec, key) ?? document);
}

/** A part of a service that builds upon presets: what both write is changed where it stands, and nothing is put beside it. */
function keptTogether(part: Part): Part | null {
  if (part.kind === 'new-list') return null;
  return part.kind === 'settings' ? { ...part, mapping: null } : part;
}

function mainContainer(template: YamlValue | null): YamlValue | null {
  const containers = itemsOf(at(template, 'containers'));
  return containers.find((one) => textOf(at(one, 'name')) === 'main') ?? null;
}

function partsOf(
  role: Role['role'],
  container: YamlValue | null,
  worker: YamlValue | null,
  environment: ReadonlyMap<string, Word>,
  configMaps: ConfigMaps,
  engine: Engine,
): Part[] {
  const parallelism = at(role, 'parallelism');
  const settings = entriesIn(parallelism).flatMap((entry) => {
    const name = PARALLELISM[entry.key];
    return name === undefined ? [] : [{ name, entry }];
  });
  const parts: Part[] = [];
  if (parallelism?.kind === 'mapping') {
    const keyOf = (name: string): string | null =>
      Object.entries(PARALLELISM).find(([, own]) => own === name)?.[0] ?? null;
    parts.push({ kind: 'settings', settings, mapping: parallelism, keyOf });
  }
  const more = additional(environment);
  const again = worker ? additional(environmentOf(worker, configMaps)) : [];
  if (more.length > 0) {
    parts.push({
      kind: 'words',
      words: more,
      sequence: null,
      takesMore: true,
      twins: again.length > 0 ? [again] : [],
    });
  }
  const args = container && at(container, 'args');
  if (args && at(container, 'command') === null) {
    const sequence = args.kind === 'sequence' ? args : null;
    parts.push(
      commandIn(args, environment, engine) ?? {
        kind: 'words',
        words: wordsOf(args, environment),
        sequence,
        takesMore: more.length === 0,
      },
    );
  } else if (container?.kind === 'mapping' && more.length === 0) {
    parts.push({ kind: 'new-list', mapping: container, key: 'args' });
  }
  return parts;
}

/** A whole command as the only argument, which KServe's start script gives to a shell (kserve config/llmisvc). */
function commandIn(args: YamlValue, environment: ReadonlyMap<string, Word>, engine: Engine): Part | null {
  const [only, ...more] = itemsOf(args);
  if (only?.kind !== 'scalar' || more.length > 0 || !/\s/.test(only.text.text)) return null;
  for (const { words } of startsIn(only.text, scopeOf(environment))) {
    const found = engine.recognise(words);
    if (found) return { kind: 'words', words, ...found, sequence: null, takesMore: true };
  }
  return null;
}

function additional(environment: ReadonlyMap<string, Word>): readonly Word[] {
  const word = environment.get(MORE_ARGUMENTS);
  if (!word) return [];
  if (word.unresolved !== null) return [word];
  const { text } = word;
  return [...text.text.matchAll(/'[^']*'|"[^"]*"|\S+/g)].map((found) => {
    const quoted = /^(['"]).*\1$/s.test(found[0]) ? 1 : 0;
    const [start, end] = [found.index + quoted, found.index + found[0].length - quoted];
    return { text: sliceMapped(text, start, end), unresolved: null };
  });
}

/** Pods of one replica: the data-parallel ranks over those of one pod, else the pipeline's stages, where there are workers. */
function nodesOf(role: YamlValue, hasWorker: boolean): number {
  const size = (key: string): number => {
    const value = Number(textOf(at(role, 'parallelism', key)) ?? 1);
    return Number.isInteger(value) && value >= 1 && value <= 10_000 ? value : 1;
  };
  if (!hasWorker) return 1;
  const local = size('dataLocal');
  return Math.max(1, Math.ceil(size('data') / local), size('pipeline'));
}

/** The label by which llm-d's autoscaler knows the GPU (llm-d workload-variant-autoscaler, docs). */
function labelledGpu(document: YamlValue): Located<string> | null {
  const label = at(document, 'metadata', 'labels', 'inference.optimization/acceleratorName');
  return label?.kind === 'scalar' && label.value !== null
    ? { value: label.text.text, place: placeOfMapped(label.text) }
    : null;
}

/** Devices that a service claims by annotation (KServe's experimental dynamic resource allocation). */
function claimedGpus(document: YamlValue): { name: Located<string> | null; count: Located<number> | null } {
  const annotations = at(document, 'metadata', 'annotations');
  const count = at(annotations, 'serving.kserve.io/exp-dra-device-count');
  const selector = at(annotations, 'serving.kserve.io/exp-dra-cel-selector');
  const devices = Number(textOf(count));
  const found =
    selector?.kind === 'scalar'
      ? /\[['"](?:type|productName|model)['"]\]\s*==\s*['"]([^'"\n]{1,80})['"]/.exec(selector.text.text)
      : null;
  const named = found?.[1];
  const start = found && named !== undefined ? found.index + found[0].length - named.length - 1 : 0;
  return {
    name:
      selector?.kind === 'scalar' && named !== undefined
        ? { value: named, place: placeOfMapped(sliceMapped(selector.text, start, start + named.length)) }
        : null,
    count:
      count?.kind === 'scalar' && Number.isInteger(devices) && devices >= 1
        ? { value: devices, place: placeOfMapped(count.text) }
        : null,
  };
}
