import type { Unsupported } from '../../deployment.ts';
import { mappedIdentity } from '../../syntax/mapped-text.ts';
import type { PythonCall } from '../../syntax/python/run.ts';
import {
  entryOf,
  type PythonArguments,
  type PythonDict,
  type PythonEntry,
  type PythonMade,
  type PythonOpen,
  type PythonValue,
  type Range,
} from '../../syntax/python/values.ts';
import type { SourceFile } from '../../text.ts';
import type { Launched, LaunchContext } from '../launch.ts';
import { notModelled } from '../unsupported.ts';
import { isTelling } from '../known-by-options.ts';
import { type PythonApi, pythonApiOf } from './apis.ts';
import { environmentWords } from './environment.ts';
import { keywordsDeployment, type NamedKeyword } from './keywords.ts';
import { platformOf } from './platform.ts';

export interface Found {
  readonly launched: Launched;
  /** Launches of one place are one, however often the program comes by. */
  readonly key: string;
}

/**
 * An engine that the program starts in itself (`LLM(model=…)`); null for any other call, and for one whose model its caller gives.
 * `holder` is the call that it is an argument of, which may say where it runs (Beam's `VLLM(gpu=…, vllm_args=VLLMArgs(…))`).
 */
export function apiLaunch(
  call: PythonCall,
  attributes: (id: number) => ReadonlyMap<string, PythonValue>,
  holder: PythonArguments | null,
  format: string,
  name: string,
  file: SourceFile,
  context: LaunchContext,
): Found | null {
  const { frames } = call;
  const api = pythonApiOf(call.made.path);
  if (!api) return null;
  const made = configOf(api, call.made);
  // Whoever calls the program says what its parser is given.
  if (made.path.endsWith('.from_cli_args')) return null;
  const keywords = withAttributes(made, attributes(made.id));
  const model = modelOf(api, made, keywords);
  const by = model && giverOf(model.value);
  if (model === null || by === 'caller') return null;
  const key = `${made.range.from}`;
  const engine = context.engines.find(({ id }) => id === api.engine);
  if (!engine) return { launched: { unsupported: unsupportedOf(api, made, format, name, file) }, key };
  const platform = platformOf(holder, frames, file, context);
  const given = argumentsOf(api, keywords);
  const home = api.nested.map((one) => nestedDict(entryOf(keywords, one)?.value)).find((dict) => dict !== null);
  const deployment = keywordsDeployment(
    {
      ...platform,
      file,
      format,
      name,
      at: made.range,
      engine,
      keywords: given.keywords,
      more: given.more,
      model,
      defaults: api.defaults,
      home: home ?? keywords,
      behind: home ? null : (made.given.positional.at(-1)?.element ?? null),
      environment: new Map([...platform.environment, ...environmentWords(call.environment, file)]),
    },
    context,
  );
  // A program that starts whatever it is told is a tool, unless it says on which GPUs it does, or how much memory that may take.
  const { gpuRequest, arguments: read } = deployment;
  if (by === 'program' && gpuRequest.name === null && ![...read.keys()].some(isTelling)) return null;
  return { launched: { deployment }, key: `${key} ${deployment.model?.value ?? ''}` };
}

/** `launch_server(server_args)`: the object that holds the arguments. */
function configOf({ config }: PythonApi, made: PythonMade): PythonMade {
  const values = [
    ...made.given.positional.map(({ value }) => value),
    ...made.given.keywords.entries.map(({ value }) => value),
  ];
  const held = config && values.find((value) => value.kind === 'made' && config.test(value.path));
  return held?.kind === 'made' ? held : made;
}

/** `engine_args.max_model_len = 4096` behind the call goes before what it was given. */
function withAttributes({ given, range }: PythonMade, later: ReadonlyMap<string, PythonValue>): PythonDict {
  const entries = given.keywords.entries.map((entry) => {
    const value = later.get(entry.key);
    return value ? { ...entry, value } : entry;
  });
  const known = new Set(entries.map(({ key }) => key));
  const added = [...later].flatMap(([key, value]): PythonEntry[] =>
    known.has(key) ? [] : [{ key, value, element: null, keyRange: range }],
  );
  return { ...given.keywords, entries: [...entries, ...added] };
}

function modelOf(
  { model }: PythonApi,
  { given }: PythonMade,
  keywords: PythonDict,
): { readonly value: PythonValue; readonly range: Range } | null {
  for (const name of model) {
    const entry = entryOf(keywords, name);
    if (entry) return { value: entry.value, range: entry.keyRange };
  }
  const [first] = given.positional;
  return first && first.spread !== true
    ? { value: first.value, range: first.element ?? keywords.literal ?? ZERO }
    : null;
}

const ZERO: Range = { from: 0, to: 0 };

/**
 * Who gives a value that the file leaves open: the caller of a function, or whoever starts the program; null for any other value.
 * A library leaves the model to whoever calls it; that place, not this one, is where it is served.
 */
export function giverOf(value: PythonValue): 'caller' | 'program' | null {
  if (value.kind === 'open') return giver(value);
  if (value.kind === 'text') return value.open.map(giver).find((one) => one !== null) ?? null;
  if (value.kind !== 'made') return null;
  const [first] = value.given.positional;
  const inner = entryOf(value.given.keywords, 'repo_id')?.value ?? first?.value;
  const own = inner === undefined ? null : giverOf(inner);
  if (own) return own;
  let root: PythonValue | null = value;
  for (let depth = 0; root?.kind === 'made' && depth < 60; depth++) root = root.receiver;
  return root?.kind === 'open' ? giver(root) : null;
}

function giver({ cause }: Pick<PythonOpen, 'cause'>): 'caller' | 'program' | null {
  return cause === 'caller' || cause === 'program' ? cause : null;
}

interface Given {
  readonly keywords: readonly NamedKeyword[];
  readonly more: readonly PythonOpen[];
}

function argumentsOf(api: PythonApi, keywords: PythonDict): Given {
  const own: NamedKeyword[] = [];
  const more: PythonOpen[] = [...keywords.more];
  for (const entry of keywords.entries) {
    if (api.model.includes(entry.key)) continue;
    const inner = api.nested.includes(entry.key) ? nestedDict(entry.value) : null;
    if (inner === null) own.push(named(api, entry));
    else {
      own.push(...inner.entries.map((one) => named(api, one)));
      more.push(...inner.more);
    }
  }
  return { keywords: own, more };
}

function nestedDict(value: PythonValue | undefined): PythonDict | null {
  if (value?.kind === 'dict') return value;
  return value?.kind === 'made' ? value.given.keywords : null;
}

function named({ renamed }: PythonApi, entry: PythonEntry): NamedKeyword {
  const name = Object.hasOwn(renamed, entry.key) ? renamed[entry.key] : undefined;
  return { name: name ?? entry.key, entry };
}

function unsupportedOf(
  { title }: PythonApi,
  { range }: PythonMade,
  format: string,
  name: string,
  file: SourceFile,
): Unsupported {
  return notModelled(
    title,
    name,
    format,
    mappedIdentity(file, range.from, range.to, () => null),
  );
}
