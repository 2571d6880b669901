import { at, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import { imageAt } from '../image.ts';
import type { FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
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
  const environment = environmentOf(spec, configMaps);
  const command = at(spec, 'command');
  const args = at(spec, 'args');
  const nodes =
    wholeNumber(at(spec, 'multiNode', 'size'))?.value ??
    wholeNumber(at(spec, 'multiNode', 'parallelism', 'pipeline'))?.value;
  const { gpuRequest, device } = gpusOf(spec, spec, Math.min(1_000, nodes ?? 1));
  const asked = wholeNumber(at(spec, 'multiNode', 'gpusPerPod'));
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
