import type { GpuRequest, Located } from '../../deployment.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wholeNumber } from '../whole-number.ts';

/** Device classes whose devices are GPUs or slices of one (dynamic resource allocation, resource.k8s.io). */
const GPU_CLASS = /gpu|mig/i;
/** `device.attributes['gpu.nvidia.com'].productName == 'NVIDIA A100-SXM4-80GB'`, and the same of a MIG profile. */
const SELECTED = /\.(?:productName|profile|type|model)\s*==\s*['"]([^'"\n]{1,80})['"]/;

/** Documents that claims of pods refer to. */
export function claimsIn(documents: readonly YamlValue[]): YamlValue[] {
  return documents.filter((document) => /^ResourceClaim(?:Template)?$/.test(textOf(at(document, 'kind')) ?? ''));
}

/** The GPUs of the claims that a container uses, as far as the claims stand in the same file; null for one without any. */
export function claimedGpus(
  container: YamlValue,
  podSpec: YamlValue,
  claims: readonly YamlValue[],
): Pick<GpuRequest, 'name' | 'count'> | null {
  const used = itemsOf(at(container, 'resources', 'claims')).map((one) => textOf(at(one, 'name')));
  let name: Located<string> | null = null;
  let total = 0;
  let first: Located<number> | null = null;
  for (const claim of itemsOf(at(podSpec, 'resourceClaims'))) {
    if (!used.includes(textOf(at(claim, 'name')))) continue;
    const referred = textOf(at(claim, 'resourceClaimTemplateName')) ?? textOf(at(claim, 'resourceClaimName'));
    const document = claims.find((one) => textOf(at(one, 'metadata', 'name')) === referred);
    const devices = at(document, 'spec', 'spec', 'devices') ?? at(document, 'spec', 'devices');
    for (const request of itemsOf(at(devices, 'requests'))) {
      const exact = at(request, 'exactly') ?? request;
      const deviceClass = at(exact, 'deviceClassName');
      if (deviceClass?.kind !== 'scalar' || !GPU_CLASS.test(deviceClass.text.text)) continue;
      const count = wholeNumber(at(exact, 'count')) ?? { value: 1, place: placeOfMapped(deviceClass.text) };
      total += count.value;
      first ??= count;
      name ??= selectedName(exact);
    }
  }
  return first === null ? null : { name, count: { value: total, place: first.place } };
}

function selectedName(request: YamlValue): Located<string> | null {
  for (const selector of itemsOf(at(request, 'selectors'))) {
    const expression = at(selector, 'cel', 'expression');
    const found = expression?.kind === 'scalar' ? SELECTED.exec(expression.text.text) : null;
    if (expression?.kind !== 'scalar' || found?.[1] === undefined) continue;
    const end = found.index + found[0].length - 1;
    return { value: found[1], place: placeOfMapped(sliceMapped(expression.text, end - found[1].length, end)) };
  }
  return null;
}
