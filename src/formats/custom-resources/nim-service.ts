import type { Located } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import { imageAt } from '../image.ts';
import type { FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import {
  type ClaimedGpus,
  claimsIn,
  gpusOfRequests,
  referredClaim,
  requestsOf,
  selectedNames,
} from '../kubernetes/claims.ts';
import { withClaimsNear } from '../kubernetes/claims-near.ts';
import { folderOf } from '../../paths.ts';
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
  const names = itemsOf(at(spec, 'draResources')).map(referredClaim);
  const claims = withClaimsNear(names, claimsBeside(document), folderOf(document.file.path), context);
  const claimed = gpuRequest.count === null ? claimedGpus(spec, claims) : null;
  const asked = wholeNumber(at(spec, 'multiNode', 'gpusPerPod')) ?? claimed?.count ?? null;
  const launched = launchOf(
    {
      format,
      name: textOf(at(document, 'metadata', 'name')) ?? 'NIMService',
      words: [...wordsOf(command, environment), ...wordsOf(args, environment)],
      hasCommand: command !== null,
      image,
      environment,
      gpuRequest: {
        ...gpuRequest,
        ...claimed,
        name: gpuRequest.name ?? claimed?.name ?? null,
        count: gpuRequest.count ?? asked,
      },
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

/** Claims in the file of a document. */
function claimsBeside({ file }: YamlValue): readonly YamlValue[] {
  const yaml = file.text.includes('ResourceClaim') ? readYaml(file) : null;
  return yaml && 'documents' in yaml ? claimsIn(yaml.documents) : [];
}

/**
 * GPUs of the claims of the service: those that the operator makes, in which a device without a count is one
 * (api/apps/v1alpha1/dra_types.go), and those of claims and templates that it names.
 */
function claimedGpus(spec: YamlValue, claims: readonly YamlValue[]): ClaimedGpus | null {
  const entries = itemsOf(at(spec, 'draResources'));
  const made = entries.flatMap((one) => itemsOf(at(one, 'claimCreationSpec', 'devices')));
  const gpus = made.filter((one) => /gpu|mig/i.test(textOf(at(one, 'deviceClassName')) ?? 'gpu.nvidia.com'));
  if (gpus.length === 0) return gpusOfRequests(entries.flatMap((one) => requestsOf(referredClaim(one), claims)));
  const counts = gpus.map((one) => wholeNumber(at(one, 'count')) ?? { value: 1, place: placeOfMapped(anchorOf(one)) });
  const [first] = counts;
  const count = first ? { ...first, value: counts.reduce((sum, { value }) => sum + value, 0) } : null;
  const [name = null, ...others] = gpus.flatMap(productsOf);
  return { name, count, ...(others.length > 0 && { alternatives: others.map((one) => ({ name: one, count })) }) };
}

/** The products that a device of the operator's own claim may be: one that an attribute equals, or those of its expressions. */
function productsOf(device: YamlValue): Located<string>[] {
  const equal = itemsOf(at(device, 'attributeSelectors')).flatMap((one) => {
    const isProduct = /(?:^|\/)productName$/.test(textOf(at(one, 'key')) ?? '');
    const value = at(one, 'value', 'stringValue');
    const isEqual = (textOf(at(one, 'op')) ?? 'Equal') === 'Equal';
    if (!isProduct || !isEqual || value?.kind !== 'scalar' || value.value === null) return [];
    return [{ value: value.text.text, place: placeOfMapped(value.text) }];
  });
  const selected = itemsOf(at(device, 'celExpressions')).flatMap((one) =>
    one.kind === 'scalar' ? selectedNames(one.text) : [],
  );
  return [...equal, ...selected];
}
