import { readEmbeddedYaml } from '../../syntax/embedded-yaml.ts';
import { at, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { launchesOfValues } from '../helm-values/index.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { merged } from '../kustomize/merge.ts';
import { cannotRead } from '../unsupported.ts';

type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

const MAX_SOURCES = 20;
const MAX_PARAMETERS = 500;

/** Characters that are read for the values inside all documents of one file: each block is read with its file around it. */
const MAX_READ = 4_000_000;
const FEWEST = 20;

/** Launches that the values inside Argo CD applications, Flux releases and k3s charts make. */
export function launchesOfReleases(all: readonly YamlValue[], format: string, context: FormatContext): Extraction {
  const documents = all.filter(speaksOfEngines);
  const [first] = documents;
  const most = Math.max(FEWEST, Math.floor(MAX_READ / Math.max(1, first?.file.text.length ?? 1)));
  const values = documents.slice(0, most).flatMap(valuesIn);
  const found = values.map((one) => launchesOfValues(one, format, context));
  const left = documents[most];
  const reason = `The file holds more than ${most} releases; those from here on are not read.`;
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: [
      ...found.flatMap((one) => one.unsupported),
      ...(left ? [cannotRead(reason, 'Split the file.', 'release', format, anchorOf(left))] : []),
    ],
  };
}

/** A word of any engine, chart or argument, so that other applications cost nothing. */
const ENGINE_WORD =
  /vllm|sglang|llm-d|kubeai|ollama|llama|\bnim\b|text-generation|maxModelLen|gpuMemoryUtilization|modelSpec|modelArtifacts/i;

function speaksOfEngines({ node, file }: YamlValue): boolean {
  const [start, end] = node.range ?? [0, 0];
  return ENGINE_WORD.test(file.text.slice(start, end));
}

/** The values that a document hands to its charts; what is set by name goes over what is written as YAML. */
function valuesIn(document: YamlValue): YamlValue[] {
  const kind = textOf(at(document, 'kind'));
  const spec = at(document, 'spec');
  if (kind === 'HelmRelease') return [at(spec, 'values')].flatMap((one) => one ?? []);
  if (kind === 'HelmChart' || kind === 'HelmChartConfig') return embedded(at(spec, 'valuesContent'));
  const app = kind === 'ApplicationSet' ? at(spec, 'template', 'spec') : spec;
  const sources = [at(app, 'source'), ...itemsOf(at(app, 'sources'))].slice(0, MAX_SOURCES);
  return sources.flatMap((source) => {
    const helm = at(source, 'helm');
    const written = [...embedded(at(helm, 'values')), at(helm, 'valuesObject')].flatMap((one) => one ?? []);
    const layers = [...written, fromParameters(itemsOf(at(helm, 'parameters')))].flatMap((one) => one ?? []);
    const [first, ...others] = layers;
    if (!first) return [];
    return [others.reduce((base, layer) => merged(base, layer) ?? base, first)];
  });
}

function embedded(value: YamlValue | null): YamlValue[] {
  const yaml = readEmbeddedYaml(value);
  return yaml === null || 'reason' in yaml ? [] : yaml.documents.slice(0, 1);
}

/** `name: image.tag, value: v0.11.0` as the values that it stands for. Names with an index are left alone. */
function fromParameters(parameters: readonly YamlValue[]): Mapping | null {
  let values: Mapping | null = null;
  for (const parameter of parameters.slice(0, MAX_PARAMETERS)) {
    const path = (textOf(at(parameter, 'name')) ?? '').split('.');
    const own = parameter.kind === 'mapping' ? parameter.entries.find(({ key }) => key === 'value') : undefined;
    if (parameter.kind !== 'mapping' || !own || path.length > 8 || path.some((key) => !/^[\w-]{1,80}$/.test(key)))
      continue;
    const layer = nested(path, own, parameter);
    const over: YamlValue | null = values ? merged(values, layer) : layer;
    if (over?.kind === 'mapping') values = over;
  }
  return values;
}

function nested([key = '', ...rest]: readonly string[], own: YamlEntry, holder: Mapping): Mapping {
  const value: YamlValue = rest.length === 0 ? own.value : nested(rest, own, holder);
  return { ...holder, entries: [{ ...own, key, value }] };
}
