import { withOutputsFilled } from '../../syntax/template-mask.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';
import { at, itemsOf, readYaml, textOf, type YamlFile, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { laidOver, withSet } from './set-values.ts';

/** Releases of one file. */
const MAX_RELEASES = 200;

/** A file of values or of releases; of a template (`helmfile.yaml.gotmpl`) what it fills into a line is left open. */
export function readValues(file: SourceFile): YamlFile {
  return readYaml(file.path.endsWith('.gotmpl') ? withOutputsFilled(file) : file);
}

/**
 * The values that each release of a helmfile gives its chart itself (helmfile.readthedocs.io: `values` in order, then `set`); null
 * for any other document. Files of values are read by themselves.
 */
export function valuesOfHelmfile(document: YamlValue): YamlValue[] | null {
  const releases = itemsOf(at(document, 'releases')).filter((one) => at(one, 'chart') !== null);
  if (releases.length === 0) return null;
  return firstOf(releases, MAX_RELEASES, 'releases', placeOfValue).flatMap((release) => {
    let values: YamlValue | null = null;
    for (const layer of itemsOf(at(release, 'values'))) if (layer.kind === 'mapping') values = laidOver(values, layer);
    for (const set of itemsOf(at(release, 'set'))) {
      const name = textOf(at(set, 'name'));
      const own = set.kind === 'mapping' ? set.entries.find(({ key }) => key === 'value') : undefined;
      if (name !== null && own) values = withSet(values, name, own) ?? values;
    }
    return values === null ? [] : [values];
  });
}
