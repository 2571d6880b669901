import type { Deployment } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { launchesOfKserve } from '../kserve/index.ts';
import { anchorOf, launchesOf } from '../kubernetes/containers.ts';
import { configMapsOf } from '../kubernetes/environment.ts';
import { podsOf } from '../kubernetes/pods.ts';
import type { Built } from './overlay.ts';

/** Launches of documents that patches of one file change, with everything that the build makes of them. */
export function launchesChangedBy(path: string, built: Built, context: FormatContext): Deployment[] {
  const own = configMapsOf(built.documents.map(({ value }) => value));
  const maps = new Map([...own, ...built.maps]);
  return built.documents.flatMap(({ value, patches }) => {
    const patch = patches.findLast((one) => one.file === path)?.patch;
    const generated = [...built.maps].some(([name, map]) => map.file.path === path && mentions(value, name));
    if (!patch && !generated) return [];
    const found = [
      ...launchesOf(podsOf(value), 'kustomize', maps, context).deployments,
      ...launchesOfKserve([value, ...runtimeOf(value, built)], 'kustomize', maps, context).deployments,
    ];
    const line = patch ? placeOfMapped(anchorOf(firstMapping(patch))).line : 1;
    return found.map((one) => ({ ...one, file: path, line: firstLineIn(path, one) ?? line }));
  });
}

/** The first line of a file that says something of a launch; null when it says none of its arguments. */
function firstLineIn(path: string, { model, arguments: found, unresolved }: Deployment): number | null {
  const places = [model, ...found.values(), ...unresolved].flatMap((one) =>
    one?.place.file === path ? [one.place] : [],
  );
  return places.length === 0 ? null : Math.min(...places.map(({ line }) => line));
}

/** The serving runtime that an inference service names, which is read with it. */
function runtimeOf(service: YamlValue, { documents }: Built): YamlValue[] {
  const named = textOf(at(service, 'spec', 'predictor', 'model', 'runtime'));
  if (named === null) return [];
  return documents.flatMap(({ value }) =>
    textOf(at(value, 'kind'))?.endsWith('ServingRuntime') === true && textOf(at(value, 'metadata', 'name')) === named
      ? [value]
      : [],
  );
}

function firstMapping(value: YamlValue): YamlValue {
  return value.kind === 'sequence' ? (value.items[0] ?? value) : value;
}

/** Whether a document's containers read a ConfigMap. */
function mentions(document: YamlValue, map: string): boolean {
  const containers = podsOf(document).flatMap(({ spec }) => itemsOf(at(spec, 'containers')));
  return containers.some(
    (container) =>
      itemsOf(at(container, 'envFrom')).some((one) => textOf(at(one, 'configMapRef', 'name')) === map) ||
      itemsOf(at(container, 'env')).some((one) => textOf(at(one, 'valueFrom', 'configMapKeyRef', 'name')) === map),
  );
}
