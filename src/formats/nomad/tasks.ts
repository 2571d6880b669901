import type { GpuRequest, Located } from '../../deployment.ts';
import type { HclBlock } from '../../syntax/hcl/index.ts';
import { mappedIdentity, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, type YamlValue } from '../../syntax/yaml.ts';
import { scopeOf, wordsOf } from '../container.ts';
import { ENGINE_IN_SCRIPT } from '../engine-signs.ts';
import type { FormatContext } from '../format.ts';
import { imageAt } from '../image.ts';
import { startsAnotherProgram } from '../image-command.ts';
import {
  type Launched,
  launchOf,
  type ScriptStart,
  scopeOfScript,
  scriptOf,
  type Start,
  startsIn,
  withInstalls,
} from '../launch.ts';
import { startsOfCommand } from '../shell/starts.ts';
import { bodyValue } from '../terraform/blocks.ts';
import { attributeOf } from '../terraform/module.ts';
import type { Scope } from '../terraform/scope.ts';
import { folderOf } from '../../paths.ts';
import { visibleGpus } from '../visible-gpus.ts';
import { wholeNumber } from '../whole-number.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

/** Files that one task renders for itself. */
const MAX_TEMPLATES = 20;

/** What a task starts: a container's command, a program, or a script that the task renders (docs: Nomad task drivers). */
export function launchesOfTask(task: HclBlock, scope: Scope, context: FormatContext): Launched[] {
  const body = bodyValue(task.body, scope, task);
  const config = only(at(body, 'config'));
  const environment = new Map<string, Word>(
    entriesIn(only(at(body, 'env'))).flatMap(({ key, value }) =>
      value.kind === 'scalar' && value.value !== null ? [[key, { text: value.text, unresolved: null }] as const] : [],
    ),
  );
  const image = imageAt(at(config, 'image'));
  const [entrypoint, own, args] = ['entrypoint', 'command', 'args'].map((key) => at(config, key));
  const front = [...wordsOf(entrypoint ?? null, environment), ...wordsOf(own ?? null, environment)];
  const words = [...front, ...wordsOf(args ?? null, environment)];
  const anchor = mappedIdentity(scope.file, task.start, task.start + task.type.length, () => null);
  const common = {
    format: 'nomad',
    name: task.labels[0] ?? 'task',
    image,
    gpuRequest: gpusOf(task, environment, scope),
    anchor,
  };
  const commands = (found: readonly ScriptStart[]): Start[] =>
    withInstalls(found, context, folderOf(scope.file.path)).flatMap((command) => {
      const called = {
        words: command.words,
        environment: new Map([...environment, ...command.environment]),
        installed: command.installed,
      };
      return startsOfCommand(called, common, context, folderOf(scope.file.path)).map((start) => ({
        ...start,
        ...common,
        image: start.image ?? image,
      }));
    });
  const script = scriptOf(words);
  const inside = scopeOf(environment);
  const scripts = [
    ...(script ? startsIn(script.text, scopeOfScript(words, script, inside)) : []),
    ...templatesOf(body).flatMap((text) => startsIn(text.text, inside)),
  ];
  const found = commands(scripts).flatMap((start) => launchOf(start, context) ?? []);
  if (found.length > 0 || script) return found;
  const hasCommand = image === null || (entrypoint ?? null) !== null || startsAnotherProgram(words);
  const sequence = args?.kind === 'sequence' ? args : null;
  const launched = launchOf({ ...common, words, hasCommand, environment, sequence }, context);
  return launched ? [launched] : [];
}

/** A block that stands once is a list of one. */
function only(value: YamlValue | null): YamlValue | null {
  return value?.kind === 'sequence' ? (value.items[0] ?? null) : value;
}

/** Scripts that a task renders from a template in the job itself. */
function templatesOf(body: YamlValue): Extract<YamlValue, { kind: 'scalar' }>[] {
  return firstOf(itemsOf(at(body, 'template')), MAX_TEMPLATES, 'templates of a task', placeOfValue).flatMap(
    (template) => {
      const data = at(template, 'data');
      return data?.kind === 'scalar' && ENGINE_IN_SCRIPT.test(data.text.text) ? [data] : [];
    },
  );
}

/** `device "nvidia/gpu/A100" { count = 2 }`, and what is asked of the device's model (docs: device block). */
function gpusOf(task: HclBlock, environment: ReadonlyMap<string, Word>, scope: Scope): GpuRequest {
  const shown = visibleGpus(environment) ?? visibleGpus(environment, 'NVIDIA_VISIBLE_DEVICES');
  const devices = task.body.blocks.filter(({ type }) => type === 'resources').flatMap(({ body }) => body.blocks);
  for (const device of devices) {
    const label = device.labels[0] ?? '';
    if (device.type !== 'device' || !/^(?:(?:nvidia|amd)(?:\/gpu(?:\/|$)|$)|gpu$)/.test(label)) continue;
    const model = /^\w+\/gpu\/([\w .-]{1,80})$/.exec(label)?.[1];
    const written = attributeOf(device, 'count');
    const place = placeOfMapped(
      mappedIdentity(scope.file, device.start, device.start + device.type.length, () => null),
    );
    // Without a number it is one.
    const count = written ? wholeNumber(scope.evaluate(written.value, scope)) : { value: 1, place };
    const name = model === undefined ? modelOf(device, scope) : { value: model, place };
    return { name, count: shown ?? count, nodes: 1 };
  }
  return { name: null, count: shown, nodes: 1 };
}

/** `constraint { attribute = "${device.model}" value = "Tesla T4" }` */
function modelOf(device: HclBlock, scope: Scope): Located<string> | null {
  for (const block of device.body.blocks.filter(({ type }) => type === 'constraint' || type === 'affinity')) {
    const attribute = attributeOf(block, 'attribute')?.value;
    const asked = attribute ? scope.file.text.slice(attribute.start, attribute.end) : '';
    const value = attributeOf(block, 'value');
    const named = /device\.model/.test(asked) && value ? scope.evaluate(value.value, scope) : null;
    if (named?.kind === 'scalar') return { value: named.text.text, place: placeOfMapped(named.text) };
  }
  return null;
}
