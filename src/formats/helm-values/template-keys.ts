import type { Engine } from '../../engines/engine.ts';
import { entriesIn, type YamlEntry } from '../../syntax/yaml.ts';
import { firstOf } from '../../syntax/unread.ts';
import { argumentOf, isSet } from '../argument-keys.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, foldersFrom, pathIn } from '../../paths.ts';
import type { NamedEntry } from '../platform-launch.ts';
import type { Mapping } from './units.ts';

/** Values are kept at most so far below their chart. */
const MAX_FOLDERS = 3;
const MAX_TEMPLATES = 40;
const MAX_CHARACTERS = 200_000;
const MAX_PAIRS = 200;
/** An option and the key that a template gives it: `--max-model-len={{ .Values.len }}`, or in two items of a list. */
const PAIR =
  /--([a-z][\w-]{0,60})["']?(?:=|[ \t]{1,20}|[ \t]{0,20},[ \t]{0,20}|[ \t]{0,20}\r?\n[ \t]{0,80}-[ \t]{1,20})["']?\{\{-?[ \t]{0,20}(?:\(?(?:int|int64|quote|toString)[ \t]{1,20})?\.Values\.([\w.]{1,100})/g;

/** What the templates of a chart make of keys that are called otherwise than the engine's arguments. */
export function templateEntries(document: Mapping, engine: Engine, context: FormatContext): NamedEntry[] {
  const found = new Map<string, YamlEntry>();
  for (const text of templatesOf(document.file.path, context)) {
    for (const [, option = '', path = ''] of firstOf([...text.matchAll(PAIR)], MAX_PAIRS, 'options of a template')) {
      const name = argumentOf(option, engine);
      const entry = name === null || found.has(name) ? null : entryAt(document, path);
      if (name !== null && entry?.value.kind === 'scalar' && isSet(entry)) found.set(name, entry);
    }
  }
  return [...found].map(([name, entry]) => ({ name, entry }));
}

/** The texts of the templates of the chart that values belong to. */
function templatesOf(path: string, { read, list }: FormatContext): string[] {
  if (!list) return [];
  for (const folder of foldersFrom(folderOf(path), MAX_FOLDERS)) {
    const [chart, templates] = [pathIn(folder, 'Chart.yaml'), pathIn(folder, 'templates')];
    if (chart === null || templates === null || !read(chart)) continue;
    const names = list(templates).filter((name) => /\.(?:ya?ml|tpl)$/.test(name));
    return firstOf(names, MAX_TEMPLATES, 'templates of a chart').flatMap((name) => {
      const text = read(`${templates}/${name}`)?.text ?? '';
      return text.includes('--') && text.length <= MAX_CHARACTERS ? [text] : [];
    });
  }
  return [];
}

function entryAt(document: Mapping, path: string): YamlEntry | null {
  const keys = path.split('.');
  let entry: YamlEntry | null = null;
  let entries: readonly YamlEntry[] = document.entries;
  for (const key of keys) {
    entry = entries.find((one) => one.key === key) ?? null;
    if (entry === null) return null;
    entries = entriesIn(entry.value);
  }
  return entry;
}
