import type { GpuRequest, Located } from '../../deployment.ts';
import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import { computedText } from '../../syntax/python/text.ts';
import {
  argumentAt,
  entryOf,
  knownText,
  type PythonArguments,
  type PythonDict,
  type PythonFunction,
  type PythonMade,
  type PythonValue,
} from '../../syntax/python/values.ts';
import { firstOf } from '../../syntax/unread.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { type LaunchContext, startsIn } from '../launch.ts';
import { type Installed, installedBy } from '../version/install-command.ts';
import { folderOf } from '../../paths.ts';
import { countOf, placeOfValue, wordOf } from './values.ts';

/** What a platform's decorators and calls say around a launch: GPUs, image, what is installed, the environment. */
export interface Platform {
  readonly gpuRequest: GpuRequest;
  readonly image: Located<string> | null;
  readonly installed: readonly Installed[];
  readonly environment: ReadonlyMap<string, Word>;
}

/** Nobody allows more kinds of GPU. */
const MAX_ALLOWED = 20;

const NO_GPUS: GpuRequest = { name: null, count: null, nodes: 1 };

/** The nearest decorator around a launch that says something decides on it; the launch's own keywords go before. */
export function platformOf(
  own: PythonArguments | null,
  frames: readonly PythonFunction[],
  file: SourceFile,
  context: LaunchContext,
): Platform {
  const around = frames.toReversed().flatMap(({ decorators, owner }) => [...decorators, ...(owner?.decorators ?? [])]);
  const made = around.flatMap((one) => (one.kind === 'made' ? [one] : []));
  const givens = [...(own ? [own] : []), ...made.map(({ given }) => given)];
  const gpus = givens.map((given) => gpusOf(given, file)).find(({ name, count }) => name !== null || count !== null);
  const image =
    givens.map((given) => argumentAt(given, 'image')).find((value) => value !== null) ??
    made.map(appImage).find((value) => value !== null) ??
    null;
  const chain = chainOf(image);
  const environment = new Map<string, Word>();
  for (const one of chain) addEnvironment(environment, one, file);
  for (const given of givens.toReversed()) addVariables(environment, given, file);
  return {
    gpuRequest: gpus ?? NO_GPUS,
    image: imageOf(chain, image, file),
    installed: [...chain.flatMap((one) => installsOf(one, file, context)), ...inlineScript(file, context)],
    environment,
  };
}

/** `app = modal.App(image=image)` */
function appImage({ receiver }: PythonMade): PythonValue | null {
  return receiver?.kind === 'made' ? argumentAt(receiver.given, 'image') : null;
}

/** Modal's `gpu="A100-80GB:2"` and `gpu=modal.gpu.H100(count=2)`, BentoML's and Ray's resources, Beam's and RunPod's keywords. */
function gpusOf(given: PythonArguments, file: SourceFile): GpuRequest {
  const asked = argumentAt(given, 'gpu') ?? argumentAt(given, 'gpus');
  if (asked) {
    const { count, ...named } = gpuValue(asked, file);
    return { ...named, count: keywordCount(given, ['gpu_count', 'num_gpus'], file) ?? count, nodes: 1 };
  }
  for (const key of ['resources', 'ray_actor_options']) {
    const value = argumentAt(given, key);
    if (value?.kind === 'dict') return resourcesOf(limitsOf(value), file);
  }
  return resourcesOf(given.keywords, file);
}

const NAME_KEYS = ['gpu_type', 'gpu_type_id', 'gpu_type_ids', 'accelerator_type', 'accelerator', 'instance_type'];
const COUNT_KEYS = ['gpu', 'gpus', 'num_gpus', 'gpu_count', 'accelerator_count', 'nvidia.com/gpu', 'amd.com/gpu'];

/** Kubernetes' resources stand one level deeper. */
function limitsOf(resources: PythonDict): PythonDict {
  const limits = entryOf(resources, 'limits')?.value;
  return limits?.kind === 'dict' ? limits : resources;
}

function resourcesOf(dict: PythonDict, file: SourceFile): GpuRequest {
  const named = NAME_KEYS.map((key) => entryOf(dict, key)?.value).find((value) => value !== undefined);
  const { name, count } = named ? gpuValue(named, file) : NO_GPUS;
  const counted = COUNT_KEYS.map((key) => countOf(entryOf(dict, key)?.value ?? null, file)).find((one) => one !== null);
  return { name, count: counted ?? count, nodes: 1 };
}

function keywordCount(given: PythonArguments, keys: readonly string[], file: SourceFile): Located<number> | null {
  return keys.map((key) => countOf(argumentAt(given, key), file)).find((one) => one !== null) ?? null;
}

function gpuValue(value: PythonValue, file: SourceFile): Omit<GpuRequest, 'nodes'> {
  if (value.kind === 'number') return { name: null, count: countOf(value, file) };
  if (value.kind === 'made') return gpuObject(value, file);
  // Several that will do: whichever is free.
  if (value.kind === 'list') {
    const allowed = firstOf(value.items, MAX_ALLOWED, 'GPUs that will do', (item) =>
      placeOfValue(item.value, { from: 0, to: 0 }, file),
    );
    const [first, ...others] = allowed.map((item) => gpuValue(item.value, file));
    if (!first || [first, ...others].some(({ name }) => name === null)) return NO_GPUS;
    return { ...first, ...(others.length > 0 && { alternatives: others }) };
  }
  const text = knownText(value);
  if (!text || value.kind !== 'text') return NO_GPUS;
  const place = placeOfMapped(text);
  const [, name = '', digits] = /^\s*([\w .-]{1,60}?)[!+]?(?::(\d{1,4}))?\s*$/.exec(text.text) ?? [];
  if (name === '') return NO_GPUS;
  const count = digits === undefined ? 1 : Number(digits);
  return {
    name: /^any$/i.test(name) ? null : { value: name, place },
    count: count > 0 ? { value: count, place: digits === undefined ? place : placeOfDigits(text, digits) } : null,
  };
}

/** The count in `f"B200:{N_GPU}"` stands where N_GPU is. */
function placeOfDigits(text: MappedText, digits: string) {
  const last = text.segments.at(-1);
  return last && last.text === digits ? placeOfMapped({ text: digits, segments: [last] }) : placeOfMapped(text);
}

/** Modal's `gpu.A100(count=2, size="80GB")`; enumerations of others (`GpuType.A10G`). */
function gpuObject(value: PythonMade, file: SourceFile): Pick<GpuRequest, 'name' | 'count'> {
  const kind = /(?:^|\.)(?:gpu|GpuType|GPU)\.(\w+)$/.exec(value.path)?.[1];
  if (kind === undefined) return NO_GPUS;
  const place = placeOfValue(value, value.range, file);
  const size = argumentAt(value.given, 'size') ?? argumentAt(value.given, 'memory');
  const written = size?.kind === 'number' ? `${size.value}GB` : knownText(size)?.text;
  const name = /^any$/i.test(kind) ? null : { value: written === undefined ? kind : `${kind}-${written}`, place };
  return { name, count: countOf(argumentAt(value.given, 'count'), file) ?? { value: 1, place } };
}

/** An image's methods, the first first. */
function chainOf(image: PythonValue | null): PythonMade[] {
  const chain: PythonMade[] = [];
  for (let at = image; at?.kind === 'made' && chain.length < 60; at = at.receiver) chain.unshift(at);
  return chain;
}

const REGISTRY = /(?:^|\.)(?:from_registry|from_dockerhub|from_aws_ecr|from_gcp_artifact_registry)$/;

function imageOf(chain: readonly PythonMade[], image: PythonValue | null, file: SourceFile): Located<string> | null {
  const plain = knownText(image);
  if (plain) return { value: plain.text, place: placeOfMapped(plain) };
  for (const { path, given } of chain.toReversed()) {
    const named = REGISTRY.test(path) ? argumentAt(given, 'tag', 0) : argumentAt(given, 'base_image');
    const text = knownText(named);
    if (text && named) return { value: text.text, place: placeOfValue(named, { from: 0, to: 0 }, file) };
  }
  return null;
}

/** `.pip_install("vllm==0.9.1")`, `.run_commands("pip install …")`, `Image(python_packages=[…])`. */
function installsOf(
  { path, given, range }: PythonMade,
  file: SourceFile,
  context: LaunchContext,
): readonly Installed[] {
  const folder = folderOf(file.path);
  const method = /(\w+)$/.exec(path)?.[1] ?? '';
  const texts = (value: PythonValue | null): MappedText[] =>
    (value?.kind === 'list' ? value.items.map((item) => item.value) : [value]).flatMap((one) => knownText(one) ?? []);
  const all = given.positional.flatMap(({ value }) => texts(value));
  const word = (text: string): Word => ({ text: computedText(file, range, text), unresolved: null });
  const asWords = (found: readonly MappedText[], option: readonly string[] = []): readonly Installed[] => {
    const words = [...['pip', 'install', ...option].map(word), ...found.map((text) => ({ text, unresolved: null }))];
    return found.length === 0 ? [] : installedBy(words, context, folder);
  };
  if (/^(?:uv_)?pip_install$|^python_packages$|^add_python_packages$/.test(method)) return asWords(all);
  if (/^(?:pip_install_from_requirements|requirements_file)$/.test(method)) return asWords(all, ['-r']);
  if (/^(?:run_commands|run|dockerfile_commands|add_commands)$/.test(method))
    return all.flatMap((text) => startsIn(text, new Map()).flatMap(({ words }) => installedBy(words, context, folder)));
  return asWords(texts(argumentAt(given, 'python_packages')));
}

/** The packages that a script names for itself (PEP 723). */
function inlineScript(file: SourceFile, context: LaunchContext): readonly Installed[] {
  const start = file.text.indexOf('# /// script');
  if (start === -1 || (start > 0 && file.text[start - 1] !== '\n')) return [];
  const end = file.text.indexOf('\n# ///', start + 8);
  const block = file.text.slice(start, end === -1 ? start : Math.min(end, start + 5_000));
  const words = [...block.matchAll(/^#[ \t]{1,20}"([^"\n]{1,200})",?[ \t]*\r?$/gm)].map((found) => {
    const from = start + found.index + found[0].indexOf('"') + 1;
    return {
      text: computedText(file, { from, to: from + (found[1]?.length ?? 0) }, found[1] ?? ''),
      unresolved: null,
    };
  });
  const installer = ['pip', 'install'].map((text) => ({
    text: computedText(file, { from: start, to: start }, text),
    unresolved: null,
  }));
  return words.length === 0 ? [] : installedBy([...installer, ...words], context, folderOf(file.path));
}

/** `.env({…})` of an image. */
function addEnvironment(environment: Map<string, Word>, { path, given }: PythonMade, file: SourceFile): void {
  const [first] = given.positional;
  if (path.endsWith('.env') && first?.value.kind === 'dict') addDict(environment, first.value, file);
}

/** `env={…}`, `envs=[{"name": …, "value": …}]`, `runtime_env={"env_vars": {…}}` */
function addVariables(environment: Map<string, Word>, given: PythonArguments, file: SourceFile): void {
  for (const key of ['env', 'environment', 'env_vars', 'envs']) {
    const value = argumentAt(given, key);
    if (value?.kind === 'dict') addDict(environment, value, file);
    for (const item of value?.kind === 'list' ? value.items : []) {
      if (item.value.kind !== 'dict') continue;
      const name = knownText(entryOf(item.value, 'name')?.value)?.text;
      const stated = entryOf(item.value, 'value');
      if (name !== undefined && stated) environment.set(name, wordOf(stated.value, stated.keyRange, null, file));
    }
  }
  const runtime = argumentAt(given, 'runtime_env');
  const inner = runtime?.kind === 'dict' ? entryOf(runtime, 'env_vars')?.value : null;
  if (inner?.kind === 'dict') addDict(environment, inner, file);
}

/** The entries of a dict as variables. */
export function addDict(environment: Map<string, Word>, dict: PythonDict, file: SourceFile): void {
  for (const { key, value, keyRange } of dict.entries) environment.set(key, wordOf(value, keyRange, null, file));
}
