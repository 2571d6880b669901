import { readDotenv } from '../../syntax/dotenv.ts';
import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Environment } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, pathIn } from '../version/lookup.ts';
import { type Service, valuesIn } from './services.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Files of variables that one service names. */
const MAX_FILES = 10;

/** What Compose puts in for variables of the file: the `.env` beside it. What whoever runs it exports is not known. */
export function projectVariables(path: string, { read }: FormatContext): Lookup {
  const folder = folderOf(path);
  let variables: ReadonlyMap<string, Word> | null = null;
  return (name) => {
    if (variables === null) {
      const file = read(folder === '' ? '.env' : `${folder}/.env`);
      variables = file ? readDotenv(file) : new Map<string, Word>();
    }
    return variables.get(name) ?? null;
  };
}

/** A scalar with its variables put in; null for anything else. */
export function wordAt(value: YamlValue | null, lookup: Lookup): Word | null {
  if (value?.kind !== 'scalar' || value.value === null) return null;
  return wordOf(interpolate(value.text, lookup));
}

/** The environment of a container: its files of variables, then its own, later ones winning. */
export function environmentOf(service: Service, lookup: Lookup, context: FormatContext): Environment {
  const environment = new Map<string, Word>();
  for (const declared of valuesIn(service, 'env_file')) {
    const items = declared.kind === 'sequence' ? itemsOf(declared) : [declared];
    for (const item of firstOf(items, MAX_FILES, 'files of variables of a service', placeOfValue)) {
      const path = wordAt(item.kind === 'mapping' ? at(item, 'path') : item, lookup);
      if (!path || path.unresolved !== null) continue;
      const inside = pathIn(folderOf(declared.file.path), path.text.text);
      const file = inside === null ? null : context.read(inside);
      for (const [name, word] of file ? readDotenv(file, lookup) : []) environment.set(name, word);
    }
  }
  for (const declared of valuesIn(service, 'environment')) {
    for (const { key, value } of entriesIn(declared)) {
      if (value.kind === 'scalar') environment.set(key, wordAt(value, lookup) ?? passedOn(key, value, lookup));
    }
    for (const item of itemsOf(declared)) addItem(environment, item, lookup);
  }
  return environment;
}

/** `- NAME=value`, or `- NAME` for what whoever runs it has set. */
function addItem(environment: Map<string, Word>, item: YamlValue, lookup: Lookup): void {
  const text = textOf(item);
  if (item.kind !== 'scalar' || text === null) return;
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  if (equals === -1) environment.set(name, passedOn(name, item, lookup));
  else environment.set(name, wordOf(interpolate(sliceMapped(item.text, equals + 1, text.length), lookup)));
}

function passedOn(name: string, value: Extract<YamlValue, { kind: 'scalar' }>, lookup: Lookup): Word {
  return lookup(name) ?? { text: value.text, unresolved: `${name} is taken from whoever runs it` };
}
