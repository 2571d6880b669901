import type { Deployment, Unsupported } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { mappedIdentity, type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { scopeOf, wordsOf } from '../container.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { engineOfName, isFilledIn } from '../named-after.ts';
import { engineOfOptions } from '../known-by-options.ts';
import { withDefaults } from '../known-words.ts';
import { launchOfHuggingfaceServer } from '../kserve/huggingface-launch.ts';
import { type Launched, launchOf, scopeOfScript, scriptOf, type Start, startsIn, withInstalls } from '../launch.ts';
import { folderOf } from '../../paths.ts';
import { mountedFile, mountedMapping } from '../settings-file.ts';
import { type ConfigMaps, environmentOf } from './environment.ts';
import { claimedGpus } from './claims.ts';
import { gpusOf } from './gpus.ts';
import { hiddenLaunch } from './hidden.ts';
import { launchByVariables } from '../variables-launch.ts';
import type { Pod } from './pods.ts';

/** Launches of the containers of some pods, one for each container at most. */
export function launchesOf(
  pods: readonly Pod[],
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Extraction {
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  for (const pod of pods) {
    const containers = itemsOf(at(pod.spec, 'containers'));
    for (const container of containers) {
      const name = textOf(at(container, 'name'));
      const called = containers.length > 1 && name !== null ? `${pod.name}/${name}` : pod.name;
      const launched = startsOfContainer({ ...pod, name: called }, container, format, configMaps, context)
        .map((start) => startByOptions(start, container, context))
        .map((start) => launchOfStart(pod.commanded === true ? { ...start, hasCommand: true } : start, context))
        .find((found) => found !== null);
      if (!launched) {
        const starts = startsOfContainer({ ...pod, name: called }, container, format, configMaps, context);
        const [start] = starts;
        const found =
          start && pod.joins !== true && holdsEngine(start, context) ? launchByVariables(start, context) : null;
        const hidden = found ? null : hiddenLaunch(starts, name, pod, context.engines);
        if (found) deployments.push(labelled(found, pod));
        if (hidden) unsupported.push(hidden);
        continue;
      }
      if ('deployment' in launched) deployments.push(labelled(launched.deployment, pod));
      else unsupported.push(launched.unsupported);
    }
  }
  return { deployments, unsupported };
}

function launchOfStart(start: Start, context: FormatContext): Launched | null {
  if (asksElsewhere(start)) return null;
  return launchOfHuggingfaceServer(start, context) ?? launchOf(start, context);
}

/** A server of the container's own. */
const HERE = /^(?:https?:\/\/)?(?:0\.0\.0\.0|127\.0\.0\.1|localhost|\[::1?\])?(?::\d{1,5})?\/?$/;

/** `ollama run` with the address of another server: that one loads the model. */
function asksElsewhere({ words, environment }: Start): boolean {
  const host = environment.get('OLLAMA_HOST');
  const isClient = /(?:^|\/)ollama$/.test(words[0]?.text.text ?? '') && words[1]?.text.text !== 'serve';
  return isClient && host !== undefined && (host.unresolved !== null || !HERE.test(host.text.text));
}

function labelled(deployment: Deployment, { labels }: Pod): Deployment {
  return labels ? { ...deployment, labels } : deployment;
}

/** Whether an image says that an engine is in it; other servers have variables of the same names. */
function holdsEngine({ image }: Start, { engines }: FormatContext): boolean {
  const name = image?.value ?? '';
  return engines.some(({ ownsImage, versionOfImage }) => ownsImage(name) || versionOfImage(name) !== null);
}

/**
 * Where neither command nor image tells the engine (a patch leaves both out, and an image may be the team's own), options that
 * are all of one engine do. An image asks for more: a model, and an option that no other server has.
 */
function startByOptions(start: Start, container: YamlValue, { engines }: FormatContext): Start {
  if (start.hasCommand || at(container, 'name') === null) return start;
  const { image } = start;
  const others = image === null ? engines : engines.filter(({ ownsImage }) => !ownsImage(image.value));
  const engine =
    engineOfOptions(start.words, image !== null, others) ?? engineByName(start, textOf(at(container, 'name')), engines);
  return engine ? { ...start, startedBy: engine.id } : start;
}

/** The engine that a container, or the variable for its image, is called after, where all of its options are that engine's. */
function engineByName({ image, words }: Start, name: string | null, engines: readonly Engine[]): Engine | null {
  if (image === null || !isFilledIn(image.value) || !words[0]?.text.text.startsWith('-')) return null;
  const [, variable = ''] = /^\$\{?([A-Za-z_]\w{0,60})\}?$/.exec(image.value) ?? [];
  const engine = engineOfName(name ?? '', engines) ?? engineOfName(variable, engines);
  const read = engine?.parseWords(words, 'api_server');
  const isOwn = read && !read.problems.some(({ code }) => code === 'unknown-argument');
  return engine && isOwn ? engine : null;
}

/** What a container starts: its own command, or every command of the script that its shell runs. */
export function startsOfContainer(
  pod: Pod,
  container: YamlValue,
  format: string,
  configMaps: ConfigMaps,
  context: FormatContext,
): Start[] {
  const environment = environmentOf(container, configMaps, pod.given);
  const [command, args] = [at(container, 'command'), at(container, 'args')];
  const image = at(container, 'image');
  const words = [...wordsOf(command, environment), ...wordsOf(args, environment)];
  const { gpuRequest: asked, device, open } = gpusOf(container, pod.spec, pod.nodes, pod.shares);
  const claimed = asked.count === null ? claimedGpus(container, pod.spec, pod.claims ?? []) : null;
  const gpuRequest = claimed ? { ...asked, ...claimed, name: asked.name ?? claimed.name } : asked;
  const common = {
    format,
    name: pod.name,
    image:
      image?.kind === 'scalar' && image.value !== null
        ? { value: withDefaults(image.text).text, place: placeOfMapped(image.text) }
        : null,
    gpuRequest,
    anchor: image?.kind === 'scalar' ? image.text : anchorOf(container),
    fileAt: (path: string) => mountedMapping(path, container, pod.spec, configMaps),
    ...(device === null ? {} : { device }),
    ...(open.length > 0 && { open }),
  };
  const script = scriptOf(words) ?? mountedScript(words, (path) => mountedFile(path, container, pod.spec, configMaps));
  if (script) {
    // What Kubernetes leaves of `$(NAME)` the shell takes for the output of a command.
    return withInstalls(
      startsIn(script.text, scopeOfScript(words, script, scopeOf(environment))),
      context,
      folderOf(container.file.path),
    ).map((start) => ({
      ...common,
      installed: start.installed,
      words: start.words,
      hasCommand: true,
      environment: new Map([...environment, ...start.environment]),
      sequence: null,
    }));
  }
  const list = args?.kind === 'sequence' ? args : command?.kind === 'sequence' && args === null ? command : null;
  return [
    {
      ...common,
      words,
      hasCommand: itemsOf(command).length > 0 || command?.kind === 'scalar',
      environment,
      sequence: list,
    },
  ];
}

/** A script that a ConfigMap puts into the container, started by its path: `/start.sh`, `bash /start.sh`. */
function mountedScript(words: readonly Word[], fileAt: (path: string) => YamlValue | null): Word | null {
  const isShell = /(?:^|\/)(?:ba|z|da)?sh$/.test(words[0]?.text.text ?? '');
  const found = isShell ? words.find(({ text }, index) => index > 0 && !text.text.startsWith('-')) : words[0];
  const path = found?.text.text ?? '';
  const file = path.startsWith('/') && path.length <= 300 ? fileAt(path) : null;
  return file?.kind === 'scalar' ? { text: file.text, unresolved: null } : null;
}

/** The first key of a mapping, for pointing at it. */
export function anchorOf(value: YamlValue): MappedText {
  const [first] = entriesIn(value);
  return first?.keyText ?? mappedIdentity(value.file, 0, 0, () => null);
}
