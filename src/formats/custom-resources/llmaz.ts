import type { Deployment } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { imageOf } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { extractionOf, launchOf, type Launched } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { notModelled } from '../unsupported.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';
import { table } from '../../table.ts';

const BACKENDS: Readonly<Record<string, string>> = table({
  llamacpp: 'llama.cpp',
  ollama: 'Ollama',
});

/** llmaz's documents of one file: playgrounds with their models, and backend runtimes. */
export function launchesOfLlmaz(
  documents: readonly YamlValue[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const kindOf = (document: YamlValue): string | null => textOf(at(document, 'kind'));
  const models = documents.filter((one) => kindOf(one) === 'OpenModel' || kindOf(one) === 'Model');
  const launched = documents.flatMap((document): Launched[] => {
    if (kindOf(document) === 'BackendRuntime') return launchesOfRuntime(document, format, configMaps, context);
    if (kindOf(document) !== 'Playground') return [];
    const one = launchOfPlayground(document, models, format, configMaps, context);
    return one ? [one] : [];
  });
  return extractionOf(launched);
}

/** A runtime's recommended configs, each a set of arguments behind its command. */
function launchesOfRuntime(
  document: YamlValue,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched[] {
  const spec = at(document, 'spec');
  if (!spec) return [];
  const name = textOf(at(document, 'metadata', 'name')) ?? 'BackendRuntime';
  const environment = environmentOf(spec, configMaps);
  const command = wordsOf(at(spec, 'command'), environment);
  return itemsOf(at(spec, 'recommendedConfigs')).flatMap((config): Launched[] => {
    const args = at(config, 'args');
    const { gpuRequest, device } = gpusOf(config, spec, 1);
    const launched = launchOf(
      {
        format,
        name: `${name}/${textOf(at(config, 'name')) ?? 'default'}`,
        words: [...command, ...wordsOf(args, environment)],
        hasCommand: command.length > 0,
        image: imageOf(at(spec, 'image'), at(spec, 'version')),
        environment,
        gpuRequest,
        sequence: args?.kind === 'sequence' ? args : null,
        anchor: anchorOf(config),
        ...(device === null ? {} : { device }),
      },
      context,
    );
    if (launched === null) return [];
    return 'deployment' in launched ? [{ deployment: atArguments(launched.deployment, config) }] : [launched];
  });
}

/** Configs share their command; each stands where its own arguments do. */
function atArguments(deployment: Deployment, config: YamlValue): Deployment {
  return { ...deployment, line: placeOfMapped(anchorOf(config)).line };
}

function launchOfPlayground(
  document: YamlValue,
  models: readonly YamlValue[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched | null {
  const name = textOf(at(document, 'metadata', 'name')) ?? 'Playground';
  const spec = at(document, 'spec');
  const claim =
    at(spec, 'modelClaim', 'modelName') ?? at(itemsOf(at(spec, 'modelClaims', 'models'))[0] ?? null, 'name');
  const config = at(spec, 'backendRuntimeConfig');
  const backend = textOf(at(config, 'backendName')) ?? 'vllm';
  const anchor = anchorOf(spec ?? document);
  if (!spec || claim?.kind !== 'scalar') return null;
  const other = BACKENDS[backend.toLowerCase()];
  if (other !== undefined) return { unsupported: notModelled(other, name, format, anchor) };
  const [engine] = context.engines.filter(({ id }) => id === backend.toLowerCase());
  if (!engine) return null;
  const model = models.find((one) => textOf(at(one, 'metadata', 'name')) === claim.text.text) ?? null;
  const source = at(model, 'spec', 'source');
  const named = modelAt(at(source, 'modelHub', 'modelID')) ?? modelAt(at(source, 'uri'));
  const open: Word = { text: claim.text, unresolved: `the model ${claim.text.text} is not in this file` };
  const environment = config ? environmentOf(envsOf(config), configMaps) : new Map<string, Word>();
  const args = at(config, 'args');
  const flavor = itemsOf(at(model, 'spec', 'inferenceConfig', 'flavors'))[0] ?? null;
  const limits = flavor && gpusOf(asResources(flavor), flavor, 1).gpuRequest;
  const own = config ? gpusOf(config, spec, 1).gpuRequest : null;
  const flavorName = at(flavor, 'name');
  const parts: Part[] =
    args?.kind === 'sequence'
      ? [{ kind: 'words', words: wordsOf(args, environment), sequence: args, takesMore: true }]
      : config?.kind === 'mapping'
        ? [{ kind: 'new-list', mapping: config, key: 'args' }]
        : [];
  const deployment = wrappedDeployment(
    {
      file: document.file.path,
      format,
      name,
      anchor,
      engine,
      image: null,
      environment,
      gpuRequest: {
        name:
          flavorName?.kind === 'scalar' ? { value: flavorName.text.text, place: placeOfMapped(flavorName.text) } : null,
        count: own?.count ?? limits?.count ?? null,
        nodes: 1,
      },
      model: named ?? open,
      parts,
    },
    context,
  );
  return { deployment };
}

/** A flavour's `limits` as a container has them. */
function asResources(flavor: YamlValue): YamlValue {
  if (flavor.kind !== 'mapping') return flavor;
  const limits = flavor.entries.find(({ key }) => key === 'limits');
  return limits
    ? { ...flavor, entries: [{ ...limits, key: 'resources', value: { ...flavor, entries: [limits] } }] }
    : flavor;
}

/** llmaz says `envs` where a container says `env`. */
function envsOf(config: YamlValue): YamlValue {
  if (config.kind !== 'mapping') return config;
  return {
    ...config,
    entries: config.entries.map((entry) => (entry.key === 'envs' ? { ...entry, key: 'env' } : entry)),
  };
}
