import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Scope } from '../../syntax/shell/index.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { scopeOf } from '../container.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { startsAnotherProgram } from '../image-command.ts';
import { engineOfOptions } from '../known-by-options.ts';
import {
  extractionOf,
  type Launched,
  launchOf,
  scopeOfScript,
  scriptOf,
  type Start,
  startsIn,
  withInstalls,
} from '../launch.ts';
import { startsOfCommand } from '../shell/starts.ts';
import { launchByVariables } from '../variables-launch.ts';
import { folderOf } from '../../paths.ts';
import { gpusOfDevices, visibleGpus } from '../visible-gpus.ts';
import { commandWords, environmentOf, type Unit, unitOf, valuesOf, valueWord, withoutPrefix } from './unit.ts';

/** Units of systemd, their drop-ins, and Podman's units for containers. */
export const systemd: Format = {
  id: 'systemd',
  title: 'systemd units',
  detect: ({ path, text }) =>
    !HOLDS_UNITS.test(path) && /^\uFEFF?[ \t]*\[(?:Service|Container)\][ \t\r]*$/m.test(text) && SIGN.test(text),
  extract,
  edit: editDeployment,
};

/** Files in which a unit stands as a text: those who read them hand it on. */
const HOLDS_UNITS = /\.(?:ya?ml|json|sh|bash|tf|py|md|rst)(?:\.\w{1,12})?$/i;
const SIGN = /^[ \t]*(?:ExecStart|Environment|EnvironmentFile|Exec|Image)[ \t]*=/m;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const unit = unitOf(file, context);
  if (!unit.speaks) return null;
  const name = nameOf(file.path);
  const starts = [...startsOfService(unit, name, context), ...startsOfContainer(unit, name, context)];
  const found = starts.flatMap((start) => launchOf(start, context) ?? []);
  const byVariables = found.length === 0 ? starts.flatMap((start) => launchByVariables(start, context) ?? []) : [];
  const launched: Launched[] = [...found, ...byVariables.slice(0, 1).map((deployment) => ({ deployment }))];
  return extractionOf(
    launched.map((one, index) =>
      index === 0 || !('deployment' in one)
        ? one
        : { deployment: { ...one.deployment, name: `${one.deployment.name} #${index + 1}` } },
    ),
  );
}

/** `vllm` for vllm.service, vllm@.service.template and vllm.service.d/override.conf. */
function nameOf(path: string): string {
  const base = path.replace(/\.d\/[^/]*$/, '');
  return baseName(base).replace(/\.(?:service|container)(?:\.\w+)?$/, '');
}

/** The commands of a service, through shells and containers that they start. */
function startsOfService(unit: Unit, name: string, context: FormatContext): Start[] {
  const environment = environmentOf(unit, 'Service', context);
  const folder = folderOf(unit.file.path);
  const anchor = unit.entries.findLast(({ keyText }) => placeOfMapped(keyText).file === unit.file.path)?.keyText;
  return valuesOf(unit, 'Service', 'ExecStart').flatMap((value) => {
    const open = new Map<string, Word>();
    const words = commandWords(withoutPrefix(value), environment, open);
    const script = scriptOf(words);
    const scope: Scope = new Map([...scopeOf(environment.variables), ...scopeOf(open)]);
    const plain = [{ words, environment: environment.variables }];
    const commands = script === null ? plain : startsIn(script.text, scopeOfScript(words, script, scope));
    return withInstalls(commands, context, folder).flatMap((command) => {
      const inside = { ...command, environment: new Map([...environment.variables, ...command.environment]) };
      return startsOfCommand(inside, { format: 'systemd', name }, context, folder).map((start) => ({
        ...start,
        anchor: anchor ?? value,
      }));
    });
  });
}

/** A container of Podman's own kind of unit (podman-systemd.unit(5)): the image, and what stands behind it. */
function startsOfContainer(unit: Unit, name: string, context: FormatContext): Start[] {
  const [image] = valuesOf(unit, 'Container', 'Image').slice(-1);
  if (!image) return [];
  const environment = environmentOf(unit, 'Container', context);
  const open = new Map<string, Word>();
  const wordsOf = (key: string): Word[] =>
    valuesOf(unit, 'Container', key)
      .slice(-1)
      .flatMap((value) => commandWords(value, environment, open));
  const [entrypoint, command] = [wordsOf('Entrypoint'), wordsOf('Exec')];
  const words = [...entrypoint, ...command];
  const { text } = valueWord(image, environment);
  const devices = gpusOfDevices(valuesOf(unit, 'Container', 'AddDevice'));
  const hasCommand = entrypoint.length > 0 || startsAnotherProgram(command);
  const isOwned = context.engines.some(({ ownsImage }) => ownsImage(text.text.trim()));
  // An image of the team's own, and what stands behind it are an engine's options.
  const engine = hasCommand || isOwned ? null : engineOfOptions(words, true, context.engines);
  return [
    {
      format: 'systemd',
      name,
      words,
      hasCommand,
      ...(engine && { startedBy: engine.id }),
      image: { value: text.text.trim(), place: placeOfMapped(text) },
      environment: environment.variables,
      gpuRequest: { name: null, count: devices ?? visibleGpus(environment.variables), nodes: 1 },
      sequence: null,
      anchor: image,
    },
  ];
}
