import type { Deployment } from '../../deployment.ts';
import { at, itemsOf, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { joinMapped, type MappedText, writtenAs } from '../../syntax/mapped-text.ts';
import type { SourceFile } from '../../text.ts';
import { wordsOf } from '../container.ts';
import { dockerCompose } from '../docker-compose/index.ts';
import { dockerfile } from '../dockerfile/index.ts';
import { editDeployment } from '../edit.ts';
import { ENGINE_OR_LLAMA } from '../engine-signs.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { kubernetes } from '../kubernetes/index.ts';
import { extractionOf, scopeOfScript, type ScriptStart, scriptOf, startsIn } from '../launch.ts';
import { type NestedFile, readNested } from '../nested-file.ts';
import { launchesOfCommands, numbered } from '../script-launches.ts';
import { shell } from '../shell/index.ts';
import { systemd } from '../systemd/index.ts';
import { engineReference } from '../version/engine-version.ts';
import { installedBy } from '../version/install-command.ts';
import { vllmConfig } from '../vllm-config/index.ts';
import { writtenMapping } from '../written-files.ts';

/** User data of cloud-init: what its commands start, and the files that it writes. */
export const cloudInit: Format = {
  id: 'cloud-init',
  title: 'cloud-init user data',
  detect: ({ text }) => HEADER.test(text) && ENGINE_OR_LLAMA.test(text),
  extract,
  edit: editDeployment,
};

/** The first line of user data (cloud-init docs, "User data formats"); a template may say so in front of it. */
const HEADER = /^\uFEFF?(?:[ \t\r]*(?:#[^\n]{0,200})?\n){0,20}#cloud-config\b/;
/** What the files that user data writes may be. */
const READERS: readonly Format[] = [kubernetes, shell, dockerCompose, dockerfile, systemd, vllmConfig];

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const [document] = yaml.documents;
  if (!document) return null;
  const written = writtenFiles(document);
  const commands = ['bootcmd', 'runcmd'].flatMap((key) => commandsOf(at(document, key)));
  const [anchor] = commands.flatMap(({ words }) => words.slice(0, 1));
  // What a launch takes its options from is no config of its own.
  const taken = new Set<string>();
  const around = {
    file: file.path,
    format: 'cloud-init',
    name: 'runcmd',
    environment: new Map(),
    gpuRequest: { name: null, count: null, nodes: 1 },
    fileAt: (path: string): ReturnType<typeof writtenMapping> => {
      taken.add(path);
      return writtenMapping(path, written);
    },
  };
  const launched = anchor ? launchesOfCommands(commands, { ...around, anchor: anchor.text }, context) : [];
  const others = written.filter(({ path }) => !taken.has(path));
  const nested = readNested(others, READERS, 'cloud-init', context);
  const all = numbered([
    ...nested.deployments.map((deployment) => ({ deployment: withInstalled(deployment, commands, context) })),
    ...nested.unsupported.map((unsupported) => ({ unsupported })),
    ...launched,
  ]);
  return all.length === 0 ? null : extractionOf(all);
}

/** `write_files`: content as it is written; encoded content is not taken apart. */
function writtenFiles(document: YamlValue): NestedFile[] {
  return itemsOf(at(document, 'write_files')).flatMap((item) => {
    const [path, content, encoding] = [textOf(at(item, 'path')), at(item, 'content'), textOf(at(item, 'encoding'))];
    const isPlain = encoding === null || encoding === 'text/plain';
    return path !== null && content?.kind === 'scalar' && isPlain ? [{ path, text: content.text }] : [];
  });
}

/** Commands as a list: texts that a shell reads, one behind the other, and lists of words. */
function commandsOf(list: YamlValue | null): ScriptStart[] {
  const commands: ScriptStart[] = [];
  let lines: MappedText[] = [];
  const run = (): void => {
    if (lines.length > 0) commands.push(...startsIn(joinMapped(lines), new Map()));
    lines = [];
  };
  for (const item of itemsOf(list)) {
    if (item.kind === 'scalar') lines.push(item.text, writtenAs(item.text, '\n'));
    else if (item.kind === 'sequence') {
      run();
      commands.push(...commandsOfList(item));
    }
  }
  run();
  return commands;
}

function commandsOfList(item: YamlValue): ScriptStart[] {
  const words = wordsOf(item, new Map());
  const script = scriptOf(words);
  if (script?.unresolved === null) return startsIn(script.text, scopeOfScript(words, script, new Map()));
  return [{ words, environment: new Map() }];
}

/** A unit runs what the commands have installed. */
function withInstalled(deployment: Deployment, commands: readonly ScriptStart[], context: FormatContext): Deployment {
  const { id, version, versionSource } = deployment.engine;
  const engine = context.engines.find((one) => one.id === id);
  if (!engine || version !== null || versionSource !== null) return deployment;
  const installs = commands.flatMap(({ words }) => installedBy(words, context, '')).filter((one) => one.engine === id);
  return { ...deployment, engine: engineReference(engine, installs, null, deployment.file) };
}
