import { type MappedText, sliceMapped } from '../../syntax/mapped-text.ts';
import { splitWords } from '../../syntax/shell/split-words.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, readYaml, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched, launchOf, scopeOfScript, scriptOf, startsIn, withInstalls } from '../launch.ts';
import { startsOfCommand } from '../shell/starts.ts';
import { folderOf } from '../version/lookup.ts';
import { expandMacros, type Macros, macrosOf, withoutComments } from './macros.ts';
import { firstOf, placeOfEntry } from '../../syntax/unread.ts';

/** llama-swap's config: commands by model, of whatever server. */
export const llamaSwap: Format = {
  id: 'llama-swap',
  title: 'llama-swap',
  detect: ({ text }) => /^["']?models["']?[ \t]*:/m.test(text) && /^[ \t]+["']?cmd["']?[ \t]*:/m.test(text),
  extract,
  edit: editDeployment,
};

/** Models that are looked at; nobody swaps more. */
const MAX_MODELS = 500;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const launched = yaml.documents.flatMap((config) =>
    firstOf(entriesIn(at(config, 'models')), MAX_MODELS, 'models', placeOfEntry).flatMap((entry) =>
      launchesOf(entry, config, context),
    ),
  );
  return launched.length === 0 ? null : extractionOf(launched);
}

function launchesOf({ key, keyText, value }: YamlEntry, config: YamlValue, context: FormatContext): Launched[] {
  const command = at(value, 'cmd');
  if (command?.kind !== 'scalar' || typeof command.value !== 'string') return [];
  const macros = macrosOf(config, value, keyText);
  const words = wordsOf(command.text, macros);
  const environment = environmentOf(at(value, 'env'), macros);
  const folder = folderOf(value.file.path);
  const found = startsOf(words, environment, context, folder).flatMap((start) =>
    startsOfCommand(start, { format: 'llama-swap', name: key }, context, folder),
  );
  return found.flatMap((start, index) => {
    const name = index === 0 ? key : `${key} #${index + 1}`;
    return launchOf({ ...start, name, anchor: keyText }, context) ?? [];
  });
}

/** No shell reads a command; one that starts a shell gives it a script. */
function startsOf(
  words: readonly Word[],
  environment: ReadonlyMap<string, Word>,
  context: FormatContext,
  folder: string,
): ReturnType<typeof withInstalls> {
  const script = scriptOf(words);
  if (script === null || script.unresolved !== null) return withInstalls([{ words, environment }], context, folder);
  const scope = new Map([...environment].map(([name, word]) => [name, [word]] as const));
  const inner = startsIn(script.text, scopeOfScript(words, script, scope));
  const starts = inner.map((one) => ({ words: one.words, environment: new Map([...environment, ...one.environment]) }));
  return withInstalls(starts, context, folder);
}

/** `C:\apps\llama-server.exe`: backslashes are part of paths there. */
const WINDOWS_PATH = /(?:^|[\s"'=])[A-Za-z]:\\/;

function wordsOf(command: MappedText, macros: Macros): Word[] {
  const expanded = expandMacros(withoutComments(command), macros);
  return splitWords(expanded, false, !WINDOWS_PATH.test(expanded.text.text));
}

/** `env: ["CUDA_VISIBLE_DEVICES=0"]` */
function environmentOf(list: YamlValue | null, macros: Macros): ReadonlyMap<string, Word> {
  const environment = new Map<string, Word>();
  for (const item of itemsOf(list)) {
    if (item.kind !== 'scalar') continue;
    const { text, open } = expandMacros(item.text, macros);
    const equals = text.text.indexOf('=');
    if (equals <= 0) continue;
    const unresolved = open[0]?.reason ?? null;
    environment.set(text.text.slice(0, equals), { text: sliceMapped(text, equals + 1, text.text.length), unresolved });
  }
  return environment;
}
