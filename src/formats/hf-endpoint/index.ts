import type { Deployment, GpuRequest, Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, readYaml, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { argumentsIn } from '../embedded/keys.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { extractionOf, type Launched } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { notModelled } from '../unsupported.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';
import { table } from '../../table.ts';

/** Hugging Face Inference Endpoints: what their API is sent, and what evaluation tools start one with. */
export const hfEndpoint: Format = {
  id: 'hf-endpoint',
  title: 'Hugging Face Inference Endpoints',
  detect: ({ text }) => /\binstance_?type["']?\s*:/i.test(text) && /\binstance_?size["']?\s*:/i.test(text),
  extract,
  edit: editDeployment,
};

/** The containers that an endpoint may have (Inference Endpoints API, `model.image`), and an image of the engine in each. */
const CONTAINERS: Readonly<Record<string, readonly [title: string, image: string]>> = table({
  tgi: ['Text Generation Inference', 'ghcr.io/huggingface/text-generation-inference:latest'],
  vllm: ['vLLM', 'vllm/vllm-openai:latest'],
  sglang: ['SGLang', 'lmsysorg/sglang:latest'],
  llamacpp: ['llama.cpp', 'ghcr.io/ggml-org/llama.cpp:server-cuda'],
});

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const launches = yaml.documents.flatMap((document) => endpointOf(document, file, context) ?? []);
  return launches.length === 0 ? null : extractionOf(launches);
}

interface Endpoint {
  readonly name: string | null;
  readonly model: Word;
  /** Keys of the container, and variables that it gets. */
  readonly settings: YamlValue | null;
  readonly variables: YamlValue | null;
  readonly container: string;
  readonly image: Located<string> | null;
  readonly machine: YamlValue;
}

function endpointOf(document: YamlValue, file: SourceFile, context: FormatContext): Launched | null {
  const endpoint = fromApi(document) ?? fromTool(document);
  if (!endpoint) return null;
  const { name, model, settings, variables, container, image, machine } = endpoint;
  const known = CONTAINERS[container];
  const engine = context.engines.find(({ ownsImage }) => ownsImage(image?.value ?? known?.[1] ?? ''));
  const called = name ?? model.text.text;
  if (!engine) return known ? { unsupported: notModelled(known[0], called, 'hf-endpoint', model.text) } : null;
  const environment = environmentIn(variables);
  const device = deviceOf(textOf(at(machine, 'accelerator')));
  const start = {
    file: file.path,
    format: 'hf-endpoint',
    name: called,
    anchor: anchorOf(document),
    engine,
    image,
    environment,
    gpuRequest: gpusOf(machine),
    ...(device && { device }),
    model,
    parts: partsOf(settings, environment, engine),
  };
  return { deployment: wrappedDeployment(start, context) };
}

/** What `POST /v2/endpoint/{namespace}` takes: `compute`, `model` with its `image`. */
function fromApi(document: YamlValue): Endpoint | null {
  const [machine, described] = [at(document, 'compute'), at(document, 'model')];
  const model = modelAt(at(described, 'repository'));
  const [container] = entriesIn(at(described, 'image'));
  if (!machine || model === null || !container) return null;
  const url = at(container.value, 'url');
  return {
    name: textOf(at(document, 'name')),
    model,
    settings: container.value,
    variables: at(container.value, 'env') ?? at(described, 'env'),
    container: container.key,
    image: imageAt(url),
    machine,
  };
}

/** What evaluation tools take: all of it in one section, and TGI where no image is named. */
function fromTool(document: YamlValue): Endpoint | null {
  const section = at(document, 'model_parameters') ?? at(document, 'model');
  const model = modelAt(at(section, 'model_name') ?? at(section, 'repository'));
  const isEndpoint = ['vendor', 'endpoint_type', 'endpoint_name', 'namespace'].some((key) => at(section, key) !== null);
  if (!section || model === null || !isEndpoint || at(section, 'instance_type') === null) return null;
  return {
    name: textOf(at(section, 'endpoint_name')),
    model,
    settings: section,
    variables: at(section, 'env_vars'),
    container: at(section, 'image_url') && textOf(at(section, 'image_url')) !== null ? 'custom' : 'tgi',
    image: imageAt(at(section, 'image_url')),
    machine: section,
  };
}

function imageAt(value: YamlValue | null): Located<string> | null {
  return value?.kind === 'scalar' && value.value !== null
    ? { value: value.text.text, place: placeOfMapped(value.text) }
    : null;
}

function environmentIn(value: YamlValue | null): Map<string, Word> {
  return new Map(
    entriesIn(value).flatMap(({ key, value: inner }) =>
      inner.kind === 'scalar' && inner.value !== null ? [[key, { text: inner.text, unresolved: null }] as const] : [],
    ),
  );
}

function partsOf(settings: YamlValue | null, environment: ReadonlyMap<string, Word>, engine: Engine): Part[] {
  const parts: Part[] = [];
  if (settings?.kind === 'mapping') {
    const isOwn = ({ key }: YamlEntry): boolean => !/^(?:revision|framework)$/.test(key);
    const named = argumentsIn(settings, engine).filter(({ entry }) => isOwn(entry));
    parts.push({ kind: 'settings', settings: named, mapping: null });
  }
  const values = [...environment].flatMap(([variable, word]) => {
    const name = engine.argumentOfVariable(variable);
    return name === null ? [] : [{ name, word }];
  });
  if (values.length > 0) parts.push({ kind: 'variables', values });
  return parts;
}

/** Types whose name leaves the card open elsewhere (Inference Endpoints docs, pricing: every A100 has 80 GB). */
const SIZED: Readonly<Record<string, string>> = table({ 'nvidia-a100': 'nvidia-a100-80gb' });

/** `instanceType: nvidia-l4`, `instanceSize: x4`. */
function gpusOf(machine: YamlValue): GpuRequest {
  const type = imageAt(at(machine, 'instanceType') ?? at(machine, 'instance_type'));
  const size = at(machine, 'instanceSize') ?? at(machine, 'instance_size');
  const count = Number(/^x(\d{1,3})$/.exec(textOf(size) ?? '')?.[1]);
  return {
    name: type && { ...type, value: SIZED[type.value] ?? type.value },
    count: size?.kind === 'scalar' && count > 0 ? { value: count, place: placeOfMapped(size.text) } : null,
    nodes: 1,
  };
}

function deviceOf(accelerator: string | null): Deployment['device'] | null {
  return accelerator === 'cpu' || accelerator === 'neuron' || accelerator === 'tpu' ? accelerator : null;
}
