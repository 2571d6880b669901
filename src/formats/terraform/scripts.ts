import type { Located } from '../../deployment.ts';
import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import { readYamlIn } from '../../syntax/nested-yaml.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { ENGINE_IN_SCRIPT } from '../engine-signs.ts';
import type { FormatContext } from '../format.ts';
import { type Launched, launchOf, startsIn, withInstalls } from '../launch.ts';
import { startsOfCommand } from '../shell/starts.ts';
import { isOpen } from './scope.ts';
import { exceeds, firstOf } from '../../syntax/unread.ts';

/** Attributes that hold commands for a machine. */
const SCRIPT =
  /^(?:user_data(?:_base64|_replace)?|custom_data|startup[-_]script|metadata_startup_script|user-data|cloud_init|inline|script|run_cmd|runcmd|content|commands?|onstart|on_start)$/;
const MAX_DEPTH = 60;
const MAX_SCRIPTS = 60;
const MAX_COMMANDS = 500;

/** Launches of the scripts that a resource starts its machine with. */
export function launchesOfScripts(
  name: string,
  body: YamlValue,
  format: string,
  folder: string,
  context: FormatContext,
): Launched[] {
  const machine = machineOf(body);
  return scriptsIn(body).flatMap((script) => {
    const commands = firstOf(startsIn(script, new Map()), MAX_COMMANDS, 'commands of a script', ({ words: [word] }) =>
      word ? placeOfMapped(word.text) : null,
    );
    return withInstalls(commands, context, folder).flatMap((command) =>
      startsOfCommand(command, { format, name }, context, folder).flatMap((start) => {
        const gpuRequest = { ...start.gpuRequest, name: start.gpuRequest.name ?? machine };
        return launchOf({ ...start, gpuRequest, anchor: script }, context) ?? [];
      }),
    );
  });
}

/** Every script of a resource: texts as they are, and those inside cloud-init's own YAML. */
function scriptsIn(body: YamlValue): readonly MappedText[] {
  const found: MappedText[] = [];
  const visit = (value: YamlValue, isScript: boolean, depth: number): void => {
    if (exceeds(depth, MAX_DEPTH, 'levels of values')) return;
    if (value.kind === 'scalar') {
      if (isScript && value.value !== null && ENGINE_IN_SCRIPT.test(value.text.text))
        found.push(...scriptsOf(value.text));
    } else if (value.kind === 'sequence') for (const item of value.items) visit(item, isScript, depth + 1);
    else for (const { key, value: inner } of value.entries) visit(inner, SCRIPT.test(key), depth + 1);
  };
  visit(body, false, 0);
  return firstOf(found, MAX_SCRIPTS, 'scripts of a resource', placeOfMapped);
}

function scriptsOf(text: MappedText): MappedText[] {
  if (!/^\s*#cloud-config/.test(text.text)) return [text];
  const yaml = readYamlIn(text);
  const [document] = 'reason' in yaml ? [] : yaml.documents;
  const commands = [...itemsOf(at(document, 'runcmd')), ...itemsOf(at(document, 'bootcmd'))];
  const files = itemsOf(at(document, 'write_files')).map((file) => at(file, 'content'));
  return [...commands, ...files].flatMap((one) =>
    one?.kind === 'scalar' && ENGINE_IN_SCRIPT.test(one.text.text) ? [one.text] : [],
  );
}

/** The kind of machine that a cloud is asked for, which says the GPU. */
function machineOf(body: YamlValue): Located<string> | null {
  const [accelerator] = itemsOf(at(body, 'guest_accelerator'));
  const keys = ['instance_type', 'machine_type', 'vm_size', 'size', 'flavor_name', 'gpu_type', 'instance_size'];
  const candidates = [at(accelerator, 'type'), ...keys.map((key) => at(body, key))];
  const found = candidates.find((one) => one?.kind === 'scalar' && one.value !== null && !isOpen(one));
  if (found?.kind !== 'scalar' || entriesIn(body).length === 0) return null;
  return textOf(found) === null ? null : { value: found.text.text, place: placeOfMapped(found.text) };
}
