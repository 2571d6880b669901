import type { PythonCall, PythonReturn } from '../../syntax/python/run.ts';
import {
  knownText,
  type PythonArguments,
  type PythonDict,
  type PythonFunction,
  type PythonValue,
  type Range,
} from '../../syntax/python/values.ts';
import { ENGINE_SIGN } from '../engine-signs.ts';
import { onlyShows, writesFile } from './not-serving.ts';
import { exceeds } from '../../syntax/unread.ts';

/** A command that a program hands to something that may run it. */
export interface Command {
  readonly value: PythonValue;
  readonly range: Range;
  /** The call's own path; empty where none is called. */
  readonly path: string;
  readonly given: PythonArguments | null;
  readonly frames: readonly PythonFunction[];
  readonly environment: PythonCall['environment'];
}

/** Calls that run the text that they are given. */
const RUNS =
  /^(?:subprocess|asyncio|os|pexpect)\.|(?:^|[.?])(?:Popen|check_call|check_output|run|call|exec_command|exec_run|sudo|execute|spawn|getoutput|create_subprocess_\w+|run_\w+|send_keys|shell|system|cmd|command|start_process|Task|exec)$/;
/** Keywords that hold a command. */
const COMMAND_KEY =
  /^(?:cmd|cmds|command|commands|args|run|entrypoint|start_command|startup_script|docker_args|container_command|container_args|setup|script|user_data|bash_command|arguments|docker_start_cmd|launch_command|server_cmd|server_command)$/;

/** The commands among what a call is given. */
export function commandsOf({ made, frames, environment }: PythonCall): Command[] {
  const { given, range, path } = made;
  const common = { path, given, frames, environment };
  if (writesFile(path)) {
    const scripts = given.positional.filter(({ value }) => isScript(value));
    return scripts.map(({ value, element }) => ({ ...common, value, range: element ?? range }));
  }
  if (onlyShows(path)) return [];
  const found: Command[] = [];
  for (const { value, element } of given.positional) {
    if (value.kind === 'list' || (value.kind === 'text' && (RUNS.test(path) || value.joined)))
      found.push({ ...common, value, range: element ?? range });
  }
  for (const { key, value, keyRange } of given.keywords.entries) {
    const isCommand = COMMAND_KEY.test(key) || isScript(value);
    if (value.kind === 'list' || (value.kind === 'text' && (isCommand || value.joined)))
      found.push({ ...common, value, range: keyRange });
  }
  for (const value of [...given.positional, ...given.keywords.entries].map((one) => one.value))
    found.push(...containersIn(value).flatMap((dict) => commandsOfContainer(dict, common)));
  // `create_subprocess_exec("vllm", "serve", …)`
  const areWords = given.positional.every(({ value }) => value.kind !== 'list' && value.kind !== 'dict');
  if (areWords && given.positional.length >= 2 && given.positional[0]?.value.kind === 'text')
    found.push({ ...common, value: { kind: 'list', items: given.positional }, range });
  return found;
}

/** A text that is a script of its own, for whoever runs it (`file.write(job)`, `sbatch` with `input=job`). */
export function isScript(value: PythonValue): boolean {
  return value.kind === 'text' && /^\s{0,20}#!.{0,80}\b(?:ba|z|da)?sh\b/.test(value.text.text);
}

/** Dicts within dicts: manifests are about this deep. */
const MAX_DEPTH = 12;

const IMAGE_KEY = /^image(?:Name|_name)?$/;

/** The keys of an API as Python writes them (RunPod's `imageName`, `dockerStartCmd`, `gpuCount`). */
function withPlainKeys(dict: PythonDict): PythonDict {
  const plain = (key: string): string => key.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  return { ...dict, entries: dict.entries.map((entry) => ({ ...entry, key: plain(entry.key) })) };
}

/** Containers in a manifest that a program makes (`{"image": "vllm/vllm-openai", "args": [...]}`). */
function containersIn(value: PythonValue, depth = 0): PythonDict[] {
  if (exceeds(depth, MAX_DEPTH, 'levels of a dict')) return [];
  if (value.kind === 'list') return value.items.flatMap((item) => containersIn(item.value, depth + 1));
  if (value.kind !== 'dict') return [];
  const named = value.entries.filter(({ key }) => IMAGE_KEY.test(key));
  if (named.some((entry) => ENGINE_SIGN.test(knownText(entry.value)?.text ?? ''))) return [withPlainKeys(value)];
  return value.entries.flatMap((entry) => containersIn(entry.value, depth + 1));
}

function commandsOfContainer(dict: PythonDict, common: Pick<Command, 'path' | 'frames' | 'environment'>): Command[] {
  const given: PythonArguments = { positional: [], keywords: dict };
  const entrypoint = dict.entries.find(({ key }) => /^(?:docker_)?entrypoint$/.test(key))?.value;
  const behind = dict.entries.find(({ key }) => /^(?:docker_start_cmd|cmd|command|args)$/.test(key));
  // The words of an entrypoint stand in front of those of the command (Docker docs: ENTRYPOINT).
  if (entrypoint?.kind === 'list' && entrypoint.items.length > 0 && behind?.value.kind === 'list') {
    const items = [...entrypoint.items, ...behind.value.items];
    return [{ ...common, given, value: { kind: 'list', items }, range: behind.keyRange }];
  }
  return dict.entries.flatMap(({ key, value, keyRange }) =>
    COMMAND_KEY.test(key) && (value.kind === 'list' || value.kind === 'text')
      ? [{ ...common, given, value, range: keyRange }]
      : [],
  );
}

/** A list that a function gives back, for whoever runs it (BentoML's `__command__`). */
export function commandOfReturn({ value, frames, environment }: PythonReturn): Command | null {
  const innermost = frames.at(-1);
  const isText = value.kind === 'text';
  if (!innermost || (isText && !/cmd|command|script|args/i.test(innermost.name))) return null;
  return { value, range: innermost.node, path: '', given: null, frames, environment };
}
