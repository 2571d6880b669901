import type { Deployment, GpuRequest, Located } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { imageAt } from '../image.ts';
import { gpusOf } from '../kubernetes/gpus.ts';

/** The pods of a Ray cluster on which an engine's workers run. */
export interface Cluster {
  readonly gpuRequest: GpuRequest;
  readonly image: Located<string> | null;
  /** Where the pods ask for something else than GPUs. */
  readonly device: Deployment['device'] | null;
}

const NOTHING: Cluster = { gpuRequest: { name: null, count: null, nodes: 1 }, image: null, device: null };

/** The first group of workers that asks for GPUs, else the head. */
export function clusterOf(document: YamlValue): Cluster {
  const spec = at(document, 'spec');
  const cluster = at(spec, 'rayClusterConfig') ?? at(spec, 'rayClusterSpec') ?? spec;
  const groups = [...itemsOf(at(cluster, 'workerGroupSpecs')), at(cluster, 'headGroupSpec')];
  const pods = groups.flatMap((group) => podOf(group) ?? []);
  return pods.find(({ gpuRequest }) => gpuRequest.count !== null) ?? pods[0] ?? NOTHING;
}

function podOf(group: YamlValue | null): Cluster | null {
  const spec = at(group, 'template', 'spec');
  const [container] = itemsOf(at(spec, 'containers'));
  if (!spec || !container) return null;
  const { gpuRequest, device } = gpusOf(container, spec, 1);
  const name = gpuRequest.name ?? (gpuRequest.count ? nodeLabel(spec) : null);
  return { gpuRequest: { ...gpuRequest, name }, image: imageAt(at(container, 'image')), device };
}

/** A node group of the team's own naming: all that tells its GPUs is that its name speaks of them. */
function nodeLabel(spec: YamlValue): Located<string> | null {
  const label = entriesIn(at(spec, 'nodeSelector')).find(({ value }) => /gpu/i.test(textOf(value) ?? ''));
  return label?.value.kind === 'scalar'
    ? { value: label.value.text.text, place: placeOfMapped(label.value.text) }
    : null;
}
