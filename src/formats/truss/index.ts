import type { Extraction, Format, FormatContext } from '../format.ts';
import { editDeployment } from '../edit.ts';
import { imageAt } from '../image.ts';
import { scopeOf } from '../container.ts';
import { extractionOf, type Launched, startsIn } from '../launch.ts';
import { launchesOfCommands, launchesOfScript, numbered, type Surroundings } from '../script-launches.ts';
import { type Placed, startsOfPlacedScript } from '../started-script.ts';
import { type Installed, installedBy } from '../version/install-command.ts';
import { folderOf, inFolder } from '../../paths.ts';
import type { SourceFile } from '../../text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { readShell } from '../../syntax/shell/index.ts';
import { acceleratorsOf, gpuRequestOf } from '../skypilot/accelerators.ts';
import { builtEngine } from './built-engine.ts';

/** Baseten's Truss: a server of the team's own in an image, or an engine that is built from a checkpoint. */
export const truss: Format = {
  id: 'truss',
  title: 'Truss configs (Baseten)',
  detect: ({ text }) => SECTION.test(text) && SIGN.test(text),
  extract,
  edit: editDeployment,
};

const SECTION = /(?:^|[{,])[ \t]{0,4}["']?(?:docker_server|trt_llm)["']?[ \t]*:/m;
const SIGN = /\b(?:start_command|checkpoint_repository)["']?[ \t]*:/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const launches = yaml.documents.flatMap((document) => launchesOf(document, file, context));
  return launches.length === 0 ? null : extractionOf(numbered(launches));
}

function launchesOf(document: YamlValue, file: SourceFile, context: FormatContext): Launched[] {
  const command = at(document, 'docker_server', 'start_command');
  const around = surroundings(document, file, context);
  if (command?.kind !== 'scalar' || command.value === null) return builtEngine(document, around, context);
  const inside = { ...around, anchor: command.text };
  const found = launchesOfScript(command.text, inside, context);
  if (found.length > 0) return found;
  const scope = scopeOf(around.environment);
  const started = startsIn(command.text, scope).flatMap(
    ({ words }) => startsOfPlacedScript(words, placedBeside(file), scope, context) ?? [],
  );
  return launchesOfCommands(started, inside, context);
}

/** Where Truss puts the folders beside its config (Baseten docs, "Custom servers"). */
function placedBeside({ path }: SourceFile): Placed[] {
  const folder = folderOf(path);
  return [
    ['model', '/app/model'],
    ['data', '/app/data'],
    ['packages', '/packages'],
  ].map(([name = '', target = '']) => ({ sources: [inFolder(folder, name)], target }));
}

/** What the file says beside its server: image, variables, GPUs, and what the build installs. */
function surroundings(document: YamlValue, file: SourceFile, context: FormatContext): Omit<Surroundings, 'anchor'> {
  const resources = at(document, 'resources');
  return {
    file: file.path,
    format: 'truss',
    name: textOf(at(document, 'model_name')) ?? 'truss',
    environment: environmentOf(document),
    gpuRequest: gpuRequestOf(resources, acceleratorsOf(resources, 'accelerator'), 1),
    image: imageAt(at(document, 'base_image', 'image') ?? at(document, 'base_image')),
    installed: installedIn(document, file, context),
  };
}

function environmentOf(document: YamlValue): Map<string, Word> {
  return new Map(
    entriesIn(at(document, 'environment_variables')).flatMap(({ key, value }) =>
      value.kind === 'scalar' && value.value !== null ? [[key, { text: value.text, unresolved: null }] as const] : [],
    ),
  );
}

/** `requirements` as pip takes them, and the commands of the build. */
function installedIn(document: YamlValue, file: SourceFile, context: FormatContext): readonly Installed[] {
  const folder = folderOf(file.path);
  const pip = ['pip', 'install'].map((text): Word => ({ text: { text, segments: [] }, unresolved: null }));
  const required = itemsOf(at(document, 'requirements')).flatMap((item) =>
    item.kind === 'scalar' ? installedBy([...pip, { text: item.text, unresolved: null }], context, folder) : [],
  );
  const built = itemsOf(at(document, 'build_commands')).flatMap((item) =>
    item.kind === 'scalar'
      ? (readShell(item.text) ?? []).flatMap(({ words }) => installedBy(words, context, folder))
      : [],
  );
  return [...required, ...built];
}
