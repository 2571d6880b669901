import { at, readYaml, type YamlValue } from '../../syntax/yaml.ts';
import type { Deployment } from '../../deployment.ts';
import type { Place, SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, foldersFrom, pathIn } from '../../paths.ts';
import type { Mapping } from './units.ts';
import { exceeds } from '../../syntax/unread.ts';

const MAX_DEPTH = 12;
const BASE = 'values.yaml';
/** Files of values are kept at most so far below their chart (`overrides/models/llama.yaml`), the chart's own folder among them. */
const MAX_FOLDERS = 3;
/** Folders of a chart that hold no values of its own. */
const OF_THE_CHART = /^\/?(?:templates|crds|charts|tests)\//;

/**
 * The values that a file of a chart makes together with the chart's own (`helm install -f gpu-values.yaml CHART`), for a file
 * that stands beside or below them; null for any other file.
 */
export function overBase(document: YamlValue, file: SourceFile, { read }: Pick<FormatContext, 'read'>): Mapping | null {
  if (document.kind !== 'mapping') return null;
  const own = folderOf(file.path);
  for (const folder of foldersFrom(own, MAX_FOLDERS)) {
    const [base, chart] = [pathIn(folder, BASE), pathIn(folder, 'Chart.yaml')];
    if (base === null || chart === null || !read(chart)) continue;
    if (file.path === base || OF_THE_CHART.test(file.path.slice(folder.length))) return null;
    const found = read(base);
    const yaml = found && readYaml(found);
    const [below] = yaml && 'documents' in yaml ? yaml.documents : [];
    if (below?.kind !== 'mapping' || (folder !== own && !speaksOfItsKeys(document, below))) return null;
    return merged(document, below);
  }
  return null;
}

/** What a file further down is laid over has the same sections. */
export function speaksOfItsKeys(over: Mapping, below: Mapping): boolean {
  const known = over.entries.filter(({ key }) => at(below, key) !== null);
  return known.length === over.entries.length || (known.length >= 2 && known.length * 2 >= over.entries.length);
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
