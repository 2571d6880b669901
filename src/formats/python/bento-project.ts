import type { GpuRequest } from '../../deployment.ts';
import { readPython } from '../../syntax/python/index.ts';
import type { PythonValue } from '../../syntax/python/values.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName, type SourceFile } from '../../text.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { launchOf, type LaunchContext } from '../launch.ts';
import type { WordsSite } from '../edit-site.ts';
import { folderOf, inFolder } from '../../paths.ts';
import { wrappedWords } from './command-words.ts';
import { countOf, placeOfValue, wordOf } from './values.ts';

/** Arguments of a Bento that serves a model with an engine (github.com/bentoml/BentoVLLM, BentoSGLang: service.py, BentoArgs). */
const SECTION = /^[ \t]*\[tool\.bentoml\.build\.args\][ \t]*(?:#[^\n]*)?\r?$/m;

export function isBentoProject({ text }: SourceFile): boolean {
  return SECTION.test(text);
}

/** Whether a service gets its arguments from the project beside it, so that its own defaults hold for nobody. */
export function isReadFromProject({ path, text }: SourceFile, { read }: FormatContext): boolean {
  if (!/\bbentoml\.use_arguments\(/.test(text)) return false;
  const folder = folderOf(path);
  const project = read(inFolder(folder, 'pyproject.toml'));
  return project !== null && isBentoProject(project);
}

/**
 * `[tool.bentoml.build.args]` of a `pyproject.toml`. Its strings, numbers and lists are written as Python's are, so that they are read
 * as assignments, everything around them left blank.
 */
export function launchOfProject(file: SourceFile, context: FormatContext): Extraction | null {
  const found = SECTION.exec(file.text);
  if (!found) return null;
  const start = found.index + found[0].length;
  const next = /^[ \t]*\[/m.exec(file.text.slice(start));
  const end = next ? start + next.index : file.text.length;
  const blank = (text: string): string => text.replace(/[^\n\r]/g, ' ');
  const masked: SourceFile = {
    path: file.path,
    text: blank(file.text.slice(0, start)) + file.text.slice(start, end) + blank(file.text.slice(end)),
  };
  const { names } = readPython(masked);
  const deployment = deploymentOf(names, commandOf(file), masked, context);
  return deployment && { deployments: [deployment], unsupported: [] };
}

/** Both engines take it. */
const TP = '--tensor-parallel-size';

/** What the service of such a project starts; the project's own words say which engine it is for. */
function commandOf({ text }: SourceFile): readonly string[] {
  const isSglang = /\bsglang\b/i.test(text) && !/\bvllm\b/i.test(text);
  return isSglang ? ['python', '-m', 'sglang.launch_server', '--model-path'] : ['vllm', 'serve'];
}

function deploymentOf(
  names: ReadonlyMap<string, PythonValue>,
  program: readonly string[],
  file: SourceFile,
  context: LaunchContext,
) {
  const model = names.get('model_id');
  const list = names.get('cli_args');
  const items = list?.kind === 'list' ? list.items : [];
  if (model?.kind !== 'text' || (items.length === 0 && !names.has('tp'))) return null;
  const gpuRequest = gpusOf(names, file);
  const word = (value: PythonValue): Word => wordOf(value, { from: 0, to: 0 }, null, file);
  const modelWord = word(model);
  const command = wrappedWords(program, modelWord);
  const parallel = names.get('tp');
  const fixed = parallel ? [...wrappedWords([TP], word(parallel)), word(parallel)] : [];
  const own = items.map(({ value, element }) => wordOf(value, element ?? { from: 0, to: 0 }, null, file));
  const words = [...command, modelWord, ...fixed, ...own];
  const launched = launchOf(
    {
      format: 'python',
      name: baseName(file.path),
      words,
      hasCommand: true,
      image: null,
      environment: new Map(),
      gpuRequest,
      sequence: null,
      anchor: modelWord.text,
    },
    context,
  );
  if (!launched || !('deployment' in launched)) return null;
  const { deployment } = launched;
  const elements = [
    ...words.slice(0, words.length - own.length).map(() => null),
    ...items.map(({ element }) => element),
  ];
  const site = { kind: 'python-words', file, site: deployment.site as WordsSite, elements };
  return { ...deployment, line: modelWord.text.segments[0] ? deployment.line : 1, site };
}

/** BentoVLLM serves on as many GPUs as it splits the model over. */
function gpusOf(names: ReadonlyMap<string, PythonValue>, file: SourceFile): GpuRequest {
  const type = names.get('gpu_type');
  const name =
    type?.kind === 'text' ? { value: type.text.text, place: placeOfValue(type, { from: 0, to: 0 }, file) } : null;
  return { name, count: countOf(names.get('tp') ?? null, file), nodes: 1 };
}
