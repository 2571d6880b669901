import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { givenVariables } from '../kubernetes/environment.ts';
import type { Pod } from '../kubernetes/pods.ts';
import type { Installed } from '../version/install-command.ts';

/** A ServingRuntime or ClusterServingRuntime: the container that inference services of its formats get. */
export interface Runtime {
  readonly name: string;
  readonly document: YamlValue;
  readonly spec: YamlValue;
  /** The container that serves; KServe knows it by its name. */
  readonly container: YamlValue | null;
}

export function runtimeOf(document: YamlValue): Runtime | null {
  const spec = at(document, 'spec');
  const name = textOf(at(document, 'metadata', 'name'));
  if (!spec || !/^(?:Cluster)?ServingRuntime$/.test(textOf(at(document, 'kind')) ?? '')) return null;
  return { name: name ?? 'runtime', document, spec, container: servingContainer(spec) };
}

/** The container called `kserve-container` among those of a runtime or a predictor, else the first. */
function servingContainer(spec: YamlValue | null): YamlValue | null {
  const containers = itemsOf(at(spec, 'containers'));
  return containers.find((one) => textOf(at(one, 'name')) === 'kserve-container') ?? containers[0] ?? null;
}

/** Names of model formats that a runtime says it serves. */
export function formatsOf({ spec }: Runtime): string[] {
  return itemsOf(at(spec, 'supportedModelFormats')).flatMap((one) => textOf(at(one, 'name')) ?? []);
}

export function runtimePod({ name, spec }: Runtime): Pod {
  const worker = at(spec, 'workerSpec');
  return { name, spec, nodes: stagesOf(worker), given: groupVariables(worker), serves: true };
}

/** Pods of one replica: the stages of the pipeline, the first of which the head's pod is. */
export function stagesOf(worker: YamlValue | null): number {
  const stages = Number(textOf(at(worker, 'pipelineParallelSize')));
  return Number.isInteger(stages) && stages > 1 && stages <= 1_000 ? stages : 1;
}

/** What KServe sets in the pods of several nodes (kserve pkg/controller/v1beta1/inferenceservice/components/predictor.go). */
export function groupVariables(worker: YamlValue | null): ReadonlyMap<string, Word> {
  return givenVariables([
    ['TENSOR_PARALLEL_SIZE', at(worker, 'tensorParallelSize')],
    ['PIPELINE_PARALLEL_SIZE', at(worker, 'pipelineParallelSize')],
  ]);
}

/** The engine's version as Open Data Hub notes it beside an image that does not say it. */
export function notedVersion({ document }: Runtime, engine: Engine): readonly Installed[] {
  const note = at(document, 'metadata', 'annotations', 'opendatahub.io/runtime-version');
  if (note?.kind !== 'scalar') return [];
  const [, version] = /^v?(0\.\d{1,3}\.\d{1,3}(?:\.post\d{1,3})?)(?![\d.])/.exec(note.text.text.slice(0, 40)) ?? [];
  if (version === undefined) return [];
  const text = `runtime-version ${note.text.text}`;
  const statement = { version, text, place: placeOfMapped(note.text), replaces: false };
  return [{ engine: engine.id, statement }];
}
