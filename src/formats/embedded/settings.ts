import type { Engine } from '../../engines/engine.ts';
import type { Word } from '../../syntax/word.ts';
import { textOf } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import type { Launched } from '../launch.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import { aroundOf, deviceOf, ENVIRONMENT, imageIn, statedVersion } from './around.ts';
import { argumentsIn, featureOf, weightOf } from './keys.ts';
import { modelOf } from './model.ts';
import { optionsIn, optionWeight } from './options.ts';
import { isNoLaunch } from './not-serving.ts';
import { keysTo, type Mapping, type Spot } from './walk.ts';
import { exceeds, firstOf, placeOfValue } from '../../syntax/unread.ts';

/** A part of a document that describes one engine by its own keys or options. */
interface Unit {
  readonly engine: Engine;
  /** The mappings that hold its keys and options, all of them of one launch. */
  readonly seats: readonly Mapping[];
  readonly model: Word | null;
  /** Whether its options or its image say which model. */
  readonly told: boolean;
  /** What it stands in, from the first seat outwards. */
  readonly around: readonly Mapping[];
  readonly path: readonly string[];
}

/** The mappings that hold a command which launches, and all that these stand in. */
interface Commanded {
  readonly commanded: ReadonlySet<Mapping>;
  readonly scopes: ReadonlySet<Mapping>;
}

const MAX_UNITS = 200;
/** The launches that a document describes by an engine's own keys, at whatever place, without those of its commands. */
export function settingsLaunches(
  spots: readonly Spot[],
  { commanded, scopes }: Commanded,
  file: string,
  context: FormatContext,
): Launched[] {
  const units = unitsOf(spots, context).filter(
    ({ seats, around, path }) =>
      ![...seats, ...around.slice(0, 2)].some((mapping) => commanded.has(mapping)) &&
      !(ENVIRONMENT.test(path.at(-1) ?? '') && around.slice(0, 1).some((mapping) => scopes.has(mapping))),
  );
  return firstOf(units, MAX_UNITS, 'sections with settings of an engine', (unit) => placeOfValue(unit.seats[0])).map(
    (unit) => ({ deployment: deploymentOf(unit, units, file, context) }),
  );
}

function unitsOf(spots: readonly Spot[], context: FormatContext): Unit[] {
  const units: Unit[] = [];
  for (const spot of spots) {
    // One more than is taken says that there are more.
    if (units.length > MAX_UNITS) break;
    if (spot.value.kind !== 'mapping' || spot.value.entries.length > MAX_ENTRIES) continue;
    // Each is held against all before it.
    if (exceeds(units.length, MAX_UNITS, 'sections with settings of an engine', () => placeOfValue(spot.value))) break;
    const mapping = spot.value;
    const made = engineMadeFor(mapping, context);
    if ((made === null && !mayHold(mapping)) || isNoLaunch(spot)) continue;
    const engine = made ?? engineOfImage(mapping, context) ?? engineOf(spot, mapping, context);
    if (!engine) continue;
    const around = [mapping, ...spot.parents];
    const home = around.findIndex(({ entries }) => modelOf(entries) !== null);
    const model = modelOf(around[home]?.entries ?? []);
    const told = made !== null || optionsIn(mapping).some(({ words }) => tellsModel(words, engine));
    if (model === null && !told && !speaksForItself(mapping, engine)) continue;
    const same = home === -1 ? -1 : units.findIndex((unit) => isOneLaunch(unit, mapping, around[home], engine));
    const known = units[same];
    if (known) units[same] = { ...known, seats: [...known.seats, mapping] };
    else units.push({ engine, seats: [mapping], model, told, around: around.slice(1), path: keysTo(spot) });
  }
  // Without a model, several are a catalogue from which somebody else picks.
  const isNameless = ({ model, told }: Unit): boolean => model === null && !told;
  return units.filter(isNameless).length > 1 ? units.filter((unit) => !isNameless(unit)) : units;
}

/** What every mapping of an engine's keys or options has at least one of; most of a file is done with by this. */
const SIGN =
  /gpu|mem|max[-_]?(?:model|num|running|total|batch)|maxModel|parallel|chunked|ctx|cache|session|^(?:tp|dtype|quantization)$|args|arguments|flags|options|opts|cmd|command|params/i;

function mayHold(mapping: Mapping): boolean {
  return mapping.entries.some(({ key }) => SIGN.test(key));
}

/** What stands beside an image where it is started, not only listed. */
const STARTED = /resources?|gpus?|shape|instance|env|ports?|replicas?/i;

/** The engine of an image that serves one model by itself (a NIM), where the mapping starts it. */
function engineMadeFor({ entries }: Mapping, { engines }: FormatContext): Engine | null {
  const image = entries.some(({ key }) => STARTED.test(key)) ? imageIn(entries, engines) : null;
  return image === null ? null : (engines.find((one) => (one.modelOfImage?.(image.value) ?? null) !== null) ?? null);
}

/** The engine whose image gets a model among its arguments: a container in the words of any tool. */
function engineOfImage(mapping: Mapping, { engines }: FormatContext): Engine | null {
  const image = imageIn(mapping.entries, engines);
  const engine = image && engines.find(({ ownsImage }) => ownsImage(image.value));
  return engine && optionsIn(mapping).some(({ words }) => tellsModel(words, engine)) ? engine : null;
}

/** No engine has more options; what has more keys is a list by names. */
const MAX_ENTRIES = 300;

/** The engine that a mapping speaks of: by its keys, by options in a list, or by a few keys under the engine's own name. */
function engineOf({ path }: Spot, mapping: Mapping, { engines }: FormatContext): Engine | null {
  const weighed = engines.map((engine) => {
    const isNamed = [...path.slice(-2), ...hints(mapping)].some((text) => isNameOf(text, engine));
    const { memory, telling } = weightOf(argumentsIn(mapping, engine), engine);
    const words = optionsIn(mapping).flatMap(({ words: own }) => own);
    const options = words.length > 0 ? optionWeight(words, engine) : { memory: 0, telling: 0 };
    const all = { memory: memory + options.memory, telling: telling + options.telling };
    const isEnough = (all.memory >= 2 && (all.telling >= 1 || isNamed)) || options.memory >= 1;
    return { engine, isNamed, weight: isEnough ? all.memory + 2 * all.telling + (isNamed ? 100 : 0) : 0 };
  });
  const [best] = weighed.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight);
  if (!best || best.isNamed) return best?.engine ?? null;
  // Keys that several engines have weigh less than the name of the one that is meant: `runtime: llamacpp`.
  return weighed.find(({ isNamed }) => isNamed)?.engine ?? best.engine;
}

/** Values by which a mapping names its engine. */
function hints(mapping: Mapping): string[] {
  return mapping.entries.flatMap(({ key, value }) =>
    /^(?:engine|backend|framework|runtime|type|server|provider)$/.test(key) ? [textOf(value) ?? ''] : [],
  );
}

/** `vllm`, `vllm_args`, `sglang-config`: a section or a value that is called after the engine. */
function isNameOf(text: string, { id, packages }: Engine): boolean {
  const written = text.toLowerCase().replaceAll(/[-_.]/g, '');
  return [id, ...packages].some((name) => {
    const rest = written.split(name.toLowerCase().replaceAll(/[-_.]/g, ''));
    return rest.length === 2 && rest[0] === '' && OF_AN_ENGINE.test(rest[1] ?? '');
  });
}

const OF_AN_ENGINE =
  /^(?:engine|server|serving|common)?(?:args|arguments|config|configuration|kwargs|params|parameters|settings|options)?$/;

/** A section without a model anywhere near: nearly all of it is the engine's, and much. */
function speaksForItself(mapping: Mapping, engine: Engine): boolean {
  const named = argumentsIn(mapping, engine);
  const { memory, telling } = weightOf(named, engine);
  return memory >= 3 && telling >= 2 && named.length * 3 >= mapping.entries.length * 2;
}

/** Sections of one home that say different things are one launch; those that say the same things are several. */
function isOneLaunch(unit: Unit, mapping: Mapping, home: Mapping | undefined, engine: Engine): boolean {
  if (home === undefined || unit.engine !== engine) return false;
  const isBeside = unit.around.includes(home) || unit.seats.includes(home);
  const said = new Set(unit.seats.flatMap((seat) => argumentsIn(seat, engine).map(({ name }) => name)));
  return (
    isBeside &&
    !argumentsIn(mapping, engine).some(({ name }) => said.has(name)) &&
    !inLists(home, [...unit.seats, mapping])
  );
}

/** Whether mappings are items of a list below their home: each is a launch of its own. */
function inLists(home: Mapping, mappings: readonly Mapping[]): boolean {
  return home.entries.some(
    ({ value }) => value.kind === 'sequence' && value.items.some((item) => mappings.some((one) => one === item)),
  );
}

function deploymentOf(
  { engine, seats, model, around, path }: Unit,
  units: readonly Unit[],
  file: string,
  context: FormatContext,
) {
  const [seat] = seats;
  const others = new Set(units.flatMap((unit) => unit.seats).filter((one) => !seats.includes(one)));
  const home = around.findIndex(({ entries }) => modelOf(entries) !== null);
  const near = modelOf(seat?.entries ?? []) === null ? around.slice(0, home + 1) : [];
  const said = aroundOf([...seats, ...around], context.engines);
  const device = deviceOf(said.gpuRequest);
  const parts = partsOf(seats, near, others, engine, said.environment);
  const anchor = model?.text ?? anchorOf(seat as Mapping);
  const named = parts.some(
    ({ kind, ...part }) => kind === 'words' && 'words' in part && tellsModel(part.words, engine),
  );
  return wrappedDeployment(
    {
      file,
      format: 'embedded',
      name: said.name ?? model?.text.text ?? path.at(-1) ?? 'settings',
      anchor: isIn(anchor, file) ? anchor : anchorOf(seat as Mapping),
      engine,
      image: said.image,
      installed: said.image === null ? statedVersion([...seats, ...around], engine) : [],
      environment: said.environment,
      gpuRequest: said.gpuRequest,
      ...(device && { device }),
      model: named ? null : model,
      parts,
    },
    context,
  );
}

function isIn({ segments }: Word['text'], file: string): boolean {
  return segments[0]?.file.path === file;
}

function tellsModel(words: readonly Word[], engine: Engine): boolean {
  const { model, unresolved } = engine.parseWords(words, 'api_server');
  return model !== null || unresolved.some(({ name }) => name === 'model');
}

/** Sections beside an engine's own keys that hold more of them. */
const SECTIONS = /^(?:model|llm|engine|runtime)$/i;
const PARALLELISM = /^parallel(?:ism)?(?:[-_](?:config|settings))?$/i;

/** Arguments from the outermost to the nearest, sections that turn something on, then lists of options. */
function partsOf(
  seats: readonly Mapping[],
  near: readonly Mapping[],
  others: ReadonlySet<Mapping>,
  engine: Engine,
  environment: ReadonlyMap<string, Word>,
): Part[] {
  const [seat] = seats;
  const outer = near.toReversed().filter((mapping) => !seats.includes(mapping));
  const sections = [...outer, ...seats].flatMap((mapping) =>
    mapping.entries.flatMap(({ key, value }) =>
      SECTIONS.test(key) && value.kind === 'mapping' && !others.has(value) && !seats.includes(value) ? [value] : [],
    ),
  );
  const parallel = [...outer, ...seats].flatMap((mapping) =>
    mapping.entries.flatMap(({ key, value }) => (PARALLELISM.test(key) && value.kind === 'mapping' ? [value] : [])),
  );
  const around = [
    // Further away only the engine's own names count: others describe the model.
    ...[...outer, ...sections].flatMap((mapping) =>
      argumentsIn(mapping, engine).filter(({ entry }) => engine.knowsArgument(entry.key)),
    ),
    ...parallel.flatMap((mapping) => argumentsIn(mapping, engine)),
  ].filter(({ name }) => engine.affectsMemory(name));
  const features: NamedEntry[] = [...outer, ...seats].flatMap((mapping) =>
    mapping.entries.flatMap((entry) => featureOf(entry, engine) ?? []),
  );
  const parts: Part[] = [{ kind: 'settings', settings: [...around, ...features], mapping: null }];
  const options = [...outer, ...seats].flatMap((mapping) => optionsIn(mapping, environment, outer));
  for (const mapping of seats) {
    // What is not said yet belongs among the options, where there are some.
    const takesMore = mapping === seat && options.length === 0;
    parts.push({ kind: 'settings', settings: argumentsIn(mapping, engine), mapping: takesMore ? mapping : null });
  }
  for (const { entry, words } of options) {
    const sequence = entry.value.kind === 'sequence' ? entry.value : null;
    parts.push({ kind: 'words', words, sequence, takesMore: true });
  }
  return parts;
}
