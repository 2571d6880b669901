import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { partsOf } from '../helm-values/generic.ts';
import { askedGpus } from '../helm-values/gpu-keys.ts';
import { entriesBelow } from '../helm-values/units.ts';
import { imageAt } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import type { Launched } from '../launch.ts';
import type { Installed } from '../version/install-command.ts';
import { wholeNumber } from '../whole-number.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';
import { type EngineResource, engineResourceOf } from './named-engine.ts';

/** Parts of a service that get GPUs of their own. */
const ROLES = ['prefill', 'decode'];
const LISTS = /^(?:args|(?:extra|engine|additional|runtime)(?:Args|Options|Flags|Arguments))$/;
/** No replica has more pods. */
const MAX_NODES = 10_000;

/**
 * What a resource of any operator launches that names an engine and a model under its `spec`: the engine's settings are the
 * keys of its section and of the `spec` itself, the GPUs stand in the resource, and the container says the rest.
 */
export function launchesOfEngineResource(
  document: YamlValue,
  documents: readonly YamlValue[],
  format: string,
  context: FormatContext,
): Launched[] {
  const found = engineResourceOf(document, documents, context.engines);
  if (found === null) return [];
  const { spec, engine, section, model, container, pod } = found;
  const name = textOf(at(document, 'metadata', 'name')) ?? textOf(at(document, 'kind')) ?? engine.id;
  const { gpuRequest, device, open } = gpusOf(container ?? spec, pod ?? spec, 1);
  const asked = askedGpus(entriesBelow(spec));
  const environment = environmentOf(container ?? spec, new Map());
  const launch = (called: string, role: YamlValue | null): Launched => ({
    deployment: wrappedDeployment(
      {
        file: document.file.path,
        format,
        name: called,
        anchor: anchorOf(role ?? spec),
        engine,
        image: imageAt(at(container ?? spec, 'image')),
        installed: versionIn(section, engine),
        environment,
        gpuRequest: {
          ...asked,
          ...gpuRequest,
          name: gpuRequest.name ?? asked.name,
          count: wholeNumber(at(role, 'gpu', 'count')) ?? gpuRequest.count ?? asked.count,
          nodes: nodesOf(spec),
        },
        ...(device !== null && { device }),
        model,
        open,
        parts: settingsOf(found, environment),
      },
      context,
    ),
  });
  const roles = ROLES.flatMap((role) => {
    const own = at(spec, 'scaling', role);
    return own?.kind === 'mapping' ? [[role, own] as const] : [];
  });
  return roles.length === 0 ? [launch(name, null)] : roles.map(([role, own]) => launch(`${name} (${role})`, own));
}

/** `size` beside `replicas`: pods of one replica. */
function nodesOf(spec: YamlValue): number {
  const size = at(spec, 'replicas') === null ? null : wholeNumber(at(spec, 'size'));
  return Math.min(MAX_NODES, Math.max(1, size?.value ?? 1));
}

function settingsOf(
  { spec, section, engine, container }: EngineResource,
  environment: ReturnType<typeof environmentOf>,
): Part[] {
  const own = section?.kind === 'mapping' ? entriesBelow(section) : [];
  const beside = spec.entries.filter(({ key, value }) => value.kind === 'scalar' || LISTS.test(key));
  const parts = partsOf([...own.map((entry) => inItsWords(entry, engine)), ...beside], environment, engine);
  const args = at(container, 'args');
  const words = wordsOf(args, environment);
  if (words.length > 0) {
    const sequence = args?.kind === 'sequence' ? args : null;
    parts.push({ kind: 'words', words, sequence, takesMore: true });
  }
  return parts;
}

/** `contextLength`, as operators of several engines call what each of them has a name of its own for. */
function inItsWords(entry: YamlEntry, engine: Engine): YamlEntry {
  if (!/^(?:context|max[-_]?context)[-_]?length$/i.test(entry.key)) return entry;
  const key = ['max_model_len', 'context_length', 'ctx_size', 'max_seq_len'].find((one) => engine.knowsArgument(one));
  return key === undefined ? entry : { ...entry, key };
}

function versionIn(section: YamlValue | null, engine: Engine): readonly Installed[] {
  const version = entriesIn(section).find(({ key }) => key === 'version')?.value;
  if (version?.kind !== 'scalar') return [];
  const [, number] = /^v?(\d{1,4}\.\d{1,4}\.\d{1,4}(?:\.post\d{1,3})?)$/.exec(version.text.text.slice(0, 40)) ?? [];
  if (number === undefined) return [];
  const statement = {
    version: number,
    text: `engine version ${version.text.text}`,
    place: placeOfMapped(version.text),
    replaces: false,
  };
  return [{ engine: engine.id, statement }];
}
