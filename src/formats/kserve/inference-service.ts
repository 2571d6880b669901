import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import type { Launched } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { otherEngineOf } from '../other-engines.ts';
import { cannotRead, notModelled } from '../unsupported.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';
import { isHuggingfaceServer, serverWords, TRANSFORMERS, visibleGpus } from './huggingface-server.ts';
import { groupVariables, notedVersion, type Runtime, stagesOf } from './serving-runtime.ts';
import { table } from '../../table.ts';

export interface Service {
  readonly name: string;
  readonly predictor: YamlValue;
  /** `predictor.model`, or what older documents call by the framework. */
  readonly model: YamlValue;
  readonly runtime: Runtime | null;
}

/** Which server answers, KServe's own or an engine by its id; another by its title: the runtime's own container where it is in the file, else what format and runtime are called. */
function serverOf({ model, runtime }: Service, context: FormatContext): string | null {
  const named = textOf(at(model, 'runtime')) ?? '';
  const format = textOf(at(model, 'modelFormat', 'name')) ?? '';
  const image = textOf(at(model, 'image')) ?? textOf(at(runtime?.container ?? null, 'image'));
  const started = [...wordsOf(at(runtime?.container ?? null, 'command'), new Map()), ...argsOf(runtime, new Map())];
  if (isHuggingfaceServer(image)) return 'huggingface';
  const launches = context.engines.find((engine) => engine.recognise(started) || engine.ownsImage(image ?? ''));
  if (launches) return launches.id;
  const other = otherEngineOf(started.map(({ text }) => text.text));
  if (other) return other;
  if (runtime) return null;
  if (/vllm/i.test(named) || /^vllm$/i.test(format)) return 'vllm';
  if (/sglang|\bsrt-/i.test(named)) return 'sglang';
  if (/\btgi\b|text-generation/i.test(named)) return 'tgi';
  if (/nvidia-nim|\bnim-/i.test(`${named} ${format}`)) return 'nim';
  if (/^huggingface$/i.test(format) || /huggingface/i.test(named)) return 'huggingface';
  return null;
}

function argsOf(runtime: Runtime | null, environment: ReadonlyMap<string, Word>): Word[] {
  return wordsOf(at(runtime?.container ?? null, 'args'), environment);
}

/** What an InferenceService with a model launches; null for models that no engine of tokens serves. */
export function launchOfService(
  service: Service,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched | null {
  const { name, predictor, model, runtime } = service;
  const server = serverOf(service, context);
  const anchor = anchorOf(model);
  const said = (engineName: string): Launched => ({ unsupported: notModelled(engineName, name, format, anchor) });
  if (server === null) return hiddenRuntime(service, format);
  // KServe's own server takes vLLM's arguments.
  const engine = context.engines.find(({ id }) => id === (server === 'huggingface' ? 'vllm' : server));
  if (!engine) return said(server);

  const shared = at(runtime?.spec ?? null, 'workerSpec');
  const worker = at(predictor, 'workerSpec');
  const given = new Map([...groupVariables(shared), ...groupVariables(worker)]);
  const inRuntime = runtime?.container ? environmentOf(runtime.container, configMaps, given) : given;
  const environment = new Map([...inRuntime, ...environmentOf(model, configMaps)]);
  const before = argsOf(runtime, environment);
  const command = wordsOf(at(runtime?.container ?? null, 'command'), environment);
  const launch = [...command, ...before];
  const start = engine.recognise(launch)?.argumentsStart ?? command.length;
  const own = wordsOf(at(model, 'args'), environment);
  const list = at(model, 'args');
  const told = serverWords([...launch.slice(start), ...own]);
  if (server === 'huggingface' && told.backend === 'huggingface') {
    return said(TRANSFORMERS);
  }
  const translate = (words: readonly Word[]): { translated?: readonly Word[] } =>
    server === 'huggingface' ? { translated: serverWords(words).words } : {};
  const parts: Part[] = [
    { kind: 'words', words: launch.slice(start), ...translate(launch.slice(start)), sequence: null, takesMore: false },
    {
      kind: 'words',
      words: own,
      ...translate(own),
      sequence: list?.kind === 'sequence' ? list : null,
      takesMore: list !== null,
    },
  ];
  if (list === null && model.kind === 'mapping') parts.push({ kind: 'new-list', mapping: model, key: 'args' });
  for (const one of [worker, shared]) if (one?.kind === 'mapping') parts.unshift(workerPart(one));
  const nodes = at(worker, 'pipelineParallelSize') === null ? stagesOf(shared) : stagesOf(worker);
  const { gpuRequest, device, open } = gpusOfService(service, nodes);
  const image = at(model, 'image') ?? at(runtime?.container ?? null, 'image');
  // A NIM's runtime is made for one model, as its image says; its format is called after that too.
  const formatModel = server === 'nim' && image === null ? modelAt(at(model, 'modelFormat', 'name')) : null;
  const deployment = wrappedDeployment(
    {
      file: model.file.path,
      format,
      name,
      anchor,
      engine,
      image: image?.kind === 'scalar' ? { value: image.text.text, place: placeOfMapped(image.text) } : null,
      installed: runtime ? notedVersion(runtime, engine) : [],
      environment,
      gpuRequest,
      ...(device === null ? {} : { device }),
      model:
        told.model ??
        (server === 'nim' ? formatModel : (modelAt(at(model, 'storageUri')) ?? modelAt(at(model, 'storage', 'path')))),
      parts,
      open,
      overrides: server === 'huggingface' && nodes === 1 ? visibleGpus(gpuRequest.count) : [],
    },
    context,
  );
  return { deployment };
}

/** Formats of models that are no language models'. */
const OTHER_FORMAT =
  /sklearn|xgboost|lightgbm|onnx|tensorflow|pytorch|triton|openvino|paddle|pmml|mlflow|whisper|diffus|stable|embed|rerank|\btei\b|bert|yolo|asr|tts/i;
/** What only a server of language models is told. */
const TOLD =
  /^--(?:max[-_]model[-_]len|tensor[-_]parallel[-_]size|tp(?:[-_]size)?|gpu[-_]memory[-_]utilization|mem[-_]fraction[-_]static|context[-_]length|ctx[-_]size|max[-_]num[-_]seqs|kv[-_]cache[-_]dtype|max[-_]total[-_]tokens)(?:=|$)/;

/** A service on GPUs whose runtime nobody has or knows: said where its model or its arguments are those of a language model. */
function hiddenRuntime(service: Service, format: string): Launched | null {
  const { name, model, runtime } = service;
  const named = textOf(at(model, 'runtime'));
  const called = `${named ?? ''} ${textOf(at(model, 'modelFormat', 'name')) ?? ''}`;
  if (OTHER_FORMAT.test(called) || gpusOfService(service, 1).gpuRequest.count === null) return null;
  const isTold = wordsOf(at(model, 'args'), new Map()).some(({ text }) => TOLD.test(text.text));
  const isOnHub = textOf(at(model, 'storageUri'))?.startsWith('hf://') === true;
  if (!isTold && (runtime !== null || !isOnHub)) return null;
  const reason =
    runtime === null
      ? `Its runtime${named === null ? '' : ` ${named.slice(0, 100)}`} is not in the repository, so its engine is not known.`
      : `Its runtime ${runtime.name.slice(0, 100)} leaves its engine to an image that Headroom does not know.`;
  const remedy = 'Put the ServingRuntime next to the service, or name it after its engine.';
  return { unsupported: cannotRead(reason, remedy, name, format, anchorOf(model)) };
}

/** What the model asks for, else what the runtime's container does: KServe merges the one into the other. */
function gpusOfService({ predictor, model, runtime }: Service, nodes: number): ReturnType<typeof gpusOf> {
  const own = gpusOf(model, predictor, nodes);
  const shared = runtime?.container ? gpusOf(runtime.container, runtime.spec, nodes) : null;
  if (shared === null) return own;
  const { name, count } = own.gpuRequest;
  const named = name === null ? shared.gpuRequest : own.gpuRequest;
  return {
    gpuRequest: { ...named, count: count ?? shared.gpuRequest.count },
    device: count === null ? (own.device ?? shared.device) : own.device,
    open: count === null && own.open.length === 0 ? shared.open : own.open,
  };
}

const WORKER_KEYS: Readonly<Record<string, string>> = table({
  pipelineParallelSize: 'pipeline_parallel_size',
  tensorParallelSize: 'tensor_parallel_size',
});

function workerPart(worker: Extract<YamlValue, { kind: 'mapping' }>): Part {
  const settings = worker.entries.flatMap((entry) => {
    const name = WORKER_KEYS[entry.key];
    return name === undefined ? [] : [{ name, entry }];
  });
  return { kind: 'settings', settings, mapping: null };
}
