import type { Deployment, GpuRequest, Located, Unresolved } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Extended resources that count whole GPUs (Kubernetes device plugins of the vendors). */
const GPU_RESOURCE =
  /^(?:nvidia\.com\/gpu(?:\.shared)?|amd\.com\/gpu|gpu\.intel\.com\/(?:i915|xe)|volcano\.sh\/v?gpu-number)$/;
/**
 * A part of a GPU's memory (HAMi docs/how-to-use-*, volcano docs/user-guide/how_to_use_volcano_vgpu.md, Alibaba's and Tencent's
 * GPU sharing, nebuly's nos, AMD's partitions, Intel's GPU Aware Scheduling): the container gets no more of it.
 */
const MEMORY_RESOURCE =
  /^(?:nvidia\.com\/gpumem(?:-percentage)?|nvidia\.com\/gpu-\d+gb|amd\.com\/[cdqt]px_nps\d|gpu\.intel\.com\/memory\.max|volcano\.sh\/v?gpu-memory(?:-percentage)?|aliyun\.com\/gpu-mem|tencent\.com\/vcuda-memory|vke\.volcengine\.com\/mgpu-memory)$/;
/** Annotations of a pod by which a scheduler puts it beside others on one GPU (KAI Scheduler docs/gpu-sharing, Run:ai). */
export const SHARE_ANNOTATION = /^gpu-(?:fraction|memory)$/;
/** A resource that is one MIG slice; its name says which. */
const MIG_RESOURCE = /^nvidia\.com\/mig-[\w.]+$/;
/** What the device plugin calls GPUs and slices that it hands to several pods at once (k8s-device-plugin, `renameByDefault`). */
const SHARED_RESOURCE = /^nvidia\.com\/.+\.shared$/;

const OTHER_DEVICES: readonly (readonly [RegExp, Deployment['device']])[] = [
  [/^google\.com\/tpu$/, 'tpu'],
  [/^aws\.amazon\.com\/neuron/, 'neuron'],
  [/^habana\.ai\/gaudi$/, 'gaudi'],
];

/** Node labels that name the GPU: the vendor's, the clouds', Karpenter's, and whatever else speaks of a GPU product. */
const GPU_LABEL =
  /^(?:nvidia\.com\/gpu\.product|(?:beta\.)?amd\.com\/gpu\.(?:product-name|device-id)|cloud\.google\.com\/(?:gke-accelerator|gke-tpu-accelerator|compute-class)|(?:(?:beta\.|node\.)?kubernetes\.io\/)?instance-type|(?:karpenter\.k8s\.aws|eks\.amazonaws\.com)\/instance-gpu-name|k8s\.amazonaws\.com\/accelerator|aliyun\.accelerator\/nvidia_name|karpenter\.azure\.com\/sku-gpu-name|gpu\.nvidia\.com\/(?:class|model)|[\w./-]*gpu[-_.]?(?:card[-_.]?)?(?:name|product|type|model|specs?|sku)|accelerator)$/i;

/** How a node's GPUs are shared: GPU Feature Discovery's label and GKE's. */
const SHARING_LABEL = /^(?:nvidia\.com\/gpu\.sharing-strategy|cloud\.google\.com\/gke-gpu-sharing-strategy)$/;
/** Into which MIG slices GKE cuts the GPUs of a node; a pod asks for one of them by `nvidia.com/gpu`. */
const GKE_CARD_LABEL = 'cloud.google.com/gke-accelerator';
const PARTITION_LABEL = 'cloud.google.com/gke-gpu-partition-size';

/** Nobody allows more kinds of GPU. */
const MAX_ALLOWED = 20;

export interface GpusAsked {
  readonly gpuRequest: GpuRequest;
  readonly device: Deployment['device'] | null;
  /** What leaves open how much of its GPU the container gets. */
  readonly open: readonly Unresolved[];
}

/** What a container and its pod say about GPUs. */
export function gpusOf(
  container: YamlValue,
  podSpec: YamlValue,
  nodes: number,
  annotations: readonly YamlEntry[] = [],
): GpusAsked {
  const resources = [
    ...entriesIn(at(container, 'resources', 'limits')),
    ...entriesIn(at(container, 'resources', 'requests')),
  ];
  const slice = resources.find(({ key }) => MIG_RESOURCE.test(key));
  const whole = resources.find(({ key }) => GPU_RESOURCE.test(key));
  const device = OTHER_DEVICES.find(([pattern]) => resources.some(({ key }) => pattern.test(key)))?.[1] ?? null;
  const counted = slice ?? whole ?? resources.find(({ key }) => OTHER_DEVICES.some(([pattern]) => pattern.test(key)));
  const count = counted ? countOf(counted) : null;
  const labels = nodeLabels(podSpec);
  const names = slice ? [{ value: slice.key, place: placeOfMapped(slice.keyText) }] : namedBy(labels);
  const [name = null, ...others] = names;
  const alternatives = others.map((other) => ({ name: other, count }));
  const strategy = labels.find(({ key }) => SHARING_LABEL.test(key))?.values[0];
  const shared = sharedBy(counted, strategy);
  return {
    gpuRequest: { name, count, nodes, ...(others.length > 0 && { alternatives }), ...(shared && { shared }) },
    device,
    open: [...partsOfMemory([...resources, ...annotations]), ...(strategy ? partOfServer(strategy) : [])],
  };
}

/** What says that other pods use the GPU in turns: the resource's name, or how its node shares it. */
function sharedBy(counted: YamlEntry | undefined, strategy: Located<string> | undefined): Located<string> | null {
  if (counted && SHARED_RESOURCE.test(counted.key))
    return { value: counted.key, place: placeOfMapped(counted.keyText) };
  return strategy && /^time-s(?:licing|haring)$/.test(strategy.value) ? strategy : null;
}

/** Of a GPU under the multi-process service each client gets an equal part of the memory (CUDA_MPS_PINNED_DEVICE_MEM_LIMIT). */
function partOfServer({ value, place }: Located<string>): Unresolved[] {
  if (value !== 'mps') return [];
  const reason = 'the multi-process service gives it a part of its GPU’s memory, which Headroom does not model yet';
  return [{ name: 'gpu_memory', text: value, reason, place }];
}

/** The part of a GPU's memory that a device plugin or a scheduler gives; all of it is none. */
function partsOfMemory(resources: readonly YamlEntry[]): Unresolved[] {
  const found = resources.find(
    ({ key, value }) =>
      SHARE_ANNOTATION.test(key) ||
      (MEMORY_RESOURCE.test(key) && !(key.endsWith('-percentage') && Number(textOf(value)) >= 100)),
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

interface NodeLabel {
  readonly key: string;
  /** One from the pod's selector; those that an affinity allows. */
  readonly values: readonly Located<string>[];
}

/** What a pod asks of the labels of its node as to GPUs: by its selector, then by its affinity. */
function nodeLabels(podSpec: YamlValue): NodeLabel[] {
  const tells = (key: string): boolean => GPU_LABEL.test(key) || SHARING_LABEL.test(key) || key === PARTITION_LABEL;
  const selected = entriesIn(at(podSpec, 'nodeSelector')).map(({ key, value }) => ({ key, values: [value] }));
  const terms = itemsOf(
    at(podSpec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'),
  );
  const allowed = terms
    .flatMap((term) => itemsOf(at(term, 'matchExpressions')))
    .filter((expression) => textOf(at(expression, 'operator')) === 'In')
    .map((expression) => ({ key: textOf(at(expression, 'key')) ?? '', values: itemsOf(at(expression, 'values')) }));
  return [...selected, ...allowed].flatMap(({ key, values }) => {
    if (!tells(key)) return [];
    const found = firstOf(values, MAX_ALLOWED, 'GPUs that a node may have', placeOfValue).flatMap((one) =>
      one.kind === 'scalar' && one.value !== null ? [{ value: one.text.text, place: placeOfMapped(one.text) }] : [],
    );
    return found.length > 0 ? [{ key, values: found }] : [];
  });
}

/** The GPUs that labels name: one, or the several that an affinity allows; the slices of them where the node is cut into such. */
function namedBy(labels: readonly NodeLabel[]): readonly Located<string>[] {
  const naming = labels.filter(({ key }) => GPU_LABEL.test(key));
  const best = naming.find(({ key }) => /product|accelerator|gpu/i.test(key)) ?? naming[0];
  const profile = labels.find(({ key }) => key === PARTITION_LABEL)?.values[0];
  if (!profile) return best?.values ?? [];
  return best?.key === GKE_CARD_LABEL
    ? best.values.map(({ value }) => ({ value: `${value} ${profile.value}`, place: profile.place }))
    : [profile];
}
