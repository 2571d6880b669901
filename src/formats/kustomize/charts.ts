import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { withPlacesHere } from '../custom-resources/places-here.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { laidOver } from '../helm-values/set-values.ts';
import { launchesOfValues } from '../helm-values/index.ts';
import { folderOf, pathIn } from '../../paths.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

const MAX_CHARTS = 20;

/** Launches of the charts that a kustomization inflates with values of its own; files of values are read by themselves. */
export function launchesOfCharts(kustomization: YamlValue, context: FormatContext): Extraction {
  const { path } = kustomization.file;
  const found = firstOf(itemsOf(at(kustomization, 'helmCharts')), MAX_CHARTS, 'charts', placeOfValue).flatMap(
    (chart) => {
      const inline = at(chart, 'valuesInline');
      if (!inline) return [];
      const named = [at(chart, 'valuesFile'), ...itemsOf(at(chart, 'additionalValuesFiles'))];
      const files = named.flatMap((item) => fileAt(textOf(item), path, context));
      const isOver = textOf(at(chart, 'valuesMerge')) !== 'merge';
      const layers = isOver ? [...files, inline] : [inline, ...files];
      const values = layers.reduce<YamlValue | null>((base, layer) => laidOver(base, layer), null);
      return values ? [withPlacesHere(launchesOfValues(values, 'kustomize', context), path)] : [];
    },
  );
  return {
    deployments: found.flatMap((one) => one.deployments),
    unsupported: found.flatMap((one) => one.unsupported),
  };
}

function fileAt(relative: string | null, home: string, { read }: FormatContext): YamlValue[] {
  const path = relative === null ? null : pathIn(folderOf(home), relative);
  const file = path === null ? null : read(path);
  const yaml = file && readYaml(file);
  return yaml && 'documents' in yaml ? yaml.documents.slice(0, 1) : [];
}
