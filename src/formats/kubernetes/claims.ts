import type { GpuRequest, Located } from '../../deployment.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wholeNumber } from '../whole-number.ts';

/** What claims of devices come to. */
export type ClaimedGpus = Pick<GpuRequest, 'name' | 'count' | 'alternatives'>;

/** GPUs of one request, or of one of those of which the first that is free is taken. */
interface Asked {
  /** One of several products that it may be. */
  readonly names: readonly Located<string>[];
  /** Null where all of a node are asked for. */
  readonly count: Located<number> | null;
}

/** Device classes whose devices are GPUs or slices of one (dynamic resource allocation, resource.k8s.io). */
const GPU_CLASS = /gpu|mig/i;
/**
 * `device.attributes['gpu.nvidia.com'].productName == 'NVIDIA A100-SXM4-80GB'`, `….productName.lowerAscii().matches('^.*a100.*$')`,
 * and the same of a MIG profile.
 */
const SELECTED =
  /\.(?:productName|profile|type|model)(?:\.(?:lower|upper)Ascii\(\))?(?:\s*==\s*|\.(?:matches|contains|startsWith)\(\s*)['"]([^'"\n]{1,80})['"]/g;
/** What `type` says of a device that is no product. */
const KIND = /^(?:gpu|mig|vfio)$/i;

/** Documents that claims of pods refer to. */
export function claimsIn(documents: readonly YamlValue[]): YamlValue[] {
  return documents.filter((document) => /^ResourceClaim(?:Template)?$/.test(textOf(at(document, 'kind')) ?? ''));
}

/** The name of the claim, or of the template of one, that an entry of a pod's or a service's claims refers to. */
export function referredClaim(entry: YamlValue): string | null {
  return textOf(at(entry, 'resourceClaimTemplateName')) ?? textOf(at(entry, 'resourceClaimName'));
}

/** The GPUs of the claims that a container uses, as far as the documents of these are known; null for one without any. */
export function claimedGpus(
  container: YamlValue,
  podSpec: YamlValue,
  claims: readonly YamlValue[],
): ClaimedGpus | null {
  const used = itemsOf(at(container, 'resources', 'claims')).map((one) => textOf(at(one, 'name')));
  const own = itemsOf(at(podSpec, 'resourceClaims')).filter((claim) => used.includes(textOf(at(claim, 'name'))));
  return gpusOfRequests(own.flatMap((claim) => requestsOf(referredClaim(claim), claims)));
}

/** The requests of a claim by its name. */
export function requestsOf(name: string | null, claims: readonly YamlValue[]): readonly YamlValue[] {
  const document = claims.find((one) => textOf(at(one, 'metadata', 'name')) === name);
  return itemsOf(
    at(document ?? null, 'spec', 'spec', 'devices', 'requests') ?? at(document ?? null, 'spec', 'devices', 'requests'),
  );
}

/** The GPUs of some requests together. Of several that one of them may be the launch must fit each. */
export function gpusOfRequests(requests: readonly YamlValue[]): ClaimedGpus | null {
  const asked = requests.map((request) => {
    const first = itemsOf(at(request, 'firstAvailable'));
    const options = first.length > 0 ? first : [at(request, 'exactly') ?? request];
    return options.flatMap((option) => askedBy(option) ?? []);
  });
  return together(asked.filter((options) => options.length > 0));
}

function together(asked: readonly (readonly Asked[])[]): ClaimedGpus | null {
  const [first, ...more] = asked;
  const [main, ...others] = first ?? [];
  if (!first || !main) return null;
  const counts = asked.map(([one]) => one?.count ?? null);
  const total = counts.includes(null) ? null : counts.reduce((sum, count) => sum + (count?.value ?? 0), 0);
  const count = main.count && total !== null ? { ...main.count, value: total } : null;
  const [name = null, ...products] = main.names;
  // What is asked for beside makes a choice of whole nodes, which nobody writes.
  const alternatives =
    more.length > 0
      ? []
      : [
          ...products.map((one) => ({ name: one, count })),
          ...others.flatMap((one) =>
            (one.names.length > 0 ? one.names : [null]).map((own) => ({ name: own, count: one.count })),
          ),
        ];
  return { name, count, ...(alternatives.length > 0 && { alternatives }) };
}

function askedBy(request: YamlValue): Asked | null {
  const deviceClass = at(request, 'deviceClassName');
  if (deviceClass?.kind !== 'scalar' || !GPU_CLASS.test(deviceClass.text.text)) return null;
  const isAll = textOf(at(request, 'allocationMode')) === 'All';
  const one = { value: 1, place: placeOfMapped(deviceClass.text) };
  const names = itemsOf(at(request, 'selectors')).flatMap((selector) => {
    const expression = at(selector, 'cel', 'expression');
    return expression?.kind === 'scalar' ? selectedNames(expression.text) : [];
  });
  return { names, count: isAll ? null : (wholeNumber(at(request, 'count')) ?? one) };
}

/** The products that an expression selects; none where it rules some out. */
export function selectedNames(expression: MappedText): Located<string>[] {
  if (/!/.test(expression.text)) return [];
  return [...expression.text.matchAll(SELECTED)].flatMap((found) => {
    const [written, pattern = ''] = found;
    const from = found.index + written.lastIndexOf(pattern);
    const [lead = ''] = /^\^?(?:\.\*)?/.exec(pattern) ?? [];
    const bare = pattern.slice(lead.length).replace(/(?:\.\*)?\$?$/, '');
    if (bare === '' || KIND.test(bare) || /[\\[\](){}*+?|^$]/.test(bare)) return [];
    const start = from + lead.length;
    return [{ value: bare, place: placeOfMapped(sliceMapped(expression, start, start + bare.length)) }];
  });
}
