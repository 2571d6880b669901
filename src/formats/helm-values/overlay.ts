import { at, readYaml, type YamlValue } from '../../syntax/yaml.ts';
import type { Deployment } from '../../deployment.ts';
import type { Place, SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, pathIn } from '../version/lookup.ts';
import type { Mapping } from './units.ts';
import { exceeds } from '../../syntax/unread.ts';

const MAX_DEPTH = 12;
const BASE = 'values.yaml';

/**
 * The values that a file of a chart makes together with the chart's own (`helm install -f gpu-values.yaml CHART`), for a file
 * that stands beside them; null for any other file.
 */
export function overBase(document: YamlValue, file: SourceFile, { read }: Pick<FormatContext, 'read'>): Mapping | null {
  const folder = folderOf(file.path);
  const [base, chart] = [pathIn(folder, BASE), pathIn(folder, 'Chart.yaml')];
  if (document.kind !== 'mapping' || base === null || chart === null || file.path === base || !read(chart)) return null;
  const found = read(base);
  const yaml = found && readYaml(found);
  const [below] = yaml && 'documents' in yaml ? yaml.documents : [];
  return below?.kind === 'mapping' ? merged(document, below) : null;
}

/** Mappings key by key, everything else as the upper one has it (Helm: values files). */
function merged(over: Mapping, below: Mapping, depth = 0): Mapping {
  const entries = over.entries.map((entry) => {
    const under = at(below, entry.key);
    return entry.value.kind === 'mapping' &&
      under?.kind === 'mapping' &&
      !exceeds(depth + 1, MAX_DEPTH, 'levels of values')
      ? { ...entry, value: merged(entry.value, under, depth + 1) }
      : entry;
  });
  const own = new Set(over.entries.map(({ key }) => key));
  return { ...over, entries: [...entries, ...below.entries.filter(({ key }) => !own.has(key))] };
}

/** Whether a file says something of a launch itself; one of which it says nothing is the chart's own. */
export function isSaidIn({ path }: SourceFile, deployment: Deployment): boolean {
  return placesOf(deployment).some(({ file }) => file === path);
}

/** The line of a launch in the file that says something of it. */
export function lineIn({ path }: SourceFile, deployment: Deployment): number {
  const lines = placesOf(deployment).flatMap(({ file, line }) => (file === path ? [line] : []));
  return deployment.file === path ? deployment.line : Math.min(...lines);
}

function placesOf({ model, arguments: found, unresolved, image, gpuRequest, engine }: Deployment): Place[] {
  const places = [
    model?.place,
    image?.place,
    engine.versionPlace,
    gpuRequest.name?.place,
    gpuRequest.count?.place,
    ...[...found.values(), ...unresolved].map(({ place }) => place),
  ];
  return places.flatMap((place) => place ?? []);
}
