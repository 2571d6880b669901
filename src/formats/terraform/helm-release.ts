import { FILLED } from '../../syntax/template-mask.ts';
import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { laidOver, withSet } from '../helm-values/set-values.ts';
import { pathIn } from '../../paths.ts';
import { readYaml } from '../../syntax/yaml.ts';
import { isOpen } from './scope.ts';
import type { Module } from './module.ts';
import { firstOf } from '../../syntax/unread.ts';

/** Values of one release that are set by name. */
const MAX_SET = 500;

/** What a release hands to its chart, and what of it is not in the repository. */
export interface ReleaseValues {
  readonly values: YamlValue | null;
  readonly missing: readonly YamlValue[];
}

/** Whether a mapping is a release of a chart: of the Helm provider, or of a module that makes some. */
export function isRelease(body: YamlValue): boolean {
  return at(body, 'chart') !== null && (at(body, 'values') !== null || at(body, 'set') !== null);
}

/** The values of a `helm_release`: the chart's own where it is in the repository, `values` in their order, then what is set by name. */
export function valuesOfRelease(body: YamlValue, module: Module): ReleaseValues {
  const missing: YamlValue[] = [];
  let values = chartValues(textOf(at(body, 'chart')), module);
  const written = at(body, 'values');
  for (const layer of written?.kind === 'sequence' ? written.items : written ? [written] : []) {
    const read = layerOf(layer);
    if (read === null) missing.push(layer);
    else values = laidOver(values, read);
  }
  const sets = ['set', 'set_list', 'set_sensitive'].flatMap((key) => itemsOf(at(body, key)));
  for (const set of firstOf(sets, MAX_SET, 'values that are set by name')) {
    const name = textOf(at(set, 'name'));
    const own = set.kind === 'mapping' ? set.entries.find(({ key }) => key === 'value') : undefined;
    const isNull = own?.value.kind === 'scalar' && own.value.value === null;
    if (name === null || !own || isNull || name.includes(FILLED)) continue;
    values = withSet(values, name, own) ?? values;
  }
  return { values, missing };
}

/** One item of `values`: a text of YAML, or what `yamlencode` makes into one. */
function layerOf(layer: YamlValue): YamlValue | null {
  if (layer.kind !== 'scalar') return layer.kind === 'mapping' ? layer : null;
  if (layer.value === null || (isOpen(layer) && !layer.text.text.includes('\n'))) return null;
  const yaml = readYamlIn(layer.text);
  return 'reason' in yaml ? null : (yaml.documents[0] ?? null);
}

/** The defaults of a chart that lies in the repository. */
function chartValues(chart: string | null, module: Module): YamlValue | null {
  if (chart === null || !/^\.{0,2}\//.test(chart) || chart.startsWith('/')) return null;
  const folder = pathIn(module.folder, chart);
  const file = folder === null ? null : module.read(`${folder}/values.yaml`);
  const yaml = file && readYaml(file);
  return yaml && 'documents' in yaml ? (yaml.documents[0] ?? null) : null;
}
