import type { Deployment, GpuRequest, Located, Unresolved } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Extended resources that count whole GPUs (Kubernetes device plugins of the vendors). */
const GPU_RESOURCE = /^(?:nvidia\.com\/gpu(?:\.shared)?|amd\.com\/gpu|gpu\.intel\.com\/\w+|volcano\.sh\/v?gpu-number)$/;
/**
 * A part of a GPU's memory (HAMi docs/how-to-use-*, volcano docs/user-guide/how_to_use_volcano_vgpu.md, Alibaba's and Tencent's
 * GPU sharing): the container sees no more of it.
 */
const MEMORY_RESOURCE =
  /^(?:nvidia\.com\/gpumem(?:-percentage)?|volcano\.sh\/v?gpu-memory(?:-percentage)?|aliyun\.com\/gpu-mem|tencent\.com\/vcuda-memory|vke\.volcengine\.com\/mgpu-memory)$/;
/** A resource that is one MIG slice; its name says which. */
const MIG_RESOURCE = /^nvidia\.com\/mig-[\w.]+$/;

const OTHER_DEVICES: readonly (readonly [RegExp, Deployment['device']])[] = [
  [/^google\.com\/tpu$/, 'tpu'],
  [/^aws\.amazon\.com\/neuron/, 'neuron'],
  [/^habana\.ai\/gaudi$/, 'gaudi'],
];

/** Node labels that name the GPU: the vendor's, the clouds', Karpenter's, and whatever else speaks of a GPU product. */
const GPU_LABEL =
  /^(?:nvidia\.com\/gpu\.product|(?:beta\.)?amd\.com\/gpu\.(?:product-name|device-id)|cloud\.google\.com\/(?:gke-accelerator|gke-tpu-accelerator|compute-class)|(?:(?:beta\.|node\.)?kubernetes\.io\/)?instance-type|(?:karpenter\.k8s\.aws|eks\.amazonaws\.com)\/instance-gpu-name|k8s\.amazonaws\.com\/accelerator|aliyun\.accelerator\/nvidia_name|karpenter\.azure\.com\/sku-gpu-name|gpu\.nvidia\.com\/(?:class|model)|[\w./-]*gpu[-_.]?(?:card[-_.]?)?(?:name|product|type|model|specs?|sku)|accelerator)$/i;

/** Nobody allows more kinds of GPU. */
const MAX_ALLOWED = 20;

export interface GpusAsked {
  readonly gpuRequest: GpuRequest;
  readonly device: Deployment['device'] | null;
  /** What leaves open how much of its GPU the container gets. */
  readonly open: readonly Unresolved[];
}

/** What a container and its pod say about GPUs. */
export function gpusOf(container: YamlValue, podSpec: YamlValue, nodes: number): GpusAsked {
  const resources = [
    ...entriesIn(at(container, 'resources', 'limits')),
    ...entriesIn(at(container, 'resources', 'requests')),
  ];
  const slice = resources.find(({ key }) => MIG_RESOURCE.test(key));
  const whole = resources.find(({ key }) => GPU_RESOURCE.test(key));
  const device = OTHER_DEVICES.find(([pattern]) => resources.some(({ key }) => pattern.test(key)))?.[1] ?? null;
  const counted = slice ?? whole ?? resources.find(({ key }) => OTHER_DEVICES.some(([pattern]) => pattern.test(key)));
  const count = counted ? countOf(counted) : null;
  const names = slice ? [{ value: slice.key, place: placeOfMapped(slice.keyText) }] : labelsOf(podSpec);
  const [name = null, ...others] = names;
  const alternatives = others.map((other) => ({ name: other, count }));
  const open = partsOfMemory(resources);
  return { gpuRequest: { name, count, nodes, ...(others.length > 0 && { alternatives }) }, device, open };
}

/** The part of a GPU's memory that a device plugin gives; all of it is none. */
function partsOfMemory(resources: readonly YamlEntry[]): Unresolved[] {
  const found = resources.find(
    ({ key, value }) => MEMORY_RESOURCE.test(key) && !(key.endsWith('-percentage') && Number(textOf(value)) >= 100),
  );
  if (found?.value.kind !== 'scalar') return [];
  const reason = `${found.key} gives it a part of its GPU’s memory, which Headroom does not model yet`;
  return [{ name: 'gpu_memory', text: found.value.text.text, reason, place: placeOfMapped(found.value.text) }];
}

function countOf({ value }: YamlEntry): Located<number> | null {
  const count = Number(textOf(value));
  if (value.kind !== 'scalar' || !Number.isInteger(count) || count < 1) return null;
  return { value: count, place: placeOfMapped(value.text) };
}

/** The GPUs that a pod may run on by its node's labels: one, or the several that an affinity allows. */
function labelsOf(podSpec: YamlValue): Located<string>[] {
  const labels = entriesIn(at(podSpec, 'nodeSelector')).filter(({ key }) => GPU_LABEL.test(key));
  const best = labels.find(({ key }) => /product|accelerator|gpu/i.test(key)) ?? labels[0];
  if (best?.value.kind === 'scalar' && best.value.value !== null) {
    return [{ value: best.value.text.text, place: placeOfMapped(best.value.text) }];
  }
  const terms = itemsOf(
    at(podSpec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'),
  );
  for (const expression of terms.flatMap((term) => itemsOf(at(term, 'matchExpressions')))) {
    const isIn = GPU_LABEL.test(textOf(at(expression, 'key')) ?? '') && textOf(at(expression, 'operator')) === 'In';
    const names = firstOf(itemsOf(at(expression, 'values')), MAX_ALLOWED, 'GPUs that a node may have', placeOfValue);
    const found = names.flatMap((one) =>
      one.kind === 'scalar' && one.value !== null ? [{ value: one.text.text, place: placeOfMapped(one.text) }] : [],
    );
    if (isIn && found.length > 0) return found;
  }
  return [];
}
