import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { genericValues } from '../helm-values/generic.ts';
import { modelservice } from '../helm-values/modelservice.ts';
import { type ConfigMaps, configMapsOf } from '../kubernetes/environment.ts';
import { extractionOf } from '../launch.ts';
import { launchesOfDynamo } from './dynamo.ts';
import { launchesOfEngineResource } from './engine-resource.ts';
import { engineOfOperator, isOfOperator } from './named-engine.ts';
import { launchesOfReleases } from './helm-release.ts';
import { launchesOfHyperpod } from './hyperpod.ts';
import { launchesOfKaito } from './kaito.ts';
import { launchOfKubeaiModel } from './kubeai.ts';
import { launchesOfLlmaz } from './llmaz.ts';
import { launchesOfLlmkube } from './llmkube.ts';
import { launchesOfNim } from './nim-service.ts';
import { launchesOfOme } from './ome.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

const ID = 'custom-resources';

/** Resources of operators that serve models: KubeAI, KAITO, Dynamo, OME, llmaz, LLMKube, and others by their keys. */
export const customResources: Format = {
  id: ID,
  title: 'Custom resources of serving operators',
  sharesFiles: true,
  detect: ({ text }) =>
    /\bapiVersion\b/.test(text) &&
    (GROUPS.test(text) || KEYS.test(text) || (CUSTOM.test(text) && ENGINE.test(text) && /model/i.test(text))),
  extract,
  edit: editDeployment,
};

const GROUPS =
  /apiVersion["']?\s*:\s*["']?(?:kubeai\.org|kaito\.sh|ome\.io|(?:inference\.)?llmaz\.io|inference\.llmkube\.dev|nvidia\.com\/v1|apps\.nvidia\.com|llm-d\.ai|inference\.sagemaker\.aws)|\b(?:argoproj\.io|helm\.toolkit\.fluxcd\.io|helm\.cattle\.io)\//;
const KEYS = /\b(?:gpuMemoryUtilization|maxModelLen|maxNumSeqs|tensorParallelSize)\b/;
/** A group of somebody's own. */
const CUSTOM = /apiVersion["']?\s*:\s*["']?[\w-]+(?:\.[\w-]+)+\//;
/** An engine that a resource may name, or a kind that is made to serve models. */
const ENGINE =
  /vllm|sglang|llama-?\.?cpp|\btgi\b|text-generation|trt-?llm|tensorrt|lmdeploy|ollama|kind["']?\s*:\s*["']?\w{0,40}(?:Model|LLM|Inference)/i;
const MAX_DOCUMENTS = 500;

type Reader = (documents: readonly YamlValue[], maps: ConfigMaps, context: FormatContext) => Extraction;

/** Readers by API group; each gets all documents of its group, for some refer to each other. */
const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^kubeai\.org\//, (documents, _maps, context) => together(documents.map((one) => kubeai(one, context)))],
  [
    /^kaito\.sh\//,
    (documents, maps, context) => together(documents.map((one) => launchesOfKaito(one, ID, maps, context))),
  ],
  [
    /^nvidia\.com\/v1/,
    (documents, maps, context) => together(documents.map((one) => launchesOfDynamo(one, ID, maps, context))),
  ],
  [/^ome\.io\//, (documents, maps, context) => launchesOfOme(documents, ID, maps, context)],
  [/^(?:inference\.)?llmaz\.io\//, (documents, maps, context) => launchesOfLlmaz(documents, ID, maps, context)],
  [/^inference\.llmkube\.dev\//, (documents, maps, context) => launchesOfLlmkube(documents, ID, maps, context)],
  [
    /^inference\.sagemaker\.aws\.amazon\.com\//,
    (documents, maps, context) => extractionOf(documents.flatMap((one) => launchesOfHyperpod(one, ID, maps, context))),
  ],
  // The chart's values, as the resource of the operator that was before it has them.
  [/^llm-d\.ai\//, (documents, _maps, context) => together(documents.map((one) => llmd(one, context)))],
  [
    /^apps\.nvidia\.com\//,
    (documents, maps, context) => extractionOf(documents.flatMap((one) => launchesOfNim(one, ID, maps, context))),
  ],
  [
    /^(?:argoproj\.io|helm\.toolkit\.fluxcd\.io|helm\.cattle\.io)\//,
    (documents, maps, context) => launchesOfReleases(documents, ID, maps, context),
  ],
];

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  return launchesOfResources(yaml.documents, configMapsOf(yaml.documents), context);
}

/** What the operators make of some documents that belong together. */
export function launchesOfResources(all: readonly YamlValue[], maps: ConfigMaps, context: FormatContext): Extraction {
  const documents = firstOf(
    all.flatMap((one) => [one, ...itemsOf(at(one, 'items'))]),
    MAX_DOCUMENTS,
    'documents',
    placeOfValue,
  );
  const groupOf = (document: YamlValue): string => textOf(at(document, 'apiVersion')) ?? '';
  const found = READERS.map(([group, reader]) => {
    const own = documents.filter((document) => group.test(groupOf(document)));
    return own.length === 0 ? together([]) : reader(own, maps, context);
  });
  const others = documents.filter((document) => !READERS.some(([group]) => group.test(groupOf(document))));
  return together([...found, ...others.map((document) => byKeys(document, others, context))]);
}

function together(found: readonly Extraction[]): Extraction {
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: found.flatMap((one) => one.unsupported),
  };
}

function kubeai(document: YamlValue, context: FormatContext): Extraction {
  const spec = at(document, 'spec');
  if (!spec || textOf(at(document, 'kind')) !== 'Model') return together([]);
  const launched = launchOfKubeaiModel(spec, textOf(at(document, 'metadata', 'name')) ?? 'Model', ID, context);
  if (!launched) return together([]);
  return 'deployment' in launched
    ? { deployments: [launched.deployment], unsupported: [] }
    : { deployments: [], unsupported: [launched.unsupported] };
}

function llmd(document: YamlValue, context: FormatContext): Extraction {
  const spec = at(document, 'spec');
  return (spec && modelservice(spec, ID, context)) ?? together([]);
}

/** A resource of another operator whose `spec` speaks of the engine in its own words. */
function byKeys(document: YamlValue, documents: readonly YamlValue[], context: FormatContext): Extraction {
  const spec = at(document, 'spec');
  const kind = textOf(at(document, 'kind')) ?? '';
  if (spec?.kind !== 'mapping' || !isOfOperator(document)) return together([]);
  const named = extractionOf(launchesOfEngineResource(document, documents, ID, context));
  if (named.deployments.length > 0) return named;
  const hidden = engineOfOperator(document, ID);
  if (hidden) return { deployments: [], unsupported: [hidden] };
  if (!KEYS.test(textIn(spec))) return named;
  const name = textOf(at(document, 'metadata', 'name')) ?? kind;
  const found = genericValues(spec, ID, context);
  return { ...found, deployments: found.deployments.map((one) => ({ ...one, name })) };
}

function textIn({ node, file }: Extract<YamlValue, { kind: 'mapping' }>): string {
  return file.text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0);
}
