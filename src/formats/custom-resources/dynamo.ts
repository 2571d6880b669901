import type { GpuRequest } from '../../deployment.ts';
import { jsonMembers } from '../../syntax/json.ts';
import { type MappedText, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { wholeNumber } from '../whole-number.ts';
import { anchorOf, startsOfContainer } from '../kubernetes/containers.ts';
import { type ConfigMaps, environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { extractionOf, launchOf, type Launched } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import { wrappedDeployment } from '../platform-launch.ts';

/** One component of a DynamoGraphDeployment: `spec.services.NAME` (v1alpha1) or an item of `spec.components` (v1beta1). */
interface Component {
  readonly name: string;
  readonly value: YamlValue;
  readonly podSpec: YamlValue;
  readonly container: YamlValue;
}

/** The workers of a DynamoGraphDeployment; frontends, routers and planners launch no engine. */
export function launchesOfDynamo(
  document: YamlValue,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const spec = at(document, 'spec');
  const title = textOf(at(document, 'metadata', 'name')) ?? 'DynamoGraphDeployment';
  const asked = at(spec, 'model');
  if (textOf(at(document, 'kind')) === 'DynamoGraphDeploymentRequest' && asked?.kind === 'scalar') {
    const reason = 'Dynamo’s profiler chooses the arguments of its engine in the cluster.';
    const remedy = 'Check the DynamoGraphDeployment that it makes.';
    return { deployments: [], unsupported: [cannotRead(reason, remedy, title, format, asked.text)] };
  }
  const shared = sharedConfig(spec, configMaps);
  const found = componentsOf(spec).flatMap((component) => {
    const name = `${title}/${component.name}`;
    return (
      launchOfComponent(component, name, format, configMaps, context) ??
      (shared && launchOfShared(component, name, format, shared, context)) ??
      []
    );
  });
  return extractionOf(found);
}

function componentsOf(spec: YamlValue | null): Component[] {
  const named = entriesIn(at(spec, 'services')).map(({ key, value }) => ({ name: key, value }));
  const listed = itemsOf(at(spec, 'components')).map((value) => ({
    name: textOf(at(value, 'name')) ?? 'component',
    value,
  }));
  return [...named, ...listed].flatMap(({ name, value }) => {
    const pod = at(value, 'podTemplate', 'spec');
    const containers = itemsOf(at(pod, 'containers'));
    const main = containers.find((one) => textOf(at(one, 'name')) === 'main') ?? containers[0];
    const extra = at(value, 'extraPodSpec');
    const container = main ?? at(extra, 'mainContainer');
    return container ? [{ name, value, podSpec: pod ?? extra ?? value, container }] : [];
  });
}

function gpusOfComponent({ value, podSpec, container }: Component): GpuRequest {
  const count = at(value, 'multinode', 'nodeCount');
  const nodes = Math.min(10_000, wholeNumber(count)?.value ?? 1);
  const asked = gpusOf(container, podSpec, nodes).gpuRequest;
  const limit =
    wholeNumber(at(value, 'resources', 'limits', 'gpu')) ?? wholeNumber(at(value, 'resources', 'requests', 'gpu'));
  return { ...asked, count: asked.count ?? limit };
}

function launchOfComponent(
  component: Component,
  name: string,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched | null {
  const pod = { name, spec: component.podSpec, nodes: 1 };
  const gpuRequest = gpusOfComponent(component);
  for (const start of startsOfContainer(pod, component.container, format, configMaps, context)) {
    // Dynamo's images start nothing by themselves.
    const launched = launchOf({ ...start, hasCommand: true, gpuRequest }, context);
    if (launched) return launched;
  }
  return null;
}

/** `DYN_DEPLOYMENT_CONFIG`: the arguments of every component as one JSON text (Dynamo before 0.4). */
function sharedConfig(spec: YamlValue | null, configMaps: ConfigMaps): MappedText | null {
  const [sample] = entriesIn(spec);
  const variables = at(spec, 'envs');
  if (spec?.kind !== 'mapping' || !sample || !variables) return null;
  const holder: YamlValue = { ...spec, entries: [{ ...sample, key: 'env', value: variables }] };
  const word = environmentOf(holder, configMaps).get('DYN_DEPLOYMENT_CONFIG');
  return word && word.unresolved === null ? word.text : null;
}

function launchOfShared(
  component: Component,
  name: string,
  format: string,
  config: MappedText,
  context: FormatContext,
): Launched | null {
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  const own = memberOf(config, component.name);
  const common = memberOf(config, 'Common');
  const asked = own && memberOf(own, 'ServiceArgs');
  if (!engine || !own || !asked || !/"gpu"/.test(asked.text)) return null;
  const shared = own && memberOf(own, 'common-configs');
  const names = shared ? (JSON.parse(shared.text) as unknown) : [];
  const taken = Array.isArray(names) ? names.map(String) : [];
  const values = [...valuesOf(common).filter(({ key }) => taken.includes(key)), ...valuesOf(own)].filter(({ key }) =>
    engine.knowsArgument(key),
  );
  const model = values.findLast(({ key }) => key === 'model')?.text;
  const deployment = wrappedDeployment(
    {
      file: component.value.file.path,
      format,
      name,
      anchor: anchorOf(component.value),
      engine,
      image: null,
      environment: new Map(),
      gpuRequest: gpusOfComponent(component),
      model: model ? { text: sliceMapped(model, 1, model.text.length - 1), unresolved: null } : null,
      parts: [{ kind: 'json', values: values.map(({ key, text }) => ({ name: key, text })) }],
    },
    context,
  );
  return { deployment };
}

function memberOf(text: MappedText, key: string): MappedText | null {
  const range = jsonMembers(text.text)?.get(key);
  return range ? sliceMapped(text, range.start, range.end) : null;
}

function valuesOf(text: MappedText | null): { readonly key: string; readonly text: MappedText }[] {
  if (text === null) return [];
  return [...(jsonMembers(text.text) ?? [])].map(([key, { start, end }]) => ({
    key,
    text: sliceMapped(text, start, end),
  }));
}
