import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { scopeOf } from '../container.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched, startsIn } from '../launch.ts';
import { launchesOfScript, numbered } from '../script-launches.ts';
import { installedBy } from '../version/install-command.ts';
import { folderOf } from '../../paths.ts';
import { wholeNumber } from '../whole-number.ts';
import { type Accelerator, acceleratorsOf, deviceOf, gpuRequestOf } from './accelerators.ts';

/** Tasks and services of SkyPilot: what their `run` starts on the accelerators that they ask for. */
export const skypilot: Format = {
  id: 'skypilot',
  title: 'SkyPilot tasks',
  detect: ({ text }) => RESOURCES.test(text) && RUN.test(text),
  extract,
  edit: editDeployment,
};

const RESOURCES = /(?:^|[{,])[ \t]{0,4}["']?resources["']?[ \t]*:/m;
const RUN = /(?:^|[{,])[ \t]{0,4}["']?run["']?[ \t]*:/m;
/** Keys of resources of which only SkyPilot speaks (SkyPilot docs, YAML spec). */
const OWN =
  /^(?:accelerators|gpus|any_of|ordered|cloud|infra|region|zone|instance_type|use_spot|disk_tier|disk_size|image_id|ports|cpus|memory|job_recovery|accelerator_args|network_tier|autostop)$/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const tasks = yaml.documents.filter(isTask);
  if (tasks.length === 0) return null;
  return extractionOf(numbered(tasks.flatMap((task) => launchesOf(task, file, context))));
}

function isTask(document: YamlValue): boolean {
  const resources = at(document, 'resources');
  return (
    at(document, 'run')?.kind === 'scalar' &&
    entriesIn(resources).length > 0 &&
    entriesIn(resources).every(({ key }) => OWN.test(key) || /^(?:labels|_\w+|max_hourly_cost|priority)$/.test(key))
  );
}

function launchesOf(task: YamlValue, file: SourceFile, context: FormatContext): Launched[] {
  const [run, setup, resources] = [at(task, 'run'), at(task, 'setup'), at(task, 'resources')];
  if (run?.kind !== 'scalar') return [];
  const nodes = Math.min(10_000, wholeNumber(at(task, 'num_nodes'))?.value ?? 1);
  const accelerators = acceleratorsOf(resources, 'accelerators', 'gpus');
  const environment = environmentOf(task);
  const before = setup?.kind === 'scalar' ? startsIn(setup.text, scopeOf(environment)) : [];
  const installed = before.flatMap(({ words }) => installedBy(words, context, folderOf(file.path)));
  const image = at(resources, 'image_id');
  const container = image?.kind === 'scalar' ? /^docker:(.+)$/.exec(image.text.text)?.[1] : undefined;
  const device = deviceOf(accelerators);
  return launchesOfScript(
    run.text,
    {
      file: file.path,
      format: 'skypilot',
      name: textOf(at(task, 'name')) ?? baseName(file.path),
      anchor: run.text,
      environment,
      derived: derived(accelerators, nodes),
      gpuRequest: gpuRequestOf(resources, accelerators, nodes),
      image: image?.kind === 'scalar' && container ? { value: container, place: placeOfMapped(image.text) } : null,
      installed,
      ...(device && { device }),
    },
    context,
  );
}

/** `envs` and `secrets`; those without a value are given by whoever launches the task. */
function environmentOf(task: YamlValue): Map<string, Word> {
  const entries = [...entriesIn(at(task, 'envs')), ...entriesIn(at(task, 'secrets'))];
  return new Map(
    entries.flatMap(({ key, keyText, value }) => {
      if (value.kind !== 'scalar') return [];
      const given = value.value !== null && value.text.text !== '';
      const word: Word = given
        ? { text: value.text, unresolved: null }
        : { text: keyText, unresolved: `${key} is given by whoever launches the task` };
      return [[key, word] as const];
    }),
  );
}

/**
 * What SkyPilot sets by itself (SkyPilot docs, environment variables): the GPUs of each node, where all accelerators agree on
 * them, and the nodes. They stand nowhere, so they are placed where they are used.
 */
function derived(accelerators: readonly Accelerator[], nodes: number): Map<string, Word> {
  const counts = new Set(accelerators.map(({ count }) => count.value));
  const [gpus] = counts;
  const nowhere = (text: string, unresolved: string | null = null): Word => ({
    text: { text, segments: [] },
    unresolved,
  });
  const perNode =
    gpus !== undefined && counts.size === 1
      ? nowhere(String(gpus))
      : nowhere('$SKYPILOT_NUM_GPUS_PER_NODE', counts.size > 1 ? SEVERAL : 'the task asks for no accelerators');
  return new Map([
    ['SKYPILOT_NUM_GPUS_PER_NODE', perNode],
    ['SKYPILOT_NUM_NODES', nowhere(String(nodes))],
  ]);
}

const SEVERAL = 'the accelerators that the task allows differ in how many they are';
