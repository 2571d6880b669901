import type { Deployment, Unsupported } from '../../deployment.ts';
import { mappedIdentity, placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { placeOf, type SourceFile } from '../../text.ts';
import { scopeOf, wordsOf } from '../container.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { launchOf, scriptOf, type Start, startsIn, withInstalls } from '../launch.ts';
import { type ConfigMaps, configMapsOf, environmentOf } from './environment.ts';
import { folderOf } from '../version/lookup.ts';
import { gpusOf } from './gpus.ts';
import { type Pod, podsOf } from './pods.ts';

/** Pods and what makes them, LeaderWorkerSets, Lists and OpenShift Templates; YAML or JSON. */
export const kubernetes: Format = {
  id: 'kubernetes',
  title: 'Kubernetes workloads',
  detect: ({ text }) => /\bapiVersion\b/.test(text) && /\bkind\b/.test(text) && /\bcontainers\b/.test(text),
  extract,
  edit: (_file, deployment, argument, value, context) => editDeployment(deployment, argument, value, context.engines),
};

/** Words by which a template that cannot be parsed still shows that it launches an engine. */
const ENGINE_SIGN =
  /vllm serve|vllm\.entrypoints|image:\s*\S*vllm|sglang\.launch_server|text-generation-launcher|llama-server/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return templated(file, yaml.reason);
  const configMaps = configMapsOf(yaml.documents);
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  let pods = 0;
  for (const pod of yaml.documents.flatMap((document) => podsOf(document))) {
    pods++;
    const containers = itemsOf(at(pod.spec, 'containers'));
    for (const container of containers) {
      const launched = startsOfContainer(pod, container, containers.length, configMaps, context)
        .map((start) => launchOf(start, context))
        .find((found) => found !== null);
      if (!launched) continue;
      if ('deployment' in launched) deployments.push(launched.deployment);
      else unsupported.push(launched.unsupported);
    }
  }
  return pods === 0 ? null : { deployments, unsupported };
}

/** A Helm or envsubst template that is no YAML as it stands: ours when it shows an engine, and said aloud. */
function templated(file: SourceFile, reason: string): Extraction | null {
  const sign = ENGINE_SIGN.exec(file.text);
  if (!sign || !file.text.includes('{{')) return null;
  const place = placeOf(file, sign.index, sign.index + sign[0].length);
  const unsupported = {
    file: file.path,
    format: 'kubernetes',
    name: 'template',
    reason: `It is a template, and ${reason.split('\n')[0]}`,
    remedy: 'Render it (`helm template`) and check the result.',
    place,
  };
  return { deployments: [], unsupported: [unsupported] };
}

/** What a container starts: its own command, or every command of the script that its shell runs. */
function startsOfContainer(
  pod: Pod,
  container: YamlValue,
  siblings: number,
  configMaps: ConfigMaps,
  context: FormatContext,
): Start[] {
  const environment = environmentOf(container, configMaps);
  const [command, args] = [at(container, 'command'), at(container, 'args')];
  const image = at(container, 'image');
  const words = [...wordsOf(command, environment), ...wordsOf(args, environment)];
  const { gpuRequest, device } = gpusOf(container, pod.spec, pod.nodes);
  const containerName = textOf(at(container, 'name'));
  const common = {
    format: 'kubernetes',
    name: siblings > 1 && containerName !== null ? `${pod.name}/${containerName}` : pod.name,
    image:
      image?.kind === 'scalar' && image.value !== null
        ? { value: image.text.text, place: placeOfMapped(image.text) }
        : null,
    gpuRequest,
    anchor: image?.kind === 'scalar' ? image.text : anchorOf(container),
    ...(device === null ? {} : { device }),
  };
  const script = scriptOf(words);
  if (script) {
    // What Kubernetes leaves of `$(NAME)` the shell takes for the output of a command.
    return withInstalls(startsIn(script.text, scopeOf(environment)), context, folderOf(container.file.path)).map(
      (start) => ({
        ...common,
        installed: start.installed,
        words: start.words,
        hasCommand: true,
        environment: new Map([...environment, ...start.environment]),
        sequence: null,
      }),
    );
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

function anchorOf(container: YamlValue) {
  const [first] = entriesIn(container);
  return first?.keyText ?? mappedIdentity(container.file, 0, 0, () => null);
}
