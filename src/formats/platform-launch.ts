import type { Argument, ArgumentProblem, ArgumentValue, Deployment, Located, Unresolved } from '../deployment.ts';
import type { Engine, ParsedArguments, Setting } from '../engines/engine.ts';
import { type MappedText, placeOfMapped } from '../syntax/mapped-text.ts';
import { FILLED } from '../syntax/template-mask.ts';
import type { Word } from '../syntax/word.ts';
import type { YamlEntry, YamlValue } from '../syntax/yaml.ts';
import type { Place } from '../text.ts';
import { certain, locatedEnvironment } from './known-words.ts';
import { modelOfImage } from './image-model.ts';
import type { LaunchContext } from './launch.ts';
import type { JsonSite, NewListSite, SettingsSite, Site, SitePart, WordsSite } from './edit-site.ts';
import { engineReference } from './version/engine-version.ts';
import type { Installed } from './version/install-command.ts';

/** One of the places from which a platform puts the engine's arguments together. A later part wins over an earlier one. */
export type Part =
  | WordsPart
  | {
      readonly kind: 'settings';
      /** Keys of a mapping, each with the engine's name for it. */
      readonly settings: readonly NamedEntry[];
      /** Where another may be added; null where none may. */
      readonly mapping: SettingsSite['mapping'] | null;
      readonly keyOf?: (name: string) => string | null;
    }
  | { readonly kind: 'json'; readonly values: readonly { readonly name: string; readonly text: MappedText }[] }
  | VariablesPart
  | NewListSite;

/** Variables of the environment, each with the engine's name for it. */
export interface VariablesPart {
  readonly kind: 'variables';
  readonly values: readonly { readonly name: string; readonly word: Word }[];
}

export interface WordsPart {
  readonly kind: 'words';
  readonly words: readonly Word[];
  /** Index of the first argument, where the words begin with the command; 0 when absent. */
  readonly argumentsStart?: number;
  /** How the engine was started, where the words say so. */
  readonly entrypoint?: string;
  /** The same words as the engine itself would have them, where the platform has names of its own. */
  readonly translated?: readonly Word[];
  readonly sequence: WordsSite['sequence'];
  readonly takesMore: boolean;
  readonly twins?: readonly (readonly Word[])[];
}

export interface NamedEntry {
  readonly name: string;
  readonly entry: YamlEntry;
  /** The value where it is not the entry's own. */
  readonly value?: ArgumentValue;
}

/** A launch that a platform makes of a config of its own. */
export interface WrappedStart {
  readonly file: string;
  readonly format: string;
  readonly name: string;
  /** What the launch is pointed at by. */
  readonly anchor: MappedText;
  readonly engine: Engine;
  readonly image: Located<string> | null;
  readonly installed?: readonly Installed[];
  readonly environment: ReadonlyMap<string, Word>;
  readonly gpuRequest: Deployment['gpuRequest'];
  readonly device?: Deployment['device'];
  /** The model as the platform is told it; goes before what the arguments say. */
  readonly model: Word | null;
  readonly parts: readonly Part[];
  /** What the platform sets where nothing else does. */
  readonly defaults?: readonly { readonly name: string; readonly value: ArgumentValue; readonly place: Place }[];
  /** What the platform sets whatever else is said, and why. */
  readonly overrides?: readonly Override[];
  /** Arguments that the platform decides in a way that the config does not tell. */
  readonly open?: readonly Unresolved[];
}

export interface Override {
  readonly name: string;
  readonly value: ArgumentValue;
  readonly place: Place;
  readonly reason: string;
}

/** The deployment that a platform's config makes, its arguments in the engine's own names. */
export function wrappedDeployment(start: WrappedStart, context: LaunchContext): Deployment {
  const { engine } = start;
  const read = start.parts.map((part) => readPart(part, engine, context));
  const merged = new Map<string, Argument>();
  const open = new Map<string, Unresolved>((start.open ?? []).map((one) => [one.name, one]));
  const holder = new Map<string, number>();
  for (const [index, { parsed }] of read.entries()) {
    for (const [name, argument] of parsed.arguments) {
      if (argument.value === null) continue;
      merged.set(name, argument);
      open.delete(name);
      holder.set(name, index);
    }
    for (const unresolved of parsed.unresolved) {
      if (!parsed.arguments.has(unresolved.name)) merged.delete(unresolved.name);
      open.set(unresolved.name, unresolved);
    }
  }
  const problems: ArgumentProblem[] = read.flatMap(({ parsed }) => parsed.problems);
  for (const { name, value, place } of start.defaults ?? []) {
    if (!merged.has(name) && !open.has(name)) merged.set(name, { name, value, place, source: 'wrapper' });
  }
  for (const { name, value, place, reason } of start.overrides ?? []) {
    const said = merged.get(name);
    if (said && JSON.stringify(said.value) !== JSON.stringify(value)) {
      const message = `${name} is given, but ${reason}.`;
      problems.push({ code: 'ignored-argument', message, remedy: 'Remove it.', place: said.place });
    }
    if (!said || JSON.stringify(said.value) !== JSON.stringify(value)) {
      merged.set(name, { name, value, place, source: 'wrapper' });
      open.delete(name);
    }
  }
  const model = modelOf(start, read, open, context);
  const fixed = new Map((start.overrides ?? []).map(({ name, reason }) => [name, reason]));
  const site: Site = { kind: 'parts', parts: read.map(({ site: one }, index) => sitePart(one, index, holder)), fixed };
  const options = read.flatMap(({ words }) => words);
  return {
    file: start.file,
    line: placeOfMapped(start.anchor).line,
    format: start.format,
    name: start.name,
    engine: engineReference(engine, start.installed ?? [], start.image, start.file),
    ...(start.image && { image: start.image }),
    device: start.device ?? engine.deviceOf(start.image?.value ?? null, options),
    model,
    arguments: merged,
    unresolved: [...open.values()],
    problems,
    environment: locatedEnvironment(start.environment),
    gpuRequest: start.gpuRequest,
    site,
  };
}

interface ReadPart {
  readonly parsed: ParsedArguments;
  readonly words: readonly Word[];
  readonly site: Omit<SitePart, 'holds'>;
}

const NOTHING: ParsedArguments = { model: null, arguments: new Map(), unresolved: [], problems: [] };

function readPart(part: Part, engine: Engine, context: LaunchContext): ReadPart {
  switch (part.kind) {
    case 'words': {
      const { argumentsStart = 0, entrypoint = 'arguments' } = part;
      const words = (part.translated ?? part.words).slice(argumentsStart).map((word) => certain(word, context));
      const wordsSite = (own: readonly Word[], sequence: WordsSite['sequence']): WordsSite => ({
        kind: 'words',
        words: own,
        argumentsStart,
        sequence,
      });
      const twins = (part.twins ?? []).map((twin) => wordsSite(twin, null));
      const site = { site: wordsSite(part.words, part.sequence), takesMore: part.takesMore, twins };
      return { parsed: engine.parseWords(words, entrypoint), words, site };
    }
    case 'settings': {
      const entries = new Map(part.settings.map(({ name, entry }) => [name, entry]));
      const settings = part.settings.map((named) => settingFrom(named, context));
      const [first] = part.settings;
      const mapping = part.mapping ?? ownerOf(first?.entry);
      const parsed = engine.parseSettings(settings, false);
      if (!mapping) return { parsed, words: [], site: { site: EMPTY_JSON, takesMore: false, twins: [] } };
      const site: SettingsSite = { kind: 'settings', mapping, entries, ...(part.keyOf && { keyOf: part.keyOf }) };
      return { parsed, words: [], site: { site, takesMore: part.mapping !== null, twins: [] } };
    }
    case 'json': {
      const values = new Map(part.values.map(({ name, text }) => [name, text]));
      const settings = part.values.map(({ name, text }) => ({
        key: name,
        value: JSON.parse(text.text) as ArgumentValue,
        place: placeOfMapped(text),
        unresolved: null,
      }));
      const site: JsonSite = { kind: 'json', values };
      return { parsed: engine.parseSettings(settings, false), words: [], site: { site, takesMore: false, twins: [] } };
    }
    case 'variables': {
      const values = new Map(part.values.map(({ name, word }) => [name, word.text]));
      const settings = part.values.map(({ name, word }) => {
        const { text, unresolved } = certain(word, context);
        return { key: name, value: text.text, place: placeOfMapped(text), unresolved };
      });
      const site = { kind: 'variables' as const, values };
      const parsed = fromEnvironment(engine.parseSettings(settings, false));
      return { parsed, words: [], site: { site, takesMore: false, twins: [] } };
    }
    case 'new-list':
      return { parsed: NOTHING, words: [], site: { site: part, takesMore: true, twins: [] } };
  }
}

function fromEnvironment(parsed: ParsedArguments): ParsedArguments {
  const named = [...parsed.arguments].map(([name, one]) => [name, { ...one, source: 'environment' }] as const);
  return { ...parsed, arguments: new Map<string, Argument>(named) };
}

const EMPTY_JSON: JsonSite = { kind: 'json', values: new Map() };

/** A mapping that holds an entry, where the entry is all that is known of it. */
function ownerOf(entry: YamlEntry | undefined): SettingsSite['mapping'] | null {
  if (!entry) return null;
  return { kind: 'mapping', entries: [entry], node: entry.owner, file: entry.value.file };
}

function settingFrom({ name, entry, value }: NamedEntry, context: LaunchContext): Setting {
  const { value: node, keyText } = entry;
  const text = node.kind === 'scalar' ? node.text : keyText;
  const { unresolved } = certain({ text, unresolved: null }, context);
  return { key: name, value: value ?? plainOf(node), place: placeOfMapped(text), unresolved };
}

/** A scalar as it is written, so that `"0.90"` and `0.90` are read alike; anything else as plain data. */
function plainOf(node: YamlValue): ArgumentValue {
  if (node.kind === 'scalar') return typeof node.value === 'string' ? node.text.text : node.value;
  if (node.kind === 'sequence') return node.items.map(plainOf);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]));
}

function sitePart(part: Omit<SitePart, 'holds'>, index: number, holder: ReadonlyMap<string, number>): SitePart {
  return { ...part, holds: new Set([...holder].filter(([, at]) => at === index).map(([name]) => name)) };
}

function modelOf(
  { model, engine, image }: WrappedStart,
  read: readonly ReadPart[],
  open: Map<string, Unresolved>,
  context: LaunchContext,
): Located<string> | null {
  if (model === null) {
    const said = read.findLast(({ parsed }) => parsed.model !== null)?.parsed.model ?? null;
    return said ?? (open.has('model') ? null : modelOfImage(image, engine));
  }
  // An address with a variable in it is still told apart from others; what a template fills in is nothing.
  const { text, unresolved } = model.text.text.includes(FILLED) ? certain(model, context) : model;
  const place = placeOfMapped(text);
  open.delete('model');
  if (unresolved === null) return { value: text.text, place };
  open.set('model', { name: 'model', text: text.text, reason: unresolved, place });
  return null;
}
