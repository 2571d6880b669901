import type { Engine } from '../../engines/engine.ts';
import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { argumentOf, isSet } from '../argument-keys.ts';
import { scopeOf, wordsOf } from '../container.ts';
import { switchedOn } from '../embedded/keys.ts';
import { modelOfImage } from '../image-model.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { anchorOf, startsOfContainer } from '../kubernetes/containers.ts';
import { environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import { extractionOf, launchOf, type Launched, type Start, startsIn } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import type { Installed } from '../version/install-command.ts';
import { isHuggingfaceServer, serverWords, visibleGpus } from '../kserve/huggingface-server.ts';
import { type NamedEntry, type Part, type WordsPart, wrappedDeployment } from '../platform-launch.ts';
import { askedGpus, nodesOf } from './gpu-keys.ts';
import { modelIn } from './model-key.ts';
import { templateEntries } from './template-keys.ts';
import { eachModel, entriesBelow, type Mapping, type Unit, unitsIn } from './units.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

const ARGUMENT_LISTS =
  /^(?:args|extra[-_]?cmd[-_]?args|(?:extra|additional|vllm|sglang|engine|server|serve|command|container|custom)[-_]?(?:(?:engine|server)[-_]?)?(?:args|arguments|flags|options|cmdline)|extra[-_]?vllm[-_]?args|arguments|flags)$/i;
const ARGUMENT_VARIABLES = /(?:^|_)ARG(?:UMENT)?S$/;
/** Keys by which a file without an image shows what it is for. */
const DECISIVE =
  /^(?:gpuMemoryUtilization|maxModelLen|maxNumSeqs|maxNumBatchedTokens|tensorParallelSize|kvCacheDtype)$/;

/** Values of charts that nobody has listed: an engine's image with its options beside it, under whatever keys. */
export function genericValues(document: Mapping, format: string, context: FormatContext): Extraction {
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  if (!engine) return { deployments: [], unsupported: [] };
  const isEngine = (image: string): boolean =>
    context.engines.some(({ ownsImage }) => ownsImage(image)) || isHuggingfaceServer(image);
  const units = unitsIn(document, isEngine);
  const unnamed = units.length > 0 ? units : byKeys(document, engine);
  const named = unnamed.length > 0 ? unnamed : bySection(document, context.engines);
  const found = named.length > 0 ? named : byVariables(document, context.engines);
  const all = found.flatMap((unit) => eachModel(unit, ({ entries }) => modelIn(entries) !== null));
  const homes = new Set<YamlValue>(all.map(({ home }) => home));
  const launched = all.flatMap((unit) => {
    const own =
      unit.engine ?? context.engines.find(({ ownsImage }) => unit.image !== null && ownsImage(unit.image.value));
    const listed = own?.modelsIn ? listedModels(unit.home) : [];
    const models = listed.length > 0 ? listed : [null];
    // Where a file describes one engine, it is that one's options that the chart's templates make of its keys.
    const made = all.length === 1 ? templateEntries(document, own ?? engine, context) : [];
    return models.flatMap(
      (model) => launchOfUnit(unit, homes, own ?? engine, format, context, model ?? unit.model ?? null, made) ?? [],
    );
  });
  return extractionOf(launched);
}

/** No server is told of more. */
const MAX_MODELS = 10;

/** `models: [phi4, llama3.1:8b]`: what a server that loads models by name gets at its start, one after the other. */
function listedModels(home: Mapping): Word[] {
  const list = entriesBelow(home).find(({ key, value }) => key === 'models' && value.kind === 'sequence');
  return firstOf(itemsOf(list?.value ?? null), MAX_MODELS, 'models of one server', placeOfValue).flatMap((item) =>
    item.kind === 'scalar' && item.text.text !== '' ? [{ text: item.text, unresolved: null }] : [],
  );
}

/** A file that leaves the image to its chart, with keys of which no other program speaks. */
function byKeys(document: Mapping, engine: Engine): Unit[] {
  const entries = entriesBelow(document);
  const decisive = entries.filter(({ key, value }) => DECISIVE.test(key) && value.kind === 'scalar');
  if (decisive.length < 2 || modelIn(entries) === null || argumentOf('maxModelLen', engine) === null) return [];
  return [{ home: document, image: null, name: null, around: [] }];
}

/** A file that leaves the image to whoever installs it, with a section called after an engine that holds its arguments. */
function bySection(document: Mapping, engines: readonly Engine[]): Unit[] {
  const entries = entriesBelow(document);
  if (modelIn(entries) === null) return [];
  const told = engines.filter((engine) =>
    entries.some(
      ({ key, value }) =>
        key.length <= 20 &&
        key.toLowerCase().replace(/[-_]/g, '') === engine.id.replace(/-/g, '') &&
        entriesIn(value).some((inner) => ARGUMENT_LISTS.test(inner.key) && holdsArguments(inner.value, engine)),
    ),
  );
  const [only, ...others] = told;
  return only && others.length === 0 ? [{ home: document, image: null, name: null, engine: only, around: [] }] : [];
}

/** A file that leaves the image to its chart, with the variable by which one engine alone is told its model. */
function byVariables(document: Mapping, engines: readonly Engine[]): Unit[] {
  const variables = [...environmentIn(entriesBelow(document)).keys()];
  const told = engines.filter(({ argumentOfVariable }) => variables.some((one) => argumentOfVariable(one) === 'model'));
  const [only, ...others] = told;
  return only && others.length === 0 ? [{ home: document, image: null, name: null, engine: only, around: [] }] : [];
}

function holdsArguments(value: YamlValue, engine: Engine): boolean {
  return entriesIn(value).some((entry) => {
    const name = argumentOf(entry.key.replace(/^--/, ''), engine);
    return name !== null && isSet(entry) && engine.affectsMemory(name);
  });
}

function launchOfUnit(
  { home, image, name, around }: Unit,
  homes: ReadonlySet<YamlValue>,
  engine: Engine,
  format: string,
  context: FormatContext,
  given: Word | null,
  made: readonly NamedEntry[],
): Launched | null {
  const own = entriesBelow(home, new Set([...homes].filter((other) => other !== home)));
  // What stands around the only engine of a file is said of it too; the nearest goes first.
  const outer = around.flatMap((mapping, index) => entriesBelow(mapping, new Set([around[index - 1] ?? home])));
  const entries = [...own, ...outer];
  const environment = environmentIn(own);
  const anchor = anchorOf(home);
  const ofImage = modelOfImage(image, engine);
  const written = modelIn(own) ?? modelIn(outer);
  // An image that is made for one model says which; another name beside it is what clients call it.
  const model = given ?? (ofImage === null || ofImage.value === written?.text.text ? written : null);
  const called = name ?? model?.text.text ?? ofImage?.value ?? (textOf(at(home, 'fullnameOverride')) || 'values');
  // An image alone is what a chart may use, not what it starts.
  if (engine.modelOfImage && !says(own)) return null;

  const { gpuRequest, device, open } = gpusOf(home, home, 1);
  const asked = askedGpus(entries);
  const request = {
    ...asked,
    ...gpuRequest,
    name: gpuRequest.name ?? asked.name,
    count: gpuRequest.count ?? asked.count,
    nodes: nodesOf(entries),
  };
  const onDevice = device === null ? {} : { device };
  // A whole command is what runs; without one the keys become options.
  for (const container of [home, at(home, 'image')].filter((one) => at(one, 'command') !== null)) {
    if (container?.kind !== 'mapping') continue;
    const pod = { name: called, spec: home, nodes: 1 };
    for (const start of startsOfContainer(pod, container, format, new Map(), context)) {
      if (!start.hasCommand) continue;
      const launched = launchOf({ ...start, image, gpuRequest: request, environment, ...onDevice }, context);
      if (launched && 'unsupported' in launched) return launched;
      if (launched && launched.deployment.model !== null) return launched;
      if (launched && launched.deployment.unresolved.length > 0) return launched;
    }
  }
  const entrypoint = at(home, 'entrypoint');
  if (entrypoint?.kind === 'scalar' && entrypoint.text.text.trim() !== '') {
    const start = {
      format,
      name: called,
      hasCommand: true,
      image,
      gpuRequest: request,
      sequence: null,
      anchor,
      ...onDevice,
    };
    return launchedBy(entrypoint.text, start, environment, context);
  }
  const parts = partsOf(entries, environment, engine);
  if (made.length > 0) parts.unshift({ kind: 'settings', settings: made, mapping: null });
  const variables = [...environment].flatMap(([variable, word]) => {
    const argument = engine.argumentOfVariable(variable);
    return argument === null || word.text.text === '' ? [] : [{ name: argument, word }];
  });
  if (variables.length > 0) parts.unshift({ kind: 'variables', values: variables });
  const isWrapped = isHuggingfaceServer(image?.value ?? null);
  const read = isWrapped ? parts.map(inVllmsWords) : parts;
  const told = parts.some((part) => part.kind === 'words' && tellsModel(part, engine));
  // A server that gets its models by name later needs neither a model nor options at its start.
  const startsEmpty = image !== null && engine.modelsIn !== undefined;
  if (model === null && parts.length === 0 && modelOfImage(image, engine) === null && !startsEmpty) return null;
  const deployment = wrappedDeployment(
    {
      file: home.file.path,
      format,
      name: called,
      anchor,
      engine,
      image,
      installed: image === null ? taggedVersion(home, engine) : [],
      environment,
      gpuRequest: request,
      ...onDevice,
      model: told ? null : model,
      open,
      parts: read,
      ...(isWrapped && { overrides: visibleGpus(request.count) }),
    },
    context,
  );
  const saysNothing =
    deployment.model === null && deployment.arguments.size === 0 && deployment.unresolved.length === 0;
  return saysNothing && !startsEmpty ? null : { deployment };
}

/** What a script in the place of the image's own command launches; one that starts none here is said aloud. */
function launchedBy(
  script: MappedText,
  start: Omit<Start, 'words' | 'environment'>,
  environment: ReadonlyMap<string, Word>,
  context: FormatContext,
): Launched {
  for (const { words, environment: own } of startsIn(script, scopeOf(environment))) {
    const launched = launchOf({ ...start, words, environment: new Map([...environment, ...own]) }, context);
    if (launched) return launched;
  }
  const reason = 'Its entrypoint starts what stands in a script that these values do not hold.';
  const remedy = 'Check that script, or write the engine’s command into the values.';
  return { unsupported: cannotRead(reason, remedy, start.name, start.format, script) };
}

/** Options of KServe's Hugging Face server as vLLM has them. */
function inVllmsWords(part: Part): Part {
  return part.kind === 'words' ? { ...part, translated: serverWords(part.words).words } : part;
}

/** Whether a list of arguments names the model itself. */
function tellsModel({ words, entrypoint = 'arguments' }: WordsPart, engine: Engine): boolean {
  const { model, unresolved } = engine.parseWords(words, entrypoint);
  return model !== null || unresolved.some(({ name }) => name === 'model');
}

/** Whether a section says more of an engine than its image. */
function says(entries: readonly YamlEntry[]): boolean {
  return entries.some(
    ({ key, value }) =>
      ARGUMENT_LISTS.test(key) ||
      /^(?:resources|models?|ollama|extraEnv|env|quantize)$/.test(key) ||
      value.kind === 'sequence',
  );
}

/** `image.tag` where the chart brings the repository. */
function taggedVersion(home: Mapping, engine: Engine): readonly Installed[] {
  const tag = at(home, 'image', 'tag');
  if (tag?.kind !== 'scalar') return [];
  const [, version] = /^v?(0\.\d{1,3}\.\d{1,3}(?:\.post\d{1,3})?)(?![\d.])/.exec(tag.text.text.slice(0, 60)) ?? [];
  if (version === undefined) return [];
  const text = `image tag ${tag.text.text}`;
  return [{ engine: engine.id, statement: { version, text, place: placeOfMapped(tag.text), replaces: false } }];
}

/** `env` as a list of names and values, or as a mapping. */
function environmentIn(entries: readonly YamlEntry[]): Map<string, Word> {
  const environment = new Map<string, Word>();
  for (const { key, value } of entries) {
    if (!/^(?:extra)?env(?:Vars|ironment|ironmentVariables)?$/i.test(key)) continue;
    if (value.kind === 'mapping') {
      for (const { key: name, value: inner } of value.entries) {
        if (inner.kind === 'scalar' && inner.value !== null)
          environment.set(name, { text: inner.text, unresolved: null });
      }
    } else for (const [name, word] of environmentOf(environmentOwner(value), new Map())) environment.set(name, word);
  }
  return environment;
}

/** A list of variables as a container has it. */
function environmentOwner(value: YamlValue): YamlValue {
  const [first] = itemsOf(value);
  const [sample] = entriesIn(first ?? null);
  if (first?.kind !== 'mapping' || !sample) return value;
  return { ...first, entries: [{ ...sample, key: 'env', value }] };
}

/** The arguments that keys, lists of arguments and variables of a values file make. */
export function partsOf(entries: readonly YamlEntry[], environment: ReadonlyMap<string, Word>, engine: Engine): Part[] {
  const settings: NamedEntry[] = entries.flatMap((entry) => {
    const name = argumentOf(entry.key, engine);
    const scalar = entry.value.kind === 'scalar';
    if (!scalar) return switchedOn(entry, engine).filter((one) => engine.affectsMemory(one.name));
    return name !== null && isSet(entry) && engine.affectsMemory(name) ? [{ name, entry }] : [];
  });
  // The nearest key wins, as in a chart whose sections repeat what the top says.
  const nearest = settings.filter(({ name }, index) => settings.findIndex((one) => one.name === name) === index);
  const parts: Part[] = nearest.length > 0 ? [{ kind: 'settings', settings: nearest, mapping: null }] : [];
  for (const { key, value } of entries) {
    if (!ARGUMENT_LISTS.test(key)) continue;
    if (value.kind === 'mapping') {
      const named = value.entries.flatMap((entry) => {
        const name = argumentOf(entry.key.replace(/^--/, ''), engine);
        return name !== null && isSet(entry) && !NEGATED.test(entry.key) ? [{ name, entry }] : flagOf(entry, engine);
      });
      if (named.length > 0) parts.push({ kind: 'settings', settings: named, mapping: value });
      continue;
    }
    const words = wordsOf(value, environment);
    const options = words.length === 0 || words.some(({ text }) => text.text.startsWith('-'));
    const sequence = value.kind === 'sequence' ? value : null;
    if (options && (sequence || words.length > 0)) {
      const own = withoutCommand(words, engine);
      // What stands in front of all options behind an engine's image is the model (`vllm serve M`).
      const isServed = own[0] !== undefined && !own[0].text.text.startsWith('-');
      const started = isServed ? { entrypoint: 'serve' } : {};
      parts.push({ kind: 'words', words: own, ...started, sequence, takesMore: true });
    }
  }
  for (const [name, word] of environment) {
    if (!ARGUMENT_VARIABLES.test(name) || word.unresolved !== null || !/(?:^|\s)-/.test(word.text.text)) continue;
    const words = wordsOf(scalarOf(word, entries), new Map());
    if (words.length > 0) parts.push({ kind: 'words', words, sequence: null, takesMore: true });
  }
  return parts;
}

/** `no-enable-chunked-prefill:` without a value, as charts write that only the option itself is passed on. */
function flagOf(entry: YamlEntry, engine: Engine): NamedEntry[] {
  const said = entry.value.kind === 'scalar' ? entry.value.text.text.trim().toLowerCase() : null;
  const isNegated = NEGATED.test(entry.key);
  if (said === null || !(said === '' || (isNegated && /^(?:true|false)$/.test(said)))) return [];
  const name = argumentOf(entry.key.replace(/^--/, '').replace(/^no[-_]/, ''), engine);
  return name === null ? [] : [{ name, entry, value: isNegated === (said === 'false') }];
}

/** The other side of an option. */
const NEGATED = /^(?:--)?no[-_]/;

/** `vllm serve M --option` as a list of arguments: the options alone. */
function withoutCommand(words: readonly Word[], engine: Engine): readonly Word[] {
  // An image whose entrypoint is the engine's program gets the subcommand (`args: [serve, M]`).
  const subcommand = words[0]?.text.text === 'serve' ? 1 : 0;
  return words.slice(engine.recognise(words)?.argumentsStart ?? subcommand);
}

/** A variable's text as the scalar that `wordsOf` reads. */
function scalarOf({ text }: Word, entries: readonly YamlEntry[]): YamlValue | null {
  const sample = entries.find(({ value }) => value.kind === 'scalar')?.value;
  return sample?.kind === 'scalar' ? { ...sample, value: text.text, text } : null;
}
