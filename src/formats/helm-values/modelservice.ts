import type { Deployment, GpuRequest } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { imageAt } from '../image.ts';
import { anchorOf, startsOfContainer } from '../kubernetes/containers.ts';
import { environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { extractionOf, launchOf, type Launched } from '../launch.ts';
import { engineOfName, isFilledIn } from '../named-after.ts';
import { modelAt } from '../model-uri.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import { wholeNumber } from '../whole-number.ts';
import { table } from '../../table.ts';

/** `parallelism` in vLLM's words (llm-d modelservice templates/_helpers.tpl). */
const PARALLELISM: Readonly<Record<string, string>> = table({
  tensor: 'tensor_parallel_size',
  data: 'data_parallel_size',
  dataLocal: 'data_parallel_size_local',
});

/** The pods of the llm-d modelservice chart: `decode` and `prefill` of one model. */
export function modelservice(home: YamlValue, format: string, context: FormatContext): Extraction | null {
  const artifacts = at(home, 'modelArtifacts');
  const roles = ['decode', 'prefill'].flatMap((name) => {
    const role = at(home, name);
    return role?.kind === 'mapping' && textOf(at(role, 'create')) !== 'false' ? [{ name, role }] : [];
  });
  if (!artifacts || (!at(home, 'decode') && !at(home, 'prefill'))) return null;
  const model = modelOf(artifacts);
  const launched = roles.flatMap(({ name, role }) =>
    itemsOf(at(role, 'containers')).flatMap((container) => {
      const title = `${textOf(at(artifacts, 'name')) ?? 'model'} (${name})`;
      return launchOfContainer({ home, role, container, model, title, format }, context) ?? [];
    }),
  );
  return extractionOf(launched);
}

/** The name that vLLM is told, where it is one; else what the address says. */
function modelOf(artifacts: YamlValue): Word | null {
  const name = modelAt(at(artifacts, 'name'));
  const address = modelAt(at(artifacts, 'uri'));
  if (
    name &&
    name.unresolved === null &&
    (address === null || address.unresolved !== null || /\//.test(name.text.text))
  ) {
    return name;
  }
  return address ?? name;
}

interface RoleContainer {
  readonly home: YamlValue;
  readonly role: YamlValue;
  readonly container: YamlValue;
  readonly model: Word | null;
  readonly title: string;
  readonly format: string;
}

function launchOfContainer(
  { home, role, container, model, title, format }: RoleContainer,
  context: FormatContext,
): Launched | null {
  const parallelism = at(role, 'parallelism');
  const nodes = nodesOf(home, parallelism);
  const image = imageAt(at(container, 'image'));
  const asked = gpusOf(container, at(role, 'extraConfig') ?? role, nodes);
  const type = at(home, 'accelerator', 'type');
  const gpuRequest = gpuRequestOf(asked.gpuRequest, parallelism, type);
  const device = asked.device ?? deviceOf(textOf(type));
  const mode = textOf(at(container, 'modelCommand'));
  const engine = engineOf(container, image?.value ?? null, context);
  if (mode === 'custom' || (mode === null && at(container, 'command')) || !engine) {
    const pod = { name: title, spec: role, nodes };
    for (const start of startsOfContainer(pod, container, format, new Map(), context)) {
      const launched = launchOf({ ...start, gpuRequest, ...(device === null ? {} : { device }) }, context);
      if (launched) return launched;
    }
    return null;
  }
  const environment = environmentOf(container, new Map());
  const settings: NamedEntry[] = entriesIn(parallelism).flatMap((entry) => {
    const name = PARALLELISM[entry.key];
    return name === undefined ? [] : [{ name, entry }];
  });
  const args = at(container, 'args');
  const parts: Part[] = [
    { kind: 'settings', settings, mapping: null },
    {
      kind: 'words',
      words: wordsOf(args, environment),
      sequence: args?.kind === 'sequence' ? args : null,
      takesMore: args !== null,
    },
  ];
  if (args === null && container.kind === 'mapping') parts.push({ kind: 'new-list', mapping: container, key: 'args' });
  const deployment: Deployment = wrappedDeployment(
    {
      file: container.file.path,
      format,
      name: title,
      anchor: anchorOf(container),
      engine,
      image,
      environment,
      gpuRequest,
      ...(device === null ? {} : { device }),
      model,
      parts,
    },
    context,
  );
  return { deployment };
}

/** The engine of a container, by its name where a preset elsewhere brings the image. */
function engineOf(container: YamlValue, image: string | null, { engines }: FormatContext): Engine | null {
  if (image !== null && !isFilledIn(image)) return engines.find(({ ownsImage }) => ownsImage(image)) ?? null;
  return engineOfName(textOf(at(container, 'name')) ?? '', engines);
}

/** The chart asks for tensor × local data-parallel GPUs by itself. */
function gpuRequestOf(asked: GpuRequest, parallelism: YamlValue | null, type: YamlValue | null): GpuRequest {
  const tensor = wholeNumber(at(parallelism, 'tensor'));
  const local = wholeNumber(at(parallelism, 'dataLocal'));
  const first = tensor ?? local;
  const count = first && { value: (tensor?.value ?? 1) * (local?.value ?? 1), place: first.place };
  const named = type?.kind === 'scalar' && deviceOf(textOf(type)) !== null;
  return {
    ...asked,
    name: asked.name ?? (named ? { value: type.text.text, place: placeOfMapped(type.text) } : null),
    count: asked.count ?? count,
  };
}

function deviceOf(type: string | null): Deployment['device'] | null {
  if (type === null) return null;
  if (/gaudi|hpu/.test(type)) return 'gaudi';
  if (/tpu/.test(type)) return 'tpu';
  return type === 'cpu' ? 'cpu' : null;
}

/** With `multinode`, pods that share the ranks: given, or data over local. */
function nodesOf(home: YamlValue, parallelism: YamlValue | null): number {
  if (textOf(at(home, 'multinode')) !== 'true') return 1;
  const workers = wholeNumber(at(parallelism, 'workers'))?.value;
  const data = wholeNumber(at(parallelism, 'data'))?.value ?? 1;
  const local = wholeNumber(at(parallelism, 'dataLocal'))?.value ?? data;
  return Math.min(10_000, Math.max(1, workers ?? Math.ceil(data / local)));
}
