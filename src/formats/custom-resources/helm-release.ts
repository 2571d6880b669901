import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { laidOver, withSet } from '../helm-values/set-values.ts';
import { launchesOfValues } from '../helm-values/index.ts';
import type { ConfigMaps } from '../kubernetes/environment.ts';
import { kustomizationIn } from '../kustomize/overlay.ts';
import { folderOf, pathIn } from '../../paths.ts';
import { applicationsOf } from './application-set.ts';
import { cannotRead } from '../unsupported.ts';
import { withPlacesHere } from './places-here.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

const MAX_SOURCES = 20;
const MAX_PARAMETERS = 500;
const MAX_FILES = 20;
/** Releases of one file that are read. */
const MAX_RELEASES = 200;

/** Launches that the values inside Argo CD applications, Flux releases and k3s charts make. */
export function launchesOfReleases(
  all: readonly YamlValue[],
  format: string,
  maps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const documents = all.filter(speaksOfEngines).flatMap(applicationsOf);
  const found = firstOf(documents, MAX_RELEASES, 'releases', placeOfValue).flatMap((document) => {
    const values = valuesIn(document, maps, context);
    if (values.length === 0) return valuesElsewhere(document, format, context);
    return values.map((one) => withPlacesHere(launchesOfValues(one, format, context), document.file.path));
  });
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: found.flatMap((one) => one.unsupported),
  };
}

/** A word of any engine, chart or argument, so that other applications cost nothing. */
const ENGINE_WORD =
  /vllm|sglang|llm-d|kubeai|ollama|llama|\bnim\b|text-generation|maxModelLen|gpuMemoryUtilization|modelSpec|modelArtifacts/i;

function speaksOfEngines({ node, file }: YamlValue): boolean {
  const [start, end] = node.range ?? [0, 0];
  return ENGINE_WORD.test(file.text.slice(start, end));
}

/** Charts that start an engine, whatever their values are. */
const ENGINE_CHART =
  /^(?:vllm(?:-stack)?|llm-d-modelservice|nim-llm|ollama|sglang|llama-?cpp(?:-server)?|text-generation-inference|tgi|vllm-production-stack)$/;

/** A release of an engine's chart all of whose values are in files or maps that nobody has here: said aloud. */
function valuesElsewhere(document: YamlValue, format: string, context: FormatContext): Extraction[] {
  const spec = at(document, 'spec');
  const name = textOf(at(document, 'metadata', 'name')) ?? 'release';
  const isFlux = textOf(at(document, 'kind')) === 'HelmRelease';
  const sources = [at(spec, 'source'), ...itemsOf(at(spec, 'sources'))];
  const releases = isFlux
    ? [
        {
          chart: at(spec, 'chart', 'spec', 'chart'),
          from: itemsOf(at(spec, 'valuesFrom')).map((one) => at(one, 'name')),
        },
      ]
    : sources.slice(0, MAX_SOURCES).map((source) => ({
        chart: at(source, 'chart'),
        from: fromFiles(source, context).length > 0 ? [] : itemsOf(at(source, 'helm', 'valueFiles')),
      }));
  return releases.flatMap(({ chart, from }) => {
    const [first] = from;
    if (chart?.kind !== 'scalar' || !ENGINE_CHART.test(chart.text.text) || first?.kind !== 'scalar') return [];
    if (isFlux && isGenerated(first.text.text, document, context)) return [];
    const reason = `The values of its chart ${chart.text.text} are in ${first.text.text.slice(0, 200)}, which is not in the repository.`;
    const remedy = 'Check the file that holds these values where it is kept.';
    return [{ deployments: [], unsupported: [cannotRead(reason, remedy, name, format, first.text)] }];
  });
}

/** Whether the kustomization beside a release makes a map, from a file of values that is read by itself. */
function isGenerated(name: string, { file }: YamlValue, context: FormatContext): boolean {
  const kustomization = kustomizationIn(folderOf(file.path), context);
  return kustomization?.text.includes(name) === true;
}

/** The values that a document hands to its charts: files first, what is written as YAML over them, what is set by name last. */
function valuesIn(document: YamlValue, maps: ConfigMaps, context: FormatContext): YamlValue[] {
  const kind = textOf(at(document, 'kind'));
  const spec = at(document, 'spec');
  if (kind === 'HelmRelease') {
    const given = itemsOf(at(spec, 'valuesFrom')).flatMap((source) => fromMap(source, maps));
    return together([...given, at(spec, 'values')], []);
  }
  if (kind === 'HelmChart' || kind === 'HelmChartConfig') {
    const set = at(spec, 'set');
    const parameters = set?.kind === 'mapping' ? set.entries.map((own) => ({ name: own.key, own })) : [];
    return together(embedded(at(spec, 'valuesContent')), parameters);
  }
  const sources = firstOf(
    [at(spec, 'source'), ...itemsOf(at(spec, 'sources'))],
    MAX_SOURCES,
    'sources of an application',
  );
  return sources.flatMap((source) => {
    const helm = at(source, 'helm');
    const written = [...embedded(at(helm, 'values')), at(helm, 'valuesObject')];
    const parameters = parametersOf(itemsOf(at(helm, 'parameters')));
    // What only points elsewhere is read there.
    if (written.every((one) => one === null) && parameters.length === 0) return [];
    return together([...fromFiles(source, context), ...written], parameters);
  });
}

/** Layers of values in their order as one, with what is set by name over them. */
function together(layers: readonly (YamlValue | null)[], parameters: readonly Parameter[]): YamlValue[] {
  let values: YamlValue | null = null;
  for (const layer of layers) if (layer !== null) values = laidOver(values, layer);
  for (const { name, own } of parameters) values = withSet(values, name, own) ?? values;
  return values === null ? [] : [values];
}

function embedded(value: YamlValue | null): YamlValue[] {
  if (value?.kind !== 'scalar' || value.value === null) return [];
  const yaml = readYamlIn(value.text);
  return 'reason' in yaml ? [] : yaml.documents.slice(0, 1);
}

/** Values in a ConfigMap of the same file (Flux: `valuesKey` is `values.yaml` unless it is said). */
function fromMap(source: YamlValue, maps: ConfigMaps): YamlValue[] {
  const name = textOf(at(source, 'name'));
  if (textOf(at(source, 'kind')) !== 'ConfigMap' || name === null) return [];
  return embedded(at(maps.get(name) ?? null, textOf(at(source, 'valuesKey')) ?? 'values.yaml'));
}

/** Files of values in the same repository: beside the chart, or `$ref/…` from the root of a repository that a source refers to. */
function fromFiles(source: YamlValue | null, context: FormatContext): YamlValue[] {
  const folder = textOf(at(source, 'path'));
  const written = itemsOf(at(source, 'helm', 'valueFiles')).flatMap((item) => textOf(item) ?? []);
  // A chart brings values of its own.
  const files = ['values.yaml', ...written.filter((named) => named !== 'values.yaml')];
  return firstOf(files, MAX_FILES, 'files of values').flatMap((named) => {
    const path = named.startsWith('$')
      ? pathIn('', named.slice(named.indexOf('/') + 1))
      : folder === null
        ? null
        : pathIn(folder, named);
    const file = path === null || /^https?:/.test(named) ? null : context.read(path);
    const yaml = file && readYaml(file);
    return yaml && 'documents' in yaml ? yaml.documents.slice(0, 1) : [];
  });
}

interface Parameter {
  readonly name: string;
  readonly own: Extract<YamlValue, { kind: 'mapping' }>['entries'][number];
}

/** `name: image.tag, value: v0.11.0`. */
function parametersOf(items: readonly YamlValue[]): Parameter[] {
  return firstOf(items, MAX_PARAMETERS, 'parameters of a release', placeOfValue).flatMap((item) => {
    const name = textOf(at(item, 'name'));
    const own = item.kind === 'mapping' ? item.entries.find(({ key }) => key === 'value') : undefined;
    return name === null || !own ? [] : [{ name, own }];
  });
}
