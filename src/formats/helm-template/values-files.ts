import { at, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { exceeds, firstOf } from '../../syntax/unread.ts';
import type { SourceFile } from '../../text.ts';
import { embedded } from '../embedded/index.ts';
import type { FormatContext } from '../format.ts';
import { readValues } from '../helm-values/helmfile.ts';
import { helmValues } from '../helm-values/index.ts';
import { speaksOfItsKeys } from '../helm-values/overlay.ts';
import { laidOver } from '../helm-values/set-values.ts';
import { foldersFrom, inFolder, pathIn } from '../../paths.ts';
import { chartFolder } from './known-values.ts';

/** Values that somebody installs a chart with, and the files that say them. */
export interface ValuesFiles {
  readonly name: string;
  readonly files: readonly SourceFile[];
  readonly values: YamlValue;
}

/** Files of values that one template is read with. */
const MAX_FILES = 24;
/** Characters of all these. */
const MAX_CHARACTERS = 512 * 1024;
/** Folders above a chart in which releases are listed. */
const MAX_FOLDERS = 4;
const VALUES_FILE = /^(?!values\.ya?ml$)[\w.-]*values[\w.-]*\.ya?ml$/i;
/** Folders of a chart in which people keep a file of values for each place that it is installed in. */
const WITHIN = ['environments', 'environment', 'envs', 'env', 'values', 'overlays', 'overrides', 'examples'];
const HELMFILE = /^helmfile[\w.-]*\.ya?ml(?:\.gotmpl)?$/;

/**
 * The values that the chart of a template is installed with besides its own: each file of values beside it or in a folder for them,
 * and the files that a release of a helmfile lists. Files that are a launch by themselves are read there.
 */
export function valuesFilesOf(source: SourceFile, base: YamlValue | null, context: FormatContext): ValuesFiles[] {
  const folder = chartFolder(source.path);
  if (folder === null || !context.list) return [];
  const below = base?.kind === 'mapping' ? base : null;
  const beside = [...besideChart(folder, context), ...withinChart(folder, context)].map((path) => [path]);
  const sets = [...beside, ...released(folder, context)];
  const single = sets.filter((set, index) => sets.findIndex((other) => other.join('\n') === set.join('\n')) === index);
  let characters = 0;
  return firstOf(single, MAX_FILES, 'files of values of a chart').flatMap((paths): ValuesFiles[] => {
    const files = paths.flatMap((path) => context.read(path) ?? []);
    characters += files.reduce((sum, { text }) => sum + text.length, 0);
    if (exceeds(characters, MAX_CHARACTERS, 'characters of the values of a chart')) return [];
    let values: YamlValue | null = base;
    for (const file of files) {
      const document = valuesIn(file);
      if (document?.kind !== 'mapping' || isLaunch(file, context)) return [];
      // A file in a folder may be of something else.
      if (
        below &&
        paths.length === 1 &&
        file.path.slice(folder.length).lastIndexOf('/') > 0 &&
        !speaksOfItsKeys(document, below)
      )
        return [];
      values = laidOver(values, document);
    }
    const last = paths.at(-1) ?? '';
    const name = folder !== '' && last.startsWith(`${folder}/`) ? last.slice(folder.length + 1) : last;
    return files.length < paths.length || files.length === 0 || values === null ? [] : [{ name, files, values }];
  });
}

function valuesIn(file: SourceFile): YamlValue | null {
  const yaml = readValues(file);
  return 'documents' in yaml ? (yaml.documents[0] ?? null) : null;
}

/** Whether a file of values is read as a launch without the chart's templates. */
function isLaunch(file: SourceFile, context: FormatContext): boolean {
  return [helmValues, embedded].some((format) => {
    const found = format.detect(file) ? format.extract(file, context) : null;
    return found !== null && found.deployments.length > 0;
  });
}

function besideChart(folder: string, { list }: FormatContext): string[] {
  return (list?.(folder) ?? []).filter((name) => VALUES_FILE.test(name)).map((name) => inFolder(folder, name));
}

function withinChart(folder: string, { list }: FormatContext): string[] {
  return WITHIN.flatMap((within) =>
    (list?.(inFolder(folder, within)) ?? [])
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => inFolder(folder, `${within}/${name}`)),
  );
}

/** The files of values of each release of a chart that a helmfile above lists (helmfile.readthedocs.io: releases, values). */
function released(folder: string, { list, read }: FormatContext): string[][] {
  return foldersFrom(folder, MAX_FOLDERS).flatMap((above) =>
    (list?.(above) ?? [])
      .filter((name) => HELMFILE.test(name))
      .flatMap((name) => {
        const file = read(inFolder(above, name));
        const document = file && valuesIn(file);
        return itemsOf(at(document, 'releases')).flatMap((release): string[][] => {
          const chart = textOf(at(release, 'chart')) ?? '';
          if (!/^\.{1,2}\//.test(chart) || pathIn(above, chart) !== folder) return [];
          const paths = itemsOf(at(release, 'values')).flatMap((item) => {
            const text = textOf(item);
            return text === null || text.includes('{{') ? [] : (pathIn(above, text) ?? []);
          });
          return paths.length === 0 ? [] : [paths];
        });
      }),
  );
}
