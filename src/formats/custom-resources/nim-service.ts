import type { Located } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import { imageAt } from '../image.ts';
import type { FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf, givenVariables } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { type Launched, launchOf } from '../launch.ts';
import { wholeNumber } from '../whole-number.ts';

/** What a NIMService of NVIDIA's operator launches: its image with its variables. A NIMCache only downloads. */
export function launchesOfNim(
  document: YamlValue,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched[] {
  const spec = at(document, 'spec');
  const image = imageAt(at(spec, 'image'));
  if (!spec || !image || textOf(at(document, 'kind')) !== 'NIMService') return [];
  const environment = environmentOf(spec, configMaps, groupVariables(spec));
  const command = at(spec, 'command');
  const args = at(spec, 'args');
  const nodes =
    wholeNumber(at(spec, 'multiNode', 'size'))?.value ??
    wholeNumber(at(spec, 'multiNode', 'parallelism', 'pipeline'))?.value;
  const { gpuRequest, device } = gpusOf(spec, spec, Math.min(1_000, nodes ?? 1));
  const asked = wholeNumber(at(spec, 'multiNode', 'gpusPerPod')) ?? claimedGpus(spec);
  const launched = launchOf(
    {
      format,
      name: textOf(at(document, 'metadata', 'name')) ?? 'NIMService',
      words: [...wordsOf(command, environment), ...wordsOf(args, environment)],
      hasCommand: command !== null,
      image,
      environment,
      gpuRequest: { ...gpuRequest, count: gpuRequest.count ?? asked },
      sequence: args?.kind === 'sequence' ? args : null,
      anchor: anchorOf(spec),
      ...(device === null ? {} : { device }),
    },
    context,
  );
  return launched ? [launched] : [];
}

/** What the operator sets in the pods of several nodes (k8s-nim-operator api/apps/v1alpha1/nimservice_types.go). */
function groupVariables(spec: YamlValue): ReadonlyMap<string, Word> {
  const parallelism = at(spec, 'multiNode', 'parallelism');
  return givenVariables([
    ['NIM_TENSOR_PARALLEL_SIZE', at(parallelism, 'tensor')],
    ['NIM_PIPELINE_PARALLEL_SIZE', at(parallelism, 'pipeline')],
  ]);
}

/** GPUs of the claims that the operator makes for the service; a device without a count is one (api/apps/v1alpha1/dra_types.go). */
function claimedGpus(spec: YamlValue): Located<number> | null {
  const devices = itemsOf(at(spec, 'draResources')).flatMap((one) => itemsOf(at(one, 'claimCreationSpec', 'devices')));
  const gpus = devices.filter((one) => /gpu|mig/i.test(textOf(at(one, 'deviceClassName')) ?? 'gpu.nvidia.com'));
  const counts = gpus.map((one) => wholeNumber(at(one, 'count')) ?? { value: 1, place: placeOfMapped(anchorOf(one)) });
  const [first] = counts;
  return first ? { ...first, value: counts.reduce((sum, { value }) => sum + value, 0) } : null;
}
