import { readDotenv } from '../../syntax/dotenv.ts';
import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Environment } from '../container.ts';
import type { FormatContext } from '../format.ts';
import type { SourceFile } from '../../text.ts';
import { pathIn } from '../../paths.ts';
import { directoryOf, type Service, valuesIn } from './services.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Files of variables that one service names. */
const MAX_FILES = 10;

/** A scalar with its variables put in; null for anything else. */
export function wordAt(value: YamlValue | null, lookup: Lookup): Word | null {
  if (value?.kind !== 'scalar' || value.value === null) return null;
  return wordOf(interpolate(value.text, lookup));
}

/** The environment of a container: its files of variables, then its own, later ones winning. */
export function environmentOf(service: Service, lookup: Lookup, context: FormatContext): Environment {
  const environment = new Map<string, Word>();
  for (const { file } of filesOf(service, lookup, context))
    for (const [name, word] of file ? readDotenv(file, lookup) : []) environment.set(name, word);
  for (const declared of valuesIn(service, 'environment')) {
    for (const { key, value } of entriesIn(declared)) {
      if (value.kind === 'scalar') environment.set(key, wordAt(value, lookup) ?? passedOn(key, value, lookup));
    }
    for (const item of itemsOf(declared)) addItem(environment, item, lookup);
  }
  return environment;
}

/** A file of variables that a service names, where it is in the repository. */
interface VariableFile {
  readonly path: Word;
  readonly file: SourceFile | null;
  readonly isRequired: boolean;
}

/** The files of variables of a service (Compose specification, `env_file`: a path, a list of them, or mappings with `required`). */
function filesOf(service: Service, lookup: Lookup, context: FormatContext): VariableFile[] {
  return valuesIn(service, 'env_file').flatMap((declared) => {
    const items = declared.kind === 'sequence' ? itemsOf(declared) : [declared];
    return firstOf(items, MAX_FILES, 'files of variables of a service', placeOfValue).flatMap((item) => {
      const path = wordAt(item.kind === 'mapping' ? at(item, 'path') : item, lookup);
      if (!path) return [];
      const inside = path.unresolved === null ? pathIn(directoryOf(service, declared), path.text.text) : null;
      const isRequired = textOf(at(item, 'required')) !== 'false';
      return [{ path, file: inside === null ? null : context.read(inside), isRequired }];
    });
  });
}

/** The first file of variables that a service must have and that is not in the repository. */
export function missingFile(service: Service, lookup: Lookup, context: FormatContext): Word | null {
  return filesOf(service, lookup, context).find(({ file, isRequired }) => isRequired && file === null)?.path ?? null;
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
