import type { Deployment } from '../../deployment.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { Lookup } from '../../syntax/interpolation.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { engineOfOptions } from '../known-by-options.ts';
import { type Launched, launchOf, type Start } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import { launchByVariables } from '../variables-launch.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { python } from '../python/index.ts';
import { buildArguments, builtStage } from './build.ts';
import { missingFile, wordAt } from './environment.ts';
import { mountsOf } from './mounts.ts';
import { type Service, valueIn, valuesIn } from './services.ts';
import { startsOf } from './starts.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** What one service launches: by its command, by its image's, or by variables that its image makes arguments of. */
export function launchesOfService(service: Service, variables: Lookup, context: FormatContext): Launched[] {
  const starts = startsOf(service, variables, context).filter(
    (start) => start.words.length > 0 || serves(service) || isTold(start, context),
  );
  const silent = starts.find(({ words }) => words.length === 0);
  const byVariables = silent && launchByVariables(silent, context);
  if (byVariables) return [{ deployment: withProfiles(byVariables, service) }];
  const found = starts.flatMap((start) => launchOf(startByOptions(start, context), context) ?? []);
  if (found.length === 0 && service.missing) return extendedElsewhere(service, service.missing);
  const toldByVariables = found.length === 0 && serves(service) ? ownProgramOf(starts, context) : null;
  if (toldByVariables) return [{ deployment: withProfiles(toldByVariables, service) }];
  if (found.length === 0 && serves(service))
    return [
      ...imageElsewhere(service, starts, variables),
      ...scriptElsewhere(service, starts, context),
      ...builtElsewhere(service, variables, context),
      ...namedAfterEngine(service, starts, variables, context),
    ].slice(0, 1);
  const launches = distinct(found.flatMap((one) => ('deployment' in one ? [one.deployment] : [])));
  if (launches.length === 0) return found.slice(0, 1);
  const absent = missingFile(service, variables, context);
  return launches.map((one, index) => {
    const deployment = absent === null ? one : withOpenModel(one, absent, context);
    const named = index === 0 ? deployment : { ...deployment, name: `${deployment.name} #${index + 1}` };
    return { deployment: withProfiles(named, service) };
  });
}

/** A program of the team's own (`python server.py`) that makes an engine's arguments of the variables that it gets. */
function ownProgramOf(starts: readonly Start[], context: FormatContext): Deployment | null {
  const own = starts.find(({ words: [first] }) => first !== undefined && PROGRAM.test(first.text.text));
  return own ? launchByVariables({ ...own, words: [] }, context) : null;
}

const PROGRAM = /(?:^|\/)(?:python[\d.]*|uvicorn|gunicorn|uv|tini|dumb-init|(?:ba|z|da)?sh|[\w.-]+\.(?:py|sh))$/;
/** Variables of an engine's server; a client has its address, its key and its model's name. */
const OF_SERVER = /^(?:VLLM|SGLANG|TRTLLM|LLAMA_ARG)_/;
const OF_CLIENT =
  /(?:URLS?|URI|HOSTS?|PORTS?|KEYS?|ENDPOINTS?|BASE|ADDR(?:ESS)?|TOKEN|MODELS?|MODEL_(?:NAME|ID)|TIMEOUT|NAME|TEMPERATURE|ENABLED)$/;

/**
 * A service with GPUs whose image is of the team's own and called after an engine, or which is told that engine's variables,
 * where nobody can tell what it starts. A program of the repository that starts an engine is read by itself.
 */
function namedAfterEngine(
  service: Service,
  starts: readonly Start[],
  variables: Lookup,
  context: FormatContext,
): Launched[] {
  const [start] = starts;
  const program = start?.words.find(
    ({ text }) => !IN_FRONT.test(text.text) && !/(?:^|\/)python[\d.]*$/.test(text.text),
  );
  if (!start || (start.words.length > 0 && !PROGRAM.test(start.words[0]?.text.text ?? ''))) return [];
  const image = wordAt(valueIn(service, 'image'), variables)?.text.text ?? '';
  if (context.engines.some(({ ownsImage }) => ownsImage(image))) return [];
  const told = [...start.environment.keys()].find((name) => OF_SERVER.test(name) && !OF_CLIENT.test(name));
  const called = image.slice(image.lastIndexOf('/') + 1).replace(/[:@].*$/, '');
  if (told === undefined && !ENGINE_NAME.test(called)) return [];
  const placed = [...mountsOf(service, variables), ...(builtStage(service, variables, context)?.placed ?? [])];
  const name = baseName(program?.text.text ?? '');
  const isRead = placed.some(({ sources }) =>
    sources.some((source) => [source, `${source}/${name}`].some((path) => startsEngine(context.read(path), context))),
  );
  if (isRead) return [];
  const why = told === undefined ? `its image is called ${called.slice(0, 100)}` : `it is told ${told}`;
  const reason = `It asks for a GPU and ${why}, but what it starts is not known.`;
  return [{ unsupported: cannotRead(reason, 'Check it by hand.', service.name, 'docker-compose', service.nameText) }];
}

/** Whether a program of the repository is read as one that starts an engine. */
function startsEngine(file: SourceFile | null, context: FormatContext): boolean {
  const found = file && python.detect(file) ? python.extract(file, context) : null;
  return found !== null && found.deployments.length + found.unsupported.length > 0;
}

/** Names of variables by which engines are told their model. */
const MODEL_VARIABLES = ['MODEL', 'MODEL_ID', 'MODEL_NAME', 'LLAMA_ARG_MODEL', 'NIM_MODEL_NAME'];

/** A launch without a model, of an engine that a file of variables may tell it, and which is not in the repository. */
function withOpenModel(deployment: Deployment, { text }: Word, { engines }: FormatContext): Deployment {
  const engine = engines.find(({ id }) => id === deployment.engine.id);
  const isToldByVariables = MODEL_VARIABLES.some((name) => engine?.argumentOfVariable(name) === 'model');
  const isKnown =
    deployment.model !== null || deployment.unresolved.some(({ name }) => /^(?:model|more_arguments)$/.test(name));
  if (isKnown || !isToldByVariables) return deployment;
  const reason = 'it may be set in this file, which is not in the repository';
  const open = { name: 'model', text: text.text, reason, place: placeOfMapped(text) };
  return { ...deployment, unresolved: [...deployment.unresolved, open] };
}

/** A service that is what another file says, by a name that speaks of an engine, where nobody has that file. */
function extendedElsewhere({ name, nameText }: Service, extended: YamlValue): Launched[] {
  const [file, service] = ['file', 'service'].map((key) => textOf(at(extended, key)) ?? '');
  if (!ENGINE_NAME.test(`${name} ${file} ${service}`)) return [];
  const reason = `It extends ${file || service}, which is not in the repository.`;
  const remedy = 'Check what it starts where that file lies.';
  return [{ unsupported: cannotRead(reason, remedy, name, 'docker-compose', nameText) }];
}

/** Profiles of one service that are looked at. */
const MAX_PROFILES = 100;

/** The profiles that a service starts with (docs.docker.com/compose/how-tos/profiles), as a label; none where it always starts. */
function withProfiles(deployment: Deployment, service: Service): Deployment {
  const profiles = firstOf(
    itemsOf(valueIn(service, 'profiles')),
    MAX_PROFILES,
    'profiles of a service',
    placeOfValue,
  ).flatMap((item) => textOf(item) ?? []);
  if (profiles.length === 0) return deployment;
  return { ...deployment, labels: new Map([...(deployment.labels ?? []), ['profiles', profiles.join(',')]]) };
}

/** Whether the image's engine is told its model, or what its memory hangs on, by a variable that it reads (TGI's `MODEL_ID`, `OLLAMA_CONTEXT_LENGTH`). */
function isTold({ image, environment }: Start, { engines }: FormatContext): boolean {
  const engine = engines.find(({ ownsImage }) => image !== null && ownsImage(image.value));
  return [...environment.keys()].some((variable) => {
    const name =
      engine?.argumentOfVariable(variable, engine.entrypointOfImage?.(image?.value ?? '') ?? undefined) ?? null;
    return name !== null && (name === 'model' || engine?.affectsMemory(name) === true);
  });
}

/** An image that a variable names, or one of the team's own, behind which the words are an engine's options. */
function startByOptions(start: Start, { engines }: FormatContext): Start {
  const { hasCommand, image, words } = start;
  if (hasCommand || (image !== null && engines.some(({ ownsImage }) => ownsImage(image.value)))) return start;
  const engine = engineOfOptions(words, true, engines);
  return engine ? { ...start, startedBy: engine.id } : start;
}

/** By which a name speaks of an engine. */
export const ENGINE_NAME =
  /vllm|sglang|text[-_]?generation[-_]?inference|\btgi\b|trt[-_]?llm|llama[-_.]?(?:cpp|server)|ollama|lmdeploy/i;

/** A service with GPUs whose image is set outside the repository, by a name that speaks of an engine: nobody can tell what it starts. */
function imageElsewhere(service: Service, starts: readonly Start[], variables: Lookup): Launched[] {
  const image = valueIn(service, 'image');
  const word = wordAt(image, variables);
  const [start] = starts;
  if (!start || image?.kind !== 'scalar' || !word || word.unresolved === null) return [];
  if (!/^\$\{?\w+/.test(image.text.text) || !ENGINE_NAME.test(`${image.text.text} ${service.name}`)) return [];
  const reason = `Its image is set outside the repository (${word.unresolved}), so what it starts is not known.`;
  const remedy = 'Write the image into the `.env` beside the file, or give it a default: `${NAME:-image:tag}`.';
  return [{ unsupported: cannotRead(reason, remedy, service.name, 'docker-compose', image.text) }];
}

/** `exec bash -e /entrypoint.sh`: what stands in front of a script. */
const IN_FRONT = /^(?:exec|env|tini|dumb-init|--|-[a-z]{1,4}|(?:\S*\/)?(?:ba|z|da)?sh)$/;

/** A service of an engine's own image that starts a script, in which no launch was found: nobody can tell what it starts. */
function scriptElsewhere(service: Service, starts: readonly Start[], { engines }: FormatContext): Launched[] {
  for (const { image, words } of starts) {
    const program = words.find(({ text }) => !IN_FRONT.test(text.text));
    const isOwned = image !== null && engines.some(({ ownsImage }) => ownsImage(image.value));
    if (!program || !isOwned || !/\.(?:sh|bash)$/.test(program.text.text)) continue;
    const reason = `It starts ${program.text.text.slice(0, 200)}, which is not in the repository, or in which no launch is found.`;
    const remedy = 'Check by hand what that script starts.';
    return [{ unsupported: cannotRead(reason, remedy, service.name, 'docker-compose', program.text) }];
  }
  return [];
}

/** A service whose image is built on an engine's, by a Dockerfile that is not in the repository: nobody can tell what it starts. */
function builtElsewhere(service: Service, variables: Lookup, context: FormatContext): Launched[] {
  if (valueIn(service, 'image') !== null || builtStage(service, variables, context) !== null) return [];
  for (const { text, unresolved } of buildArguments(service, variables).values()) {
    if (unresolved !== null || !context.engines.some(({ ownsImage }) => ownsImage(text.text))) continue;
    const reason = `Its image is built on ${text.text.slice(0, 200)} by a Dockerfile that is not in the repository.`;
    const remedy = 'Check by hand what that image starts.';
    return [{ unsupported: cannotRead(reason, remedy, service.name, 'docker-compose', text) }];
  }
  return [];
}

/** A service that says nothing of what it runs serves only where it asks for a GPU, and not where a person sits in front of it. */
function serves(service: Service): boolean {
  if (['tty', 'stdin_open'].some((key) => textOf(valueIn(service, key)) === 'true')) return false;
  return (
    valueIn(service, 'gpus') !== null ||
    textOf(valueIn(service, 'runtime')) === 'nvidia' ||
    valuesIn(service, 'deploy', 'resources', 'reservations').some((one) =>
      entriesIn(one).some(({ key }) => key === 'devices' || key === 'generic_resources'),
    ) ||
    valuesIn(service, 'devices').length > 0
  );
}

/**
 * A command that is found by its script is not found again by its words, and the branches of a script that start the same
 * model on the same port are one launch: only one of them runs.
 */
function distinct(launches: readonly Deployment[]): Deployment[] {
  const found = new Map<string, Deployment>();
  for (const launch of launches) {
    const { line, model, arguments: args } = launch;
    const key = model === null ? `line ${line}` : `${model.value} ${JSON.stringify(args.get('port')?.value ?? null)}`;
    if (!found.has(key)) found.set(key, launch);
  }
  return [...found.values()];
}
