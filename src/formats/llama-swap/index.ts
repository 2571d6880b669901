import { type MappedText, placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import { splitWords } from '../../syntax/shell/split-words.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, readYaml, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { engineOfOptions } from '../known-by-options.ts';
import {
  extractionOf,
  type Launched,
  launchOf,
  scopeOfScript,
  scriptOf,
  type Start,
  startsIn,
  withInstalls,
} from '../launch.ts';
import { startsOfCommand } from '../shell/starts.ts';
import { scopeOf } from '../container.ts';
import { numbered } from '../script-launches.ts';
import { startsOfPlacedScript } from '../started-script.ts';
import { cannotRead } from '../unsupported.ts';
import { folderOf, foldersFrom, pathIn } from '../../paths.ts';
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
/** Folders above the config in which a script is looked for. */
const MAX_FOLDERS = 20;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const launched = yaml.documents.flatMap((config) => launchesOfSwap(config, context));
  return launched.length === 0 ? null : extractionOf(launched);
}

/** The launches of a config, wherever it stands. */
export function launchesOfSwap(config: YamlValue, context: FormatContext): Launched[] {
  const models = firstOf(entriesIn(at(config, 'models')), MAX_MODELS, 'models', placeOfEntry);
  return models.flatMap((entry) => launchesOf(entry, config, context));
}

function launchesOf({ key, keyText, value }: YamlEntry, config: YamlValue, context: FormatContext): Launched[] {
  const command = at(value, 'cmd');
  if (command?.kind !== 'scalar' || typeof command.value !== 'string') return [];
  const macros = macrosOf(config, value, keyText);
  const words = wordsOf(command.text, macros);
  const environment = environmentOf(at(value, 'env'), macros);
  const folder = folderOf(value.file.path);
  const placed = startsOfScript(words, environment, context, folder);
  const found = (placed ?? startsOf(words, environment, context, folder)).flatMap((start) =>
    startsOfCommand(start, { format: 'llama-swap', name: key }, context, folder),
  );
  const launched = numbered(
    found.flatMap((start) => launchOf(byOptions({ ...start, anchor: keyText }, context), context) ?? []),
  );
  const [program] = words;
  if (launched.length > 0 && program?.unresolved) return launched.map((one) => withMore(one, program));
  if (program?.unresolved) {
    const reason = `Its command starts with ${program.text.text}, which is not known here: ${program.unresolved}.`;
    const remedy = 'Define it in the same file, or check by hand what it starts.';
    return [{ unsupported: cannotRead(reason, remedy, key, 'llama-swap', program.text) }];
  }
  const script = launched.length === 0 ? scriptNamedIn(words) : null;
  if (script === null) return launched;
  const reason = `Its command starts ${nameOf(script)}, which is not in the repository, or starts no engine that Headroom knows.`;
  return [{ unsupported: cannotRead(reason, 'Check it by hand.', key, 'llama-swap', script.text) }];
}

/** A command whose program is a macro from elsewhere, which may hold options too: by those that are written. */
function byOptions(start: Start, { engines }: FormatContext): Start {
  const [program, ...options] = start.words;
  const engine = program?.unresolved ? engineOfOptions(options, true, engines) : null;
  return engine === null ? start : { ...start, hasCommand: false, startedBy: engine.id };
}

/** A macro that nobody knows may hold any option. */
function withMore(launched: Launched, { text, unresolved }: Word): Launched {
  if (!('deployment' in launched)) return launched;
  const { deployment } = launched;
  const place = placeOfMapped(text);
  const more = { name: 'more_arguments', text: text.text, reason: unresolved ?? '', place };
  return { deployment: { ...deployment, unresolved: [...deployment.unresolved, more] } };
}

/** The script that a command starts, behind variables that are set for it. */
function scriptNamedIn(words: readonly Word[]): Word | null {
  const first = words.findIndex(({ text }) => text.text !== 'env' && !/^[A-Za-z_]\w*=/.test(text.text));
  const program = words[/^(?:\S*\/)?(?:ba|z|da)?sh$/.test(words[first]?.text.text ?? '') ? first + 1 : first];
  return program && /\.(?:sh|bash)$/.test(program.text.text) ? program : null;
}

function nameOf({ text }: Word): string {
  return baseName(text.text);
}

/** The commands of a script of the repository that a command starts by its path in a container. */
function startsOfScript(
  words: readonly Word[],
  environment: ReadonlyMap<string, Word>,
  context: FormatContext,
  folder: string,
): ReturnType<typeof withInstalls> | null {
  const script = scriptNamedIn(words);
  if (script === null) return null;
  const start = words.indexOf(script);
  const inside = new Map([...environment, ...assignedIn(words.slice(0, start))]);
  const path = script.text.text;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const ends = names.map((_, index) => names.slice(index).join('/'));
  const folders = foldersFrom(folder, MAX_FOLDERS);
  const sources = ends.flatMap((end) => folders.flatMap((from) => pathIn(from, end) ?? []));
  const started = startsOfPlacedScript(words.slice(start), [{ sources, target: path }], scopeOf(inside), context);
  if (started === null) return null;
  const starts = started.map((one) => ({ ...one, environment: new Map([...inside, ...one.environment]) }));
  return withInstalls(starts, context, folder);
}

/** `env A=1 B=2` in front of a command. */
function assignedIn(words: readonly Word[]): (readonly [string, Word])[] {
  return words.flatMap(({ text, unresolved }) => {
    const equals = text.text.indexOf('=');
    if (equals <= 0) return [];
    return [
      [text.text.slice(0, equals), { text: sliceMapped(text, equals + 1, text.text.length), unresolved }] as const,
    ];
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
