import type { GpuRequest } from '../../deployment.ts';
import { mappedIdentity, type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import { openReason } from '../../syntax/python/concat.ts';
import type { PythonCall } from '../../syntax/python/run.ts';
import {
  argumentAt,
  knownText,
  type ListElement,
  type OpenPart,
  type PythonArguments,
  type PythonItem,
  type PythonText,
  type PythonValue,
  type Range,
} from '../../syntax/python/values.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { startsAnotherProgram } from '../image-command.ts';
import { isTelling } from '../known-by-options.ts';
import {
  launchOf,
  type LaunchContext,
  type ScriptStart,
  scriptOf,
  type Start,
  startsIn,
  withInstalls,
} from '../launch.ts';
import { gpusOfJob } from '../shell/slurm.ts';
import { startsOfCommand } from '../shell/starts.ts';
import type { WordsSite } from '../edit-site.ts';
import { folderOf } from '../../paths.ts';
import { type Found, giverOf } from './api-launch.ts';
import { environmentWords } from './environment.ts';
import { type Command, isScript } from './command-sources.ts';
import { ENGINE_SIGN } from '../engine-signs.ts';
import { onlyShows } from './not-serving.ts';
import { fromModule } from './modules.ts';
import { type Platform, platformOf } from './platform.ts';
import type { PythonWordsSite } from './edit-site.ts';
import { wordOf } from './values.ts';

const IMAGE_KEYS = [
  'image',
  'image_name',
  'docker_image',
  'container_image',
  'image_uri',
  'serving_container_image_uri',
];

/** The launches of a command; those whose model the program's caller gives are none, where no GPU is named for them. */
export function commandLaunches(
  command: Command,
  format: string,
  name: string,
  file: SourceFile,
  context: LaunchContext,
): Found[] {
  const { value, given, frames } = command;
  if ((value.kind !== 'list' && value.kind !== 'text') || !mentionsEngine(command)) return [];
  // The image itself is none of its words.
  if (value.kind === 'text' && firstImage(command, context.engines)?.value === value.text.text) return [];
  const around = platformOf(given, frames, file, context);
  const platform = { ...around, gpuRequest: ofJob(value) ?? around.gpuRequest };
  const environment = new Map([...platform.environment, ...environmentWords(command.environment, file)]);
  const folder = folderOf(file.path);
  const { starts, items, open } = startsOf(command, platform, environment, file, context);
  const called = { format, name };
  const launches = withInstalls(starts, context, folder).flatMap((start) =>
    startsOfCommand(start, called, context, folder).map((one) => launch(one, command, platform, file, context)),
  );
  return launches.flatMap((start): Found[] => {
    const launched = launchOf(start, context);
    if (!launched) return [];
    const key = `${placeOfMapped(start.words[0]?.text ?? start.anchor).start}`;
    if (!('deployment' in launched)) return [{ launched, key }];
    const { deployment } = launched;
    const openModel = deployment.unresolved.find((one) => one.name === 'model');
    const byCaller =
      openModel &&
      open.some(
        ({ from, to, cause }) => cause === 'caller' && openModel.place.start < to && from < openModel.place.end,
      );
    // A function that starts whatever it is told is no config, unless the program says on which GPUs it does, or how much
    // memory that may take.
    if (byCaller && deployment.gpuRequest.name === null && ![...deployment.arguments.keys()].some(isTelling)) return [];
    const site = deployment.site as { readonly kind: string };
    const own = site.kind === 'words' ? wordsSite(deployment.site as WordsSite, items, file) : deployment.site;
    return [{ launched: { deployment: { ...deployment, site: own } }, key: `${key} ${deployment.model?.value ?? ''}` }];
  });
}

/** What a script that a program writes asks Slurm for. */
function ofJob(value: PythonValue): GpuRequest | null {
  return value.kind === 'text' && isScript(value) ? gpusOfJob(value.text) : null;
}

/** `NIM(image="nvcr.io/nim/org/model:1.0")`: an image that knows by itself what it serves needs no command. */
export function imageLaunch(
  { made: { given, range, path }, frames, environment }: PythonCall,
  name: string,
  file: SourceFile,
  context: LaunchContext,
): Found[] {
  const image = onlyShows(path) ? null : imageBeside(given);
  if (!image || !context.engines.some(({ modelOfImage }) => (modelOfImage?.(image.value) ?? null) !== null)) return [];
  const platform = platformOf(given, frames, file, context);
  const launched = launchOf(
    {
      format: 'python',
      name,
      words: [],
      hasCommand: false,
      image,
      environment: new Map([...platform.environment, ...environmentWords(environment, file)]),
      gpuRequest: platform.gpuRequest,
      sequence: null,
      anchor: anchorAt(range, file),
    },
    context,
  );
  return launched ? [{ launched, key: `${range.from}` }] : [];
}

/** Cheap: most of what a program calls has nothing to do with an engine. */
function mentionsEngine({ value, given }: Command): boolean {
  const image = imageBeside(given)?.value ?? knownText(given?.positional[0]?.value)?.text ?? '';
  const texts = value.kind === 'list' ? value.items.map((item) => textOf(item.value)) : [textOf(value)];
  return ENGINE_SIGN.test(image) || texts.some((text) => ENGINE_SIGN.test(text));
}

function textOf(value: PythonValue): string {
  return value.kind === 'text' ? value.text.text : '';
}

interface Read {
  readonly starts: readonly ScriptStart[];
  readonly items: readonly PythonItem[];
  readonly open: readonly OpenPart[];
}

function startsOf(
  { value, range }: Command,
  { gpuRequest }: Platform,
  environment: ReadonlyMap<string, Word>,
  file: SourceFile,
  context: LaunchContext,
): Read {
  const scope = new Map([...environment].map(([key, word]) => [key, [word]] as const));
  if (value.kind === 'text') {
    const starts = startsIn(value.text, scope).map((start) => marked(start, value.open, environment));
    return { starts, items: value.joined?.items ?? [], open: value.open };
  }
  if (value.kind !== 'list' || value.items.length < 2) return { starts: [], items: [], open: [] };
  const open = value.items.flatMap((item) => openPartsOf(item, range));
  const words = value.items.map(({ value: own, element, doubt, spread }): Word => {
    const word = wordOf(fromModule(own, file, context), element ?? range, gpuRequest.count, file);
    return { ...word, unresolved: doubt ?? word.unresolved ?? (spread ? 'it is several values' : null) };
  });
  const script = scriptOf(words);
  if (script === null) return { starts: [{ words, environment }], items: value.items, open };
  const inner = value.items[words.indexOf(script)]?.value;
  const text = inner?.kind === 'text' ? inner : null;
  const starts = text ? startsIn(text.text, scope).map((start) => marked(start, text.open, environment)) : [];
  return { starts, items: text?.joined?.items ?? [], open: text?.open ?? [] };
}

function openPartsOf({ value, element }: PythonItem, range: Range): readonly OpenPart[] {
  if (value.kind === 'text') return value.open;
  const { from, to } = element ?? range;
  if (value.kind === 'open') return [{ ...value.range, reason: value.reason, cause: value.cause }];
  const cause = giverOf(value);
  return cause ? [{ from, to, reason: '', cause }] : [];
}

/** Words that hold what is not known are open. */
function marked(
  { words, environment }: ScriptStart,
  open: readonly OpenPart[],
  around: ReadonlyMap<string, Word>,
): ScriptStart {
  const own = words.map((word) => ({ ...word, unresolved: word.unresolved ?? openReason(word.text, open) }));
  return { words: own, environment: new Map([...around, ...environment]) };
}

/** Puts what the platform says around a command; an image of an engine takes its arguments alone. */
function launch(
  start: Omit<Start, 'anchor'>,
  { path, given, range }: Command,
  platform: Platform,
  file: SourceFile,
  { engines }: LaunchContext,
): Start {
  const { gpuRequest } = platform;
  const asked = gpuRequest.name !== null || gpuRequest.count !== null;
  const beside = imageBeside(given) ?? firstImage({ path, given }, engines);
  const image = start.image ?? beside ?? platform.image;
  const behindImage = beside !== null && start.hasCommand && !startsAnotherProgram(start.words);
  return {
    ...start,
    image,
    hasCommand: behindImage ? false : start.hasCommand,
    installed: [...platform.installed, ...(start.installed ?? [])],
    gpuRequest: asked ? gpuRequest : start.gpuRequest,
    anchor: anchorAt(range, file),
  };
}

function imageBeside(given: PythonArguments | null): Start['image'] {
  if (!given) return null;
  for (const key of IMAGE_KEYS) {
    const text = knownText(argumentAt(given, key));
    if (text) return { value: text.text, place: placeOfMapped(text) };
  }
  return null;
}

const IMAGE = /^\w[\w.-]{0,80}(?::\d{1,5})?\/[\w./-]{1,200}(?::[\w.-]{1,128})?(?:@sha256:\w{1,64})?$/;

/** `containers.run("vllm/vllm-openai", [...])` */
function firstImage(
  { path, given }: Pick<Command, 'path' | 'given'>,
  engines: LaunchContext['engines'],
): Start['image'] {
  const text = knownText(given?.positional[0]?.value);
  // Neither `vllm serve` nor a metric `vllm:requests` is an image.
  if (!text || !/(?:^|[.?])(?:run|create|create_container)$/.test(path) || !IMAGE.test(text.text)) return null;
  if (!engines.some(({ ownsImage }) => ownsImage(text.text))) return null;
  return { value: text.text, place: placeOfMapped(text) };
}

function anchorAt({ from, to }: Range, file: SourceFile): MappedText {
  return mappedIdentity(file, from, Math.min(to, from + 200), () => null);
}

/** Which item each word is, counted from the end: variables in front of a command are none of its words. */
function wordsSite(site: WordsSite, items: readonly PythonItem[], file: SourceFile): PythonWordsSite {
  const all = items.flatMap((item): (ListElement | null)[] => {
    const count = countWords(item.value);
    return Array.from({ length: count }, () =>
      item.doubt === null && item.spread !== true && count === 1 ? item.element : null,
    );
  });
  const offset = all.length - site.words.length;
  const elements = site.words.map((_, index) => all[index + offset] ?? null);
  return { kind: 'python-words', file, site, elements: all.length === 0 ? [] : elements };
}

function countWords(value: PythonValue): number {
  return value.kind === 'text' ? wordsIn(value) : 1;
}

function wordsIn({ text }: PythonText): number {
  return Math.max(1, text.text.trim().split(/\s+/).length);
}
