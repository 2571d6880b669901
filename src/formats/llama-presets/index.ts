import type { ArgumentValue, Deployment } from '../../deployment.ts';
import type { TextEdit } from '../../edit.ts';
import type { Engine } from '../../engines/engine.ts';
import { type IniEntry, type IniSection, readIni } from '../../syntax/ini.ts';
import { placeOfMapped, writtenAs } from '../../syntax/mapped-text.ts';
import { firstOf } from '../../syntax/unread.ts';
import type { Word } from '../../syntax/word.ts';
import { lineEndOf, type SourceFile } from '../../text.ts';
import { replaced } from '../edit-text.ts';
import type { CannotEdit, Extraction, Format, FormatContext } from '../format.ts';
import { isTelling } from '../known-by-options.ts';
import { extractionOf, type Launched, launchOf } from '../launch.ts';

const ID = 'llama-presets';

/** The models that llama.cpp's router starts (`--models-preset`), one in each section. */
export const llamaPresets: Format = {
  id: ID,
  title: 'llama.cpp model presets',
  detect: ({ text }) => /^\[[^\]\n]{1,300}\]/m.test(text) && SIGN.test(text),
  extract,
  edit,
};

/** Keys of a model, under the names that the server's options and variables have. */
const SIGN =
  /^(?:model|m|hf-repo|hf|hfr|model-url|mu|LLAMA_ARG_(?:MODEL|HF_REPO|MODEL_URL)|c|ctx-size|ngl|gpu-layers|n-gpu-layers|LLAMA_ARG_\w+)[ \t]*=/m;
/** Keys that only the router reads (tools/server/README.md, "Model presets"). */
const OF_ROUTER = /^(?:version|load-on-startup|stop-timeout)$/;
/** The section that holds for all models. */
const GLOBAL = '*';
const MAX_MODELS = 500;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const engine = context.engines.find(
    ({ knowsArgument }) => knowsArgument('n_gpu_layers') && knowsArgument('ctx_size'),
  );
  const sections = readIni(file);
  if (!engine || !sections) return null;
  const words = sections.find(({ name }) => name === GLOBAL)?.entries.flatMap((entry) => wordsOf(entry, engine)) ?? [];
  const shared: Shared = { words, tells: tells(engine.parseWords(words, 'server').arguments) };
  const models = sections.filter(({ name }) => name !== '' && name !== GLOBAL);
  const known = firstOf(models, MAX_MODELS, 'models', ({ nameText }) => placeOfMapped(nameText));
  const launched = known.flatMap((section) => launchOfSection(section, shared, engine, context));
  return launched.length === 0 ? null : extractionOf(launched);
}

/** What holds for all models, and whether it tells that an engine is meant. */
interface Shared {
  readonly words: readonly Word[];
  readonly tells: boolean;
}

function tells(read: ReadonlyMap<string, unknown>): boolean {
  return [...read.keys()].some(isTelling);
}

/** What a section starts, with the options of all models in front of its own, which go before them. */
function launchOfSection(section: IniSection, shared: Shared, engine: Engine, context: FormatContext): Launched[] {
  const { name, nameText } = section;
  const own = section.entries.flatMap((entry) => wordsOf(entry, engine));
  const words = [...shared.words, ...own];
  const { arguments: read, model, problems, unresolved } = engine.parseWords(own, 'server');
  const unknown = problems.filter(({ code }) => code === 'unknown-argument').length;
  const isTold = shared.tells || tells(read);
  const isModel = model !== null && (/\.gguf$/i.test(model.value) || isTold);
  const isRepository = /^[\w.-]+\/[\w.-]+(?::[\w.-]+)?$/.test(name);
  const isOurs = isModel || (isRepository && isTold) || hasRepository(section);
  if (!isOurs || unknown > read.size + unresolved.length + 1) return [];
  // A section that names no model is for the one of the server's cache that it is called after.
  const flag = { text: writtenAs(nameText, '--hf-repo'), unresolved: null };
  const named = model === null && unresolved.every((open) => open.name !== 'model') && isRepository;
  const launched = launchOf(
    {
      format: ID,
      name,
      words: named ? [flag, { text: nameText, unresolved: null }, ...words] : words,
      hasCommand: false,
      startedBy: engine.id,
      image: null,
      environment: new Map(),
      gpuRequest: { name: null, count: null, nodes: 1 },
      sequence: null,
      anchor: nameText,
    },
    context,
  );
  if (!launched || !('deployment' in launched)) return [];
  return [{ deployment: { ...launched.deployment, line: placeOfMapped(nameText).line } }];
}

function hasRepository({ entries }: IniSection): boolean {
  return entries.some(({ key }) => /^(?:hf-repo|hf|hfr|LLAMA_ARG_HF_REPO)$/.test(key));
}

/** A key and its value as words of a command line (common/preset.cpp, common_preset::to_args). */
function wordsOf({ key, keyText, value }: IniEntry, engine: Engine): Word[] {
  if (OF_ROUTER.test(key)) return [];
  const option = (text: string): Word => ({ text: writtenAs(keyText, text), unresolved: null });
  const variable = engine.argumentOfVariable(key);
  const name = variable === null ? key : variable.replaceAll('_', '-');
  const spelled = [`--${name}`, `-${name}`].map(option);
  const flag = spelled.find((one) => isKnown([one], engine)) ?? option(`--${name}`);
  const said = /^(?:(on|enabled|true|1)|(off|disabled|false|0))$/.exec(value.text);
  const bare = said && (said[1] !== undefined ? flag : negative(name, engine, option));
  if (bare && stores([bare], engine)) return [bare];
  return [flag, { text: value, unresolved: null }];
}

/** The flag that says no: `--no-mmap` for `mmap = off`, `--mmap` for `no-mmap = off`. */
function negative(name: string, engine: Engine, option: (text: string) => Word): Word | null {
  const flag = option(name.startsWith('no-') ? `--${name.slice(3)}` : `--no-${name}`);
  return isKnown([flag], engine) ? flag : null;
}

function isKnown(words: readonly Word[], engine: Engine): boolean {
  return engine.parseWords(words, 'server').problems.every(({ code }) => code !== 'unknown-argument');
}

/** Whether an option is whole without a value behind it. */
function stores(words: readonly Word[], engine: Engine): boolean {
  const { arguments: read, problems } = engine.parseWords(words, 'server');
  return read.size > 0 && problems.length === 0;
}

/** Changes a key of the model's own section where it stands; another one, or one over that of all models, goes behind its last key. */
function edit(
  deployment: Deployment,
  argument: string,
  value: ArgumentValue | undefined,
  _context: FormatContext,
  file: SourceFile,
): readonly TextEdit[] | CannotEdit {
  const section = readIni(file)?.findLast(({ nameText }) => placeOfMapped(nameText).line === deployment.line);
  if (!section) return { reason: 'it is not written in a file' };
  const written = deployment.arguments.get(argument);
  const held = section.entries.find(({ keyText }) => placeOfMapped(keyText).line === written?.place.line);
  if (value === undefined) return held ? [withoutLine(file, held)] : [];
  if (typeof value === 'object') return { reason: 'it is written by hand in a preset' };
  if (held) {
    const isNegated = held.key.startsWith('no-') && typeof value === 'boolean';
    return replaced(held.value, String(isNegated ? !value : value));
  }
  const last = section.entries.at(-1);
  if (!last) return { reason: 'there is no key that it could stand behind' };
  const from = placeOfMapped(last.keyText).start;
  const next = file.text.indexOf('\n', from);
  const end = next === -1 ? file.text.length : next - (file.text[next - 1] === '\r' ? 1 : 0);
  const gap = /^[ \t]*=[ \t]*/.exec(file.text.slice(placeOfMapped(last.keyText).end))?.[0] ?? ' = ';
  const newText = `${lineEndOf(file.text)}${argument.replaceAll('_', '-')}${gap}${String(value)}`;
  return [{ file: file.path, start: end, end, newText }];
}

/** A line goes with the line end in front of it: a heading stands there always. */
function withoutLine({ path, text }: SourceFile, { keyText }: IniEntry): TextEdit {
  const { start } = placeOfMapped(keyText);
  const before = text.slice(0, start).replace(/\r?\n$/, '').length;
  const next = text.slice(start).search(/\r?\n/);
  return { file: path, start: before, end: next === -1 ? text.length : start + next, newText: '' };
}
