import type { GpuRequest, Located } from '../../deployment.ts';
import type { Lookup } from '../../syntax/interpolation.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Environment } from '../container.ts';
import { visibleGpus } from '../visible-gpus.ts';
import { wordAt } from './environment.ts';
import { type Service, valueIn } from './services.ts';

/** GPUs that a service asks for. `all` and a driver alone say no number. */
export function gpusOf(service: Service, environment: Environment, lookup: Lookup): GpuRequest {
  const count =
    // What CUDA shows to the engine is the last word, whatever the container was given.
    visibleGpus(environment) ??
    reserved(valueIn(service, 'deploy', 'resources', 'reservations', 'devices'), lookup) ??
    reserved(valueIn(service, 'gpus'), lookup) ??
    swarmCount(valueIn(service, 'deploy', 'resources', 'reservations', 'generic_resources')) ??
    visibleGpus(environment, 'NVIDIA_VISIBLE_DEVICES');
  const devices = visibleGpus(environment) === null ? reservedIds(service) : [];
  return { name: null, count, nodes: 1, ...(devices.length > 0 ? { devices } : {}) };
}

/** Devices that are reserved by their number or id. */
function reservedIds(service: Service): string[] {
  const homes = [valueIn(service, 'deploy', 'resources', 'reservations', 'devices'), valueIn(service, 'gpus')];
  return homes
    .flatMap((home) => itemsOf(home))
    .flatMap((device) => itemsOf(at(device, 'device_ids')))
    .flatMap((id) => textOf(id) ?? [])
    .filter((id) => /^[\w:-]{1,80}$/.test(id));
}

/** Device requests (compose-spec deploy.md, 05-services.md `gpus`): a count, or the devices by name. */
function reserved(devices: YamlValue | null, lookup: Lookup): Located<number> | null {
  if (devices?.kind === 'scalar') return numberAt(devices, lookup);
  for (const device of itemsOf(devices)) {
    const capabilities = itemsOf(at(device, 'capabilities')).map((item) => textOf(item));
    if (capabilities.length > 0 && !capabilities.some((one) => one === 'gpu' || one === 'nvidia-compute')) continue;
    const ids = at(device, 'device_ids');
    const [first] = itemsOf(ids);
    if (first?.kind === 'scalar') return { value: itemsOf(ids).length, place: placeOfMapped(first.text) };
    const count = numberAt(at(device, 'count'), lookup);
    if (count) return count;
  }
  return null;
}

function numberAt(value: YamlValue | null, lookup: Lookup): Located<number> | null {
  const word = wordAt(value, lookup);
  const count = word?.unresolved === null ? Number(word.text.text) : Number.NaN;
  return word && Number.isInteger(count) && count > 0 ? { value: count, place: placeOfMapped(word.text) } : null;
}

/** Swarm's `generic_resources: [{discrete_resource_spec: {kind: gpu, value: 2}}]`. */
function swarmCount(resources: YamlValue | null): Located<number> | null {
  for (const resource of itemsOf(resources)) {
    const spec = at(resource, 'discrete_resource_spec');
    const value = at(spec, 'value');
    if (!/gpu/i.test(textOf(at(spec, 'kind')) ?? '') || value?.kind !== 'scalar') continue;
    return numberAt(value, () => null);
  }
  return null;
}
