import { mappedIdentity } from '../../syntax/mapped-text.ts';
import { withoutComments } from '../../syntax/json-comments.ts';
import { at, readYaml, textOf, type YamlFile, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched } from '../launch.ts';
import { isCustom, podsOf } from '../kubernetes/pods.ts';
import { numbered } from '../script-launches.ts';
import { cannotRead } from '../unsupported.ts';
import { commandLaunches } from './commands.ts';
import { fileLaunches, filesIn } from './files.ts';
import { settingsLaunches } from './settings.ts';
import { type Mapping, spotsIn } from './walk.ts';

/** Launches in the YAML and JSON of tools that nobody has listed: commands, lists of words, an engine's own keys. */
export const embedded: Format = {
  id: 'embedded',
  title: 'Launches in other YAML and JSON files',
  detect: ({ path, text }) => DATA.test(path) && SPEAKS_OF_LAUNCH.test(text) && !text.startsWith('#cloud-config'),
  extract,
  edit: editDeployment,
};

const DATA = /\.(?:ya?ml|json|jsonc|json5)(?:\.\w{1,12})?$|\.(?:ya?ml|json)\.(?:j2|tmpl|tpl|template)$/i;
/** A launch command, or a key of which only engines speak. */
export const SPEAKS_OF_LAUNCH =
  /vllm serve|vllm\.entrypoints|vllm-openai|rocm\/vllm|sglang\.launch_server|sglang serve|trtllm-serve|llama-server|llama_cpp\.server|text-generation-launcher|text-generation-inference|lmdeploy serve|ollama (?:serve|run)|nvcr\.io\/nim\/|(?:gpu[-_]?mem(?:ory)?[-_]?util\w*|max[-_]model[-_]len\w*|maxModelLen|gpu[-_]util|max[-_]num[-_]seqs|max[-_]num[-_]batched[-_]tokens|mem[-_]fraction[-_]static|n[-_]gpu[-_]layers|nGpuLayers|tensor[-_]parallel[-_]size|free_gpu_memory_fraction)["']?\s{0,4}[:=,\s]/;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = yamlOf(file);
  if ('reason' in yaml) return unreadable(file);
  const launches = yaml.documents.filter(isOpen).flatMap((document) => launchesIn(document, file.path, context));
  return launches.length === 0 ? null : extractionOf(numbered(launches));
}

/** A launch that is written out in a template of a file. */
const LAUNCH =
  /^[^#\n]{0,200}(?:vllm serve |-m vllm\.entrypoints\.|sglang\.launch_server|sglang serve |trtllm-serve |llama-server |text-generation-launcher |lmdeploy serve )/m;

/** A template that is no YAML before it is rendered: said aloud where it shows a launch. */
function unreadable(file: SourceFile): Extraction | null {
  const sign = /\{[{%]/.test(file.text) ? LAUNCH.exec(file.text) : null;
  if (!sign) return null;
  const reason = 'It is a template that cannot be read without rendering it.';
  const place = mappedIdentity(file, sign.index, sign.index + sign[0].length, () => null);
  const name = baseName(file.path);
  return {
    deployments: [],
    unsupported: [cannotRead(reason, 'Render it and check the result.', name, 'embedded', place)],
  };
}

/** JSON may have comments, which no YAML has. */
function yamlOf(file: SourceFile): YamlFile {
  const yaml = readYaml(file);
  if (!('reason' in yaml) || !JSON_FILE.test(file.path)) return yaml;
  return readYaml({ path: file.path, text: withoutComments(file.text) });
}

const JSON_FILE = /\.json[c5]?(?:\.\w{1,12})?$/i;

/**
 * Resources of Kubernetes are read by what they are; of these only the files that a ConfigMap holds are left, and the settings
 * in resources of operators that nobody has listed.
 */
function isOpen(document: YamlValue): boolean {
  const kind = textOf(at(document, 'kind'));
  return at(document, 'apiVersion') === null || kind === null || kind === 'ConfigMap' || isUnknown(document, kind);
}

/** A resource of an operator that makes its pods itself, from settings of its own. */
function isUnknown(document: YamlValue, kind: string): boolean {
  return isCustom(document, kind) && podsOf(document).length === 0;
}

function launchesIn(document: YamlValue, file: string, context: FormatContext): Launched[] {
  const all = spotsIn(document);
  const files = filesIn(all);
  const nested = files.length === 0 ? null : fileLaunches(files, embedded, context);
  const read = new Set(files.map(({ text }) => text));
  const spots = all.filter(({ value }) => value.kind !== 'scalar' || !read.has(value.text));
  const commands = isUnknown(document, textOf(at(document, 'kind')) ?? '') ? [] : commandLaunches(spots, file, context);
  const commanded = new Set(commands.flatMap(({ holder }): Mapping[] => (holder === null ? [] : [holder])));
  const scopes = new Set(commands.flatMap(({ within }) => within));
  return [
    ...(nested?.deployments ?? []).map((deployment) => ({ deployment })),
    ...(nested?.unsupported ?? []).map((unsupported) => ({ unsupported })),
    ...commands.map(({ launched }) => launched),
    ...settingsLaunches(spots, { commanded, scopes }, file, context),
  ];
}
