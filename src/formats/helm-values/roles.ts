import type { Engine } from '../../engines/engine.ts';
import { at, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { imageAt } from '../image.ts';
import { engineOfOptions } from '../known-by-options.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import type { Launched } from '../launch.ts';
import { wrappedDeployment } from '../platform-launch.ts';
import { partsOf } from './generic.ts';
import { askedGpus } from './gpu-keys.ts';
import { modelIn } from './model-key.ts';
import { entriesBelow, isOff, type Mapping } from './units.ts';

/** Parts of a disaggregated service, each an engine of its own. */
const ROLES = ['prefill', 'decode'];
const LISTS = /^(?:args|extra[-_]?args)$/i;

/** Whether values describe a disaggregated service: a model, and options of its parts (`decode: { extraArgs: [...] }`). */
export function hasRoles(home: Mapping): boolean {
  return rolesOf(home).length > 0 && modelIn(besides(home)) !== null;
}

/** The engines of such a service, one for each part; what stands beside the parts is said of all. */
export function launchesOfRoles(home: Mapping, format: string, context: FormatContext): Launched[] {
  const shared = besides(home);
  const model = modelIn(shared);
  return rolesOf(home).flatMap(({ name, role, list }): Launched[] => {
    const own = entriesBelow(role);
    const image = imageAt(at(role, 'image')) ?? imageAt(at(home, 'image'));
    const engine = engineFor(image?.value ?? null, list, context.engines);
    if (!engine || model === null) return [];
    const deployment = wrappedDeployment(
      {
        file: home.file.path,
        format,
        name: `${model.text.text} (${name})`,
        anchor: anchorOf(role),
        engine,
        image,
        environment: new Map(),
        gpuRequest: { ...askedGpus([...own, ...shared]), nodes: 1 },
        model: modelIn(own) ?? model,
        parts: partsOf([...own, ...shared], new Map(), engine),
      },
      context,
    );
    return [{ deployment }];
  });
}

function engineFor(image: string | null, list: YamlValue, engines: readonly Engine[]): Engine | null {
  const byImage = image === null ? null : engines.find(({ ownsImage }) => ownsImage(image));
  return byImage ?? engineOfOptions(wordsOf(list, new Map()), false, engines);
}

function rolesOf(home: Mapping): { name: string; role: Mapping; list: YamlValue }[] {
  return ROLES.flatMap((name) => {
    const role = at(home, name);
    if (role?.kind !== 'mapping' || isOff(role)) return [];
    const list = role.entries.find(({ key, value }) => LISTS.test(key) && value.kind === 'sequence')?.value;
    return list ? [{ name, role, list }] : [];
  });
}

function besides(home: Mapping): ReturnType<typeof entriesBelow> {
  const roles = ROLES.flatMap((name) => at(home, name) ?? []);
  return entriesBelow(home, new Set(roles)).filter(({ key }) => !ROLES.includes(key));
}
