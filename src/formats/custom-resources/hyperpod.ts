import type { Deployment } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { imageAt } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { type Launched, launchOf } from '../launch.ts';
import { modelAt } from '../model-uri.ts';

/** What an InferenceEndpointConfig of SageMaker HyperPod launches in its worker. */
export function launchesOfHyperpod(
  document: YamlValue,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched[] {
  const spec = at(document, 'spec');
  const worker = at(spec, 'worker');
  const image = imageAt(at(worker, 'image'));
  if (!spec || worker?.kind !== 'mapping' || textOf(at(document, 'kind')) !== 'InferenceEndpointConfig') return [];
  const environment = variablesOf(worker, configMaps);
  const args = at(worker, 'args');
  const { gpuRequest, device } = gpusOf(worker, worker, 1);
  const instance = at(spec, 'instanceType');
  const named = instance?.kind === 'scalar' ? { value: instance.text.text, place: placeOfMapped(instance.text) } : null;
  const launched = launchOf(
    {
      format,
      name: textOf(at(document, 'metadata', 'name')) ?? 'InferenceEndpointConfig',
      words: [...wordsOf(at(worker, 'command'), environment), ...wordsOf(args, environment)],
      hasCommand: at(worker, 'command') !== null,
      image,
      environment,
      gpuRequest: { ...gpuRequest, name: gpuRequest.name ?? named },
      sequence: args?.kind === 'sequence' ? args : null,
      anchor: anchorOf(worker),
      ...(device === null ? {} : { device }),
    },
    context,
  );
  if (!launched || 'unsupported' in launched) return launched ? [launched] : [];
  return [{ deployment: withModel(launched.deployment, at(spec, 'modelSourceConfig')) }];
}

/** The model that the operator puts into the worker, where the worker's own variables name none or the folder that it lies in. */
function withModel(deployment: Deployment, source: YamlValue | null): Deployment {
  const own = deployment.model?.value ?? '';
  const isOpen = deployment.unresolved.some(({ name }) => name === 'model');
  const word = modelAt(at(source, 'huggingFaceModel', 'modelId')) ?? modelAt(at(source, 'modelLocation'));
  if (isOpen || (own !== '' && !own.startsWith('/')) || !word || word.unresolved !== null) return deployment;
  return { ...deployment, model: { value: word.text.text, place: placeOfMapped(word.text) } };
}

/** `environmentVariables`, as a list like a container's. */
function variablesOf(
  worker: Extract<YamlValue, { kind: 'mapping' }>,
  configMaps: ConfigMaps,
): ReadonlyMap<string, Word> {
  const entries = worker.entries.flatMap((entry) =>
    entry.key === 'environmentVariables' ? [{ ...entry, key: 'env' }] : entry.key === 'env' ? [] : [entry],
  );
  return environmentOf(entriesIn(worker).length === 0 ? worker : { ...worker, entries }, configMaps);
}
