import type { Unsupported } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { imageAt } from '../image.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { podsOf } from '../kubernetes/pods.ts';
import { cannotRead } from '../unsupported.ts';
import { entriesBelow, type Mapping } from '../helm-values/units.ts';
import { modelIn } from '../helm-values/model-key.ts';
import type { Word } from '../../syntax/word.ts';

/** A resource of any operator that speaks of an engine and its model itself, beside or without the pods that it makes. */
export interface EngineResource {
  readonly spec: Mapping;
  readonly engine: Engine;
  /** What names the engine: a word, a section of its settings; null where only the image does. */
  readonly section: YamlValue | null;
  readonly model: Word;
  /** The container that the engine runs in, as far as the resource says something of one, and its pod. */
  readonly container: YamlValue | null;
  readonly pod: YamlValue | null;
}

/** Names of engines that are not their ids. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['trtllm', 'tensorrtllm'],
  ['tensorrt', 'tensorrtllm'],
  ['textgenerationinference', 'tgi'],
]);
/** Keys of a `spec` whose value is an engine's name, or a section that has it. */
const NAMING = ['engine', 'runtime'];
/** What may follow an engine's name where a section of its settings is called after it. */
const OF_AN_ENGINE =
  /(?:engine|server)?(?:args|arguments|config|configuration|options|params|parameters|settings|spec)?$/;

/** Kinds that hold other people's configs, or describe them. */
const NO_LAUNCH =
  /^(?:CustomResourceDefinition|Application|ApplicationSet|HelmRelease|HelmChart|ConfigMap|Secret|Kustomization|Component|List)$/;

/** Whether a document is a resource of an operator that has its own words; an `InferenceService` may be anyone's. */
export function isOfOperator(document: YamlValue): boolean {
  const group = textOf(at(document, 'apiVersion')) ?? '';
  return (
    /^(?!llm-d\.ai\/|serving\.kserve\.io\/)[\w-]+(?:\.[\w-]+)+\/v\d/.test(group) &&
    !/\.k8s\.io\//.test(group) &&
    !NO_LAUNCH.test(textOf(at(document, 'kind')) ?? '')
  );
}

/**
 * What a resource says of an engine and its model in its own words (`engine: vllm`, `runtime: sglang`, a section `vllmConfig`,
 * or an engine's image beside a `model`); null for one that leaves all of it to the command of its container.
 */
export function engineResourceOf(
  document: YamlValue,
  documents: readonly YamlValue[],
  engines: readonly Engine[],
): EngineResource | null {
  const spec = at(document, 'spec');
  if (spec?.kind !== 'mapping' || !isOfOperator(document)) return null;
  const named = namedIn(spec, engines);
  const pods = podsOf(document).flatMap(({ spec: pod }) =>
    itemsOf(at(pod, 'containers')).map((container) => ({ pod, container })),
  );
  const hasImage = ({ container }: { container: YamlValue }): boolean =>
    engines.some(({ ownsImage }) => ownsImage(imageAt(at(container, 'image'))?.value ?? ''));
  const found = pods.find(hasImage) ?? (named && pods.length === 1 ? pods[0] : undefined) ?? null;
  const image = imageAt(at(found?.container ?? null, 'image'))?.value ?? '';
  const engine = named?.engine ?? engines.find(({ ownsImage }) => ownsImage(image));
  // Beside pods it is the resource's own `model` that counts; what stands deeper may be anyone's.
  const entries = named ? entriesBelow(spec) : spec.entries.filter(({ key }) => /^model/i.test(key));
  const model = modelIn(entries.filter(({ key }) => !/^served/i.test(key)));
  if (!engine || model === null) return null;
  // A container with a command of its own says all of it there.
  if (found && (at(found.container, 'command') !== null || tellsModel(found.container, engine))) return null;
  const pod = found?.pod ?? null;
  const container = found?.container ?? null;
  return { spec, engine, section: named?.section ?? null, model: referred(model, document, documents), container, pod };
}

function namedIn(
  spec: Mapping,
  engines: readonly Engine[],
): { readonly engine: Engine; readonly section: YamlValue } | null {
  for (const key of NAMING) {
    const section = at(spec, key);
    const engine = section && engineNamed(section, engines);
    if (section && engine) return { engine, section };
  }
  for (const { key, value } of spec.entries) {
    if (value.kind !== 'mapping') continue;
    const engine = engineCalled(plain(key).replace(OF_AN_ENGINE, ''), engines);
    if (engine) return { engine, section: value };
  }
  return null;
}

function engineNamed(section: YamlValue, engines: readonly Engine[]): Engine | null {
  const written =
    textOf(section) ?? ['type', 'name', 'kind'].map((key) => textOf(at(section, key))).find(Boolean) ?? '';
  return engineCalled(plain(written), engines);
}

function plain(name: string): string {
  return name
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

function engineCalled(name: string, engines: readonly Engine[]): Engine | null {
  const id = ALIASES.get(name) ?? name;
  return engines.find((engine) => engine.id.replace(/[^a-z]/g, '') === id) ?? null;
}

function tellsModel(container: YamlValue, engine: Engine): boolean {
  return itemsOf(at(container, 'args')).some((item) => {
    const [, option] = /^--?([\w-]{1,60})/.exec(textOf(item) ?? '') ?? [];
    return (
      option !== undefined &&
      /^(?:model|model[-_](?:path|id)|m|hf(?:-repo)?)$/.test(option) &&
      engine.knowsArgument(option)
    );
  });
}

/** The model of the document that a bare name stands for: another resource of the same operator (`model: { name: qwen }`). */
function referred(model: Word, document: YamlValue, documents: readonly YamlValue[]): Word {
  const name = model.text.text;
  const group = (textOf(at(document, 'apiVersion')) ?? '').split('/')[0];
  if (name.includes('/') || group === '') return model;
  const other = documents.find(
    (one) =>
      one !== document &&
      (textOf(at(one, 'apiVersion')) ?? '').split('/')[0] === group &&
      textOf(at(one, 'metadata', 'name')) === name &&
      /model/i.test(textOf(at(one, 'kind')) ?? ''),
  );
  const spec = at(other ?? null, 'spec');
  return (spec?.kind === 'mapping' ? modelIn(entriesBelow(spec)) : null) ?? model;
}

/** Kinds of resources that serve a model. */
const SERVES = /model|llm|inference|serving/i;
/** A model with its owner. */
const OWNED = /^(?:hf:\/\/)?[\w.-]+\/[\w.-]+$/;

/** A resource that serves a model on GPUs with a container whose image the operator brings: which engine, only that knows. */
export function engineOfOperator(document: YamlValue, format: string): Unsupported | null {
  const kind = textOf(at(document, 'kind')) ?? '';
  const model = at(document, 'spec', 'model');
  if (model?.kind !== 'scalar' || !OWNED.test(model.text.text) || !SERVES.test(kind)) return null;
  const pods = podsOf(document);
  const isBare = ({ spec }: { spec: YamlValue }): boolean =>
    itemsOf(at(spec, 'containers')).some(
      (one) =>
        at(one, 'image') === null && at(one, 'command') === null && gpusOf(one, spec, 1).gpuRequest.count !== null,
    );
  if (!pods.some(isBare)) return null;
  const name = textOf(at(document, 'metadata', 'name')) ?? kind;
  const reason = `${kind.slice(0, 60)} leaves the engine and its image to its operator, which Headroom does not know.`;
  const remedy = 'Write the image into the container, or check the launch by hand.';
  return cannotRead(reason, remedy, name, format, model.text);
}
