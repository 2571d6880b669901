import type { Argument, Deployment, GpuRequest, Located, Unresolved } from '../../deployment.ts';
import type { Engine, Setting } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type {
  ListElement,
  PythonDict,
  PythonEntry,
  PythonOpen,
  PythonValue,
  Range,
} from '../../syntax/python/values.ts';
import type { Word } from '../../syntax/word.ts';
import { lineAt, placeOf, type SourceFile } from '../../text.ts';
import { certain, locatedEnvironment } from '../known-words.ts';
import type { LaunchContext } from '../launch.ts';
import { engineReference } from '../version/engine-version.ts';
import type { Installed } from '../version/install-command.ts';
import { fromModule } from './modules.ts';
import type { PythonKeywordsSite } from './edit-site.ts';
import { argumentOf, modelWord } from './values.ts';

/** An entry with the engine's name for it. */
export interface NamedKeyword {
  readonly name: string;
  readonly entry: PythonEntry;
}

/** A launch whose arguments are keywords of a call or entries of a dict. */
export interface KeywordsStart {
  readonly file: SourceFile;
  readonly format: string;
  readonly name: string;
  readonly at: Range;
  readonly engine: Engine;
  readonly keywords: readonly NamedKeyword[];
  /** Arguments that are not known (`**kwargs`). */
  readonly more: readonly PythonOpen[];
  readonly model: { readonly value: PythonValue; readonly range: Range } | null;
  /** What the package sets where nothing is said. */
  readonly defaults: Readonly<Record<string, Setting['value']>>;
  /** Where another argument may be written. */
  readonly home: PythonDict | null;
  readonly behind?: ListElement | null;
  readonly image: Located<string> | null;
  readonly installed: readonly Installed[];
  readonly environment: ReadonlyMap<string, Word>;
  readonly gpuRequest: GpuRequest;
}

/** The deployment that the keywords make. */
export function keywordsDeployment(start: KeywordsStart, context: LaunchContext): Deployment {
  const { engine, file, gpuRequest } = start;
  const entries = new Map<string, PythonEntry>();
  // `quantization=None` is how a program says that it is not set.
  const keywords = start.keywords.filter(({ entry }) => entry.value.kind !== 'none');
  const settings = keywords.map(({ name, entry }): Setting => {
    const stated = fromModule(entry.value, file, context);
    const { value, place, unresolved } = argumentOf(stated, entry.keyRange, gpuRequest.count, file);
    return { key: name, value, place, unresolved };
  });
  const parsed = engine.parseSettings(settings, false);
  const byPlace = new Map(settings.map((setting, index) => [setting.place, keywords[index]?.entry]));
  for (const [name, argument] of parsed.arguments) {
    const entry = byPlace.get(argument.place);
    if (entry) entries.set(name, entry);
  }
  const set = new Map(parsed.arguments);
  const anchor = placeOf(file, start.at.from, start.at.to);
  for (const [name, value] of Object.entries(start.defaults)) {
    const isSaid = set.has(name) || parsed.unresolved.some((open) => open.name === name);
    if (!isSaid) set.set(name, { name, value, place: anchor, source: 'wrapper' });
  }
  const model =
    start.model && certain(modelWord(fromModule(start.model.value, file, context), start.model.range, file), context);
  const unresolved: Unresolved[] = [...parsed.unresolved, ...start.more.map((open) => moreArguments(open, file))];
  if (model && model.unresolved !== null) {
    const place = placeOfMapped(model.text);
    unresolved.push({ name: 'model', text: model.text.text, reason: model.unresolved, place });
  }
  const site: PythonKeywordsSite = {
    kind: 'python-keywords',
    file,
    entries,
    home: start.home,
    behind: start.behind ?? null,
  };
  return {
    file: file.path,
    line: lineAt(file, start.at.from),
    format: start.format,
    name: start.name,
    engine: engineReference(
      engine,
      start.installed.filter((one) => one.engine === engine.id),
      start.image,
      file.path,
    ),
    device: engine.deviceOf(start.image?.value ?? null, deviceWords(engine, set)),
    model: model?.unresolved === null ? { value: model.text.text, place: placeOfMapped(model.text) } : null,
    arguments: set,
    unresolved,
    problems: parsed.problems,
    environment: locatedEnvironment(start.environment),
    gpuRequest,
    site,
  };
}

/** `device="cpu"`, as the command line has it. */
function deviceWords(engine: Engine, args: ReadonlyMap<string, Argument>): Word[] {
  const device = args.get('device')?.value;
  if (typeof device !== 'string') return [];
  return engine.printArgument('device', device).map((text) => ({ text: { text, segments: [] }, unresolved: null }));
}

function moreArguments({ reason, range }: PythonOpen, file: SourceFile): Unresolved {
  const text = file.text.slice(range.from, range.to).slice(0, 120);
  return { name: 'more_arguments', text, reason, place: placeOf(file, range.from, range.to) };
}
