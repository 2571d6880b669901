import type { Deployment, GpuRequest } from '../../deployment.ts';
import { readEmbeddedYaml } from '../../syntax/embedded-yaml.ts';
import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { argumentEntries } from '../argument-keys.ts';
import { wholeNumber } from '../whole-number.ts';
import { anchorOf, launchesOf } from '../kubernetes/containers.ts';
import type { ConfigMaps } from '../kubernetes/environment.ts';
import { modelAt } from '../model-uri.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';

/** What KAITO's start script sets where the config says nothing (kaito presets/workspace/inference/vllm; release 0.8). */
const UTILIZATION = 0.84;
const UTILIZATION_ON_A10 = 0.82;

/** The launch of a KAITO Workspace or InferenceSet; one for tuning or retrieval launches no server. */
export function launchesOfKaito(
  document: YamlValue,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const nothing: Extraction = { deployments: [], unsupported: [] };
  const set = at(document, 'spec', 'template');
  const home = set ?? document;
  const inference = at(home, 'inference');
  const resource = at(home, 'resource') ?? at(document, 'spec', 'resource');
  const name = textOf(at(document, 'metadata', 'name')) ?? 'Workspace';
  const template = at(inference, 'template', 'spec');
  if (template) return launchesOf([{ name, spec: template, nodes: 1 }], format, configMaps, context);
  const preset = at(inference, 'preset', 'name') ?? at(inference, 'preset');
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  if (preset?.kind !== 'scalar' || preset.value === null || !engine) return nothing;
  const config = textOf(at(inference, 'config'));
  const map = config === null ? null : (configMaps.get(config) ?? null);
  const gpuRequest = gpusOfKaito(resource);
  const absent = config !== null && map === null;
  const settings = vllmSection(map);
  const onA10 = /_A10_/i.test(gpuRequest.name?.value ?? '');
  const place = placeOfMapped(preset.text);
  const parts: Part[] =
    settings === null ? [] : [{ kind: 'settings', settings: argumentEntries(settings, engine), mapping: settings }];
  const deployment: Deployment = wrappedDeployment(
    {
      file: document.file.path,
      format,
      name,
      anchor: anchorOf(document),
      engine,
      image: null,
      environment: new Map(),
      gpuRequest,
      model: modelAt(preset),
      parts,
      defaults: absent
        ? []
        : [
            { name: 'gpu_memory_utilization', value: onA10 ? UTILIZATION_ON_A10 : UTILIZATION, place },
            { name: 'max_model_len', value: 'auto', place },
          ],
      open: absent ? openConfig(inference, config) : chosenBySize(gpuRequest, preset.text),
    },
    context,
  );
  return { deployments: [deployment], unsupported: [] };
}

/** The `vllm:` section of `inference_config.yaml`, wherever its ConfigMap holds it. */
function vllmSection(map: YamlValue | null): Extract<YamlValue, { kind: 'mapping' }> | null {
  const yaml = readEmbeddedYaml(at(map, 'inference_config.yaml'));
  if (yaml === null || 'reason' in yaml) return null;
  const section = at(yaml.documents[0], 'vllm');
  return section?.kind === 'mapping' ? section : null;
}

function openConfig(inference: YamlValue | null, config: string) {
  const written = at(inference, 'config');
  if (written?.kind !== 'scalar') return [];
  const reason = `it may be set in the ConfigMap ${config}, which is not in this file`;
  return ['max_model_len', 'gpu_memory_utilization', 'tensor_parallel_size'].map((name) => ({
    name,
    text: config,
    reason,
    place: placeOfMapped(written.text),
  }));
}

/** Azure's sizes with one GPU (learn.microsoft.com, GPU accelerated virtual machine sizes). */
const ONE_GPU =
  /^Standard_(?:NC24ads_A100_v4|NC40ads_H100_v5|NV(?:6|12|18|36)adm?s_A10_v5|NC(?:4|8|16)as_T4_v3|NC6s?(?:_v[23])?)$/i;

/** KAITO spreads a model over the GPUs of its nodes by its size; with one GPU there is nothing to spread. */
function chosenBySize({ name, nodes }: GpuRequest, preset: MappedText) {
  const single = name === null || name.value.startsWith('mig-') || ONE_GPU.test(name.value);
  if (nodes === 1 && single) return [];
  const reason = 'KAITO sets it by the GPUs of the nodes and the size of the model';
  const names = nodes > 1 ? ['tensor_parallel_size', 'pipeline_parallel_size'] : ['tensor_parallel_size'];
  return names.map((argument) => ({ name: argument, text: preset.text, reason, place: placeOfMapped(preset) }));
}

/** An instance type, or the MIG profile that a partition asks for. */
function gpusOfKaito(resource: YamlValue | null): GpuRequest {
  const nodes = Math.min(1_000, wholeNumber(at(resource, 'count'))?.value ?? 1);
  const profile = at(resource, 'partition', 'profile');
  if (profile?.kind === 'scalar' && textOf(profile) !== null) {
    const place = placeOfMapped(profile.text);
    return { name: { value: `mig-${profile.text.text}`, place }, count: { value: 1, place }, nodes };
  }
  const type = at(resource, 'instanceType');
  const known = type?.kind === 'scalar' && /^[A-Za-z][\w.-]*$/.test(type.text.text);
  return { name: known ? { value: type.text.text, place: placeOfMapped(type.text) } : null, count: null, nodes };
}
