import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { partsOf } from '../helm-values/generic.ts';
import { askedGpus } from '../helm-values/gpu-keys.ts';
import { modelIn } from '../helm-values/model-key.ts';
import { entriesBelow, type Mapping } from '../helm-values/units.ts';
import { imageAt } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import type { Launched } from '../launch.ts';
import type { Installed } from '../version/install-command.ts';
import { wholeNumber } from '../whole-number.ts';
import { type Part, wrappedDeployment } from '../wrapped.ts';

/** Names of engines that are not their ids. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['trtllm', 'tensorrtllm'],
  ['tensorrt', 'tensorrtllm'],
  ['textgenerationinference', 'tgi'],
]);
/** Parts of a service that get GPUs of their own. */
const ROLES = ['prefill', 'decode'];

/**
 * What a resource of any operator launches that names an engine and a model under its `spec` (`engine: vllm`,
 * `engine: { type: vllm, … }`): the engine's settings are the keys of that section, the GPUs stand in the resource.
 */
export function launchesOfEngineResource(document: YamlValue, format: string, context: FormatContext): Launched[] {
  const spec = at(document, 'spec');
  const section = at(spec, 'engine');
  const engine = engineNamed(section, context.engines);
  if (spec?.kind !== 'mapping' || section === null || !engine) return [];
  const model = modelIn(entriesBelow(spec).filter(({ key }) => !/^served/i.test(key)));
  if (model === null) return [];
  const name = textOf(at(document, 'metadata', 'name')) ?? textOf(at(document, 'kind')) ?? engine.id;
  const { gpuRequest, device } = gpusOf(spec, spec, 1);
  const asked = askedGpus(entriesBelow(spec));
  const environment = environmentOf(spec, new Map());
  const launch = (called: string, role: YamlValue | null): Launched => ({
    deployment: wrappedDeployment(
      {
        file: document.file.path,
        format,
        name: called,
        anchor: anchorOf(role ?? spec),
        engine,
        image: imageAt(at(spec, 'image')),
        installed: versionIn(section, engine),
        environment,
        gpuRequest: {
          name: gpuRequest.name ?? asked.name,
          count: wholeNumber(at(role, 'gpu', 'count')) ?? gpuRequest.count ?? asked.count,
          nodes: 1,
        },
        ...(device !== null && { device }),
        model,
        parts: settingsOf(spec, section, engine, environment),
      },
      context,
    ),
  });
  const roles = ROLES.flatMap((role) => {
    const found = at(spec, 'scaling', role);
    return found?.kind === 'mapping' ? [[role, found] as const] : [];
  });
  return roles.length === 0 ? [launch(name, null)] : roles.map(([role, own]) => launch(`${name} (${role})`, own));
}

function engineNamed(section: YamlValue | null, engines: readonly Engine[]): Engine | null {
  const written =
    textOf(section) ?? ['type', 'name', 'kind'].map((key) => textOf(at(section, key))).find(Boolean) ?? '';
  const plain = written
    .slice(0, 60)
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  const name = ALIASES.get(plain) ?? plain;
  return engines.find(({ id }) => id.replace(/[^a-z]/g, '') === name) ?? null;
}

function settingsOf(
  spec: Mapping,
  section: YamlValue,
  engine: Engine,
  environment: ReturnType<typeof environmentOf>,
): Part[] {
  const own = section.kind === 'mapping' ? entriesBelow(section) : [];
  const beside = spec.entries.filter(({ key }) => /^(?:args|extraArgs|engineArgs)$/.test(key));
  return partsOf([...own.map((entry) => inItsWords(entry, engine)), ...beside], environment, engine);
}

/** `contextLength`, as operators of several engines call what each of them has a name of its own for. */
function inItsWords(entry: YamlEntry, engine: Engine): YamlEntry {
  if (!/^(?:context|max[-_]?context)[-_]?length$/i.test(entry.key)) return entry;
  const key = ['max_model_len', 'context_length', 'ctx_size', 'max_seq_len'].find((one) => engine.knowsArgument(one));
  return key === undefined ? entry : { ...entry, key };
}

function versionIn(section: YamlValue, engine: Engine): readonly Installed[] {
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
