import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { wholeNumber } from '../whole-number.ts';
import { anchorOf, startsOfContainer } from '../kubernetes/containers.ts';
import type { ConfigMaps } from '../kubernetes/environment.ts';
import { extractionOf, launchOf, type Launched } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { cannotRead } from '../unsupported.ts';
import { wrappedDeployment } from '../platform-launch.ts';

/** OME's documents of one file: runtimes, and the services that use them. */
export function launchesOfOme(
  documents: readonly YamlValue[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const runtimes = documents.filter((one) => textOf(at(one, 'kind'))?.endsWith('ServingRuntime') === true);
  const services = documents.filter((one) => textOf(at(one, 'kind')) === 'InferenceService');
  const used = new Set<YamlValue>();
  const served = services.flatMap((service): Launched[] => {
    const named = textOf(at(service, 'spec', 'runtime', 'name'));
    const runtime = runtimes.find((one) => named !== null && nameOf(one) === named);
    if (!runtime) return [withoutRuntime(service, named, format, context)];
    used.add(runtime);
    return launchesOfRuntime(runtime, nameOf(service), format, configMaps, context).map((one) =>
      ofService(one, service),
    );
  });
  const alone = runtimes
    .filter((runtime) => !used.has(runtime))
    .flatMap((runtime) => launchesOfRuntime(runtime, nameOf(runtime), format, configMaps, context));
  const all = [...served, ...alone];
  return extractionOf(all);
}

function nameOf(document: YamlValue): string {
  return textOf(at(document, 'metadata', 'name')) ?? 'runtime';
}

/** The engine and, where prefill is apart, the decoder; several nodes have a leader that launches. */
function launchesOfRuntime(
  runtime: YamlValue,
  name: string,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Launched[] {
  return ['engineConfig', 'decoderConfig'].flatMap((role) => {
    const config = at(runtime, 'spec', role);
    const leader = at(config, 'leader');
    const podSpec = leader ?? config;
    const runner = at(podSpec, 'runner');
    if (!podSpec || !runner) return [];
    const workers = leader ? (wholeNumber(at(config, 'worker', 'size'))?.value ?? 1) : 0;
    const pod = {
      name: role === 'decoderConfig' ? `${name} (decoder)` : name,
      spec: podSpec,
      nodes: Math.min(10_000, 1 + workers),
    };
    for (const start of startsOfContainer(pod, runner, format, configMaps, context)) {
      const launched = launchOf(start, context);
      if (launched) return [launched];
    }
    return [];
  });
}

/** The runtime's launch with the model that the service names: the operator mounts it and sets MODEL_PATH. */
function ofService(launched: Launched, service: YamlValue): Launched {
  const model = modelAt(at(service, 'spec', 'model', 'name'));
  if (!('deployment' in launched) || model === null) return launched;
  const { deployment } = launched;
  return {
    deployment: {
      ...deployment,
      model: { value: model.text.text, place: placeOfMapped(model.text) },
      unresolved: deployment.unresolved.filter(({ name }) => name !== 'model'),
    },
  };
}

/** OME calls runtimes after their engine: `srt-…` is SGLang's, `vllm-…` vLLM's (ome config/runtimes). */
const ENGINE_OF_RUNTIME: readonly (readonly [RegExp, string])[] = [
  [/^srt-/, 'sglang'],
  [/^vllm-/, 'vllm'],
];

/** A service whose runtime stands elsewhere: its model and engine, where the names tell them, with all else open. */
function withoutRuntime(service: YamlValue, runtime: string | null, format: string, context: FormatContext): Launched {
  const anchor = anchorOf(at(service, 'spec') ?? service);
  const name = nameOf(service);
  const reason =
    runtime === null
      ? 'OME chooses its runtime by the model, so its arguments are not in this file.'
      : `Its arguments stand in the runtime ${runtime}, which is not in this file.`;
  const id = ENGINE_OF_RUNTIME.find(([pattern]) => pattern.test(runtime ?? ''))?.[1];
  const engine = context.engines.find((one) => one.id === id);
  const model = modelAt(at(service, 'spec', 'model', 'name'));
  const named = at(service, 'spec', 'runtime', 'name');
  if (!engine || model === null || named?.kind !== 'scalar') {
    return { unsupported: cannotRead(reason, 'Check the runtime itself.', name, format, anchor) };
  }
  const place = placeOfMapped(named.text);
  const deployment = wrappedDeployment(
    {
      file: service.file.path,
      format,
      name,
      anchor,
      engine,
      image: null,
      environment: new Map(),
      gpuRequest: { name: null, count: null, nodes: 1 },
      model,
      parts: [],
      open: [{ name: 'more_arguments', text: named.text.text, reason, place }],
    },
    context,
  );
  return { deployment };
}
