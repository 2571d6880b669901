import type { Deployment, Unsupported } from '../../deployment.ts';
import { type PythonFile, readPython } from '../../syntax/python/index.ts';
import type { PythonCall } from '../../syntax/python/run.ts';
import type { PythonArguments, PythonFunction, Range } from '../../syntax/python/values.ts';
import { exceeds } from '../../syntax/unread.ts';
import { baseName, type Place, placeOf, type SourceFile } from '../../text.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { apiLaunch, type Found } from './api-launch.ts';
import { isBentoProject, isReadFromProject, launchOfProject } from './bento-project.ts';
import { commandOfReturn, commandsOf } from './command-sources.ts';
import { commandLaunches, imageLaunch } from './commands.ts';
import { editPython } from './edit.ts';
import { ENGINE_SIGN } from '../engine-signs.ts';
import { isBenchmark, isTest, isTestOrTraining } from './not-serving.ts';
import { SAGEMAKER_SIGN, sagemakerLaunches } from './sagemaker.ts';
import { onTruss } from './truss-resources.ts';

/** Python programs that start an engine: in themselves, as a command, or in a container. */
export const python: Format = {
  id: 'python',
  title: 'Python programs',
  sharesFiles: true,
  detect: (file) => (isPython(file) && SIGNS.some((sign) => sign.test(file.text))) || isBentoProject(file),
  extract,
  edit: editPython,
};

/** By its ending or its shebang: no other language is read like this. */
export function isPython({ path, text }: SourceFile): boolean {
  return /\.pyw?$/.test(path) || /^\uFEFF?#!.{0,80}\bpython[\d.]*\b/.test(text);
}

const SIGNS = [ENGINE_SIGN, SAGEMAKER_SIGN];

/** Launches of one file that are looked at. */
const MAX_LAUNCHES = 300;
/** Times that one call is looked at, each with other values. */
const MAX_TIMES = 12;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  if (!isPython(file)) return launchOfProject(file, context);
  if (isTestOrTraining(file) || isReadFromProject(file, context)) return null;
  const program = readPython(file);
  const found: Found[] = [];
  let isFull = false;
  const keep = (own: readonly Found[], { from, to }: Range): void => {
    const where = (): Place => placeOf(file, from, to);
    for (const one of own) {
      if (exceeds(found.length + 1, MAX_LAUNCHES, 'launches of a program', where)) isFull = true;
      else found.push(one);
    }
  };
  const starting = new Set<number>();
  const times = new Map<number, number>();
  const holders = holdersOf(program);
  for (const call of program.calls) {
    if (isFull) break;
    const count = (times.get(call.made.range.from) ?? 0) + 1;
    times.set(call.made.range.from, count);
    if (isTest(call.frames)) continue;
    const { range } = call.made;
    if (count > MAX_TIMES) {
      if (starting.has(range.from))
        exceeds(count, MAX_TIMES, 'turns of one call', () => placeOf(file, range.from, range.to));
      continue;
    }
    const name = nameOf(call.frames, file);
    const holder = holderOf(call, holders);
    const api = apiLaunch(call, program.attributesOf, holder, 'python', name, file, context);
    const commanded = api ? [] : commandsOf(call).flatMap((one) => commandLaunches(one, 'python', name, file, context));
    const own = api ? [api] : commanded.length > 0 ? commanded : containersOf(call, program.calls, name, file, context);
    if (own.length > 0) starting.add(range.from);
    if (!api || !isBenchmark(call.frames)) keep(own, range);
  }
  for (const one of program.returns) {
    if (isFull) break;
    const command = isTest(one.frames) ? null : commandOfReturn(one);
    if (command) keep(commandLaunches(command, 'python', nameOf(one.frames, file), file, context), rangeOf(one.frames));
  }
  const own = extractionOf(found);
  return { ...own, deployments: onTruss(own.deployments, file, context) };
}

/** An image that a call is given, and what it serves by itself or by its variables. */
function containersOf(
  call: PythonCall,
  calls: readonly PythonCall[],
  name: string,
  file: SourceFile,
  context: FormatContext,
): Found[] {
  const byImage = imageLaunch(call, name, file, context);
  return byImage.length > 0 ? byImage : sagemakerLaunches(call, calls, name, file, context);
}

/** Where the innermost function stands; the start of the file outside of any. */
function rangeOf(frames: readonly PythonFunction[]): Range {
  return frames.at(-1)?.node ?? { from: 0, to: 0 };
}

/** What the calls are given that others are arguments of, and functions (`@endpoint(on_start=load, gpu="H100")`), by where the others start. */
function holdersOf({ calls, decorators }: PythonFile): ReadonlyMap<number, PythonArguments> {
  const holders = new Map<number, PythonArguments>();
  const givens = [...calls.map(({ made }) => made), ...decorators].flatMap((one) =>
    one.kind === 'made' ? [one.given] : [],
  );
  for (const given of givens) {
    for (const { value } of [...given.positional, ...given.keywords.entries]) {
      const start = value.kind === 'made' ? value.range.from : value.kind === 'function' ? value.node.from : null;
      if (start !== null && !holders.has(start)) holders.set(start, given);
    }
  }
  return holders;
}

/** What the call is given that a call, or a function around it, is an argument of. */
function holderOf({ made, frames }: PythonCall, holders: ReadonlyMap<number, PythonArguments>): PythonArguments | null {
  const starts = [made.range.from, ...frames.map(({ node }) => node.from).toReversed()];
  return starts.map((start) => holders.get(start)).find((given) => given !== undefined) ?? null;
}

/** `VLLM.__init__`, `serve`, or the file's own name. */
export function nameOf(frames: readonly PythonFunction[], { path }: SourceFile): string {
  const own = frames.at(-1);
  if (!own) return baseName(path);
  return own.owner ? `${own.owner.name}.${own.name}` : own.name;
}

/** One launch for each place and model: the one of which most is known. */
export function extractionOf(found: readonly Found[]): Extraction {
  const best = new Map<string, Found>();
  for (const one of found) {
    const known = best.get(one.key);
    if (!known || knowledge(one) > knowledge(known)) best.set(one.key, one);
  }
  const kept = [...best.values()].filter((one) => !isShadow(one, best));
  const deployments: Deployment[] = [];
  const unsupported: Unsupported[] = [];
  for (const { launched } of kept) {
    if ('deployment' in launched) deployments.push(numbered(launched.deployment, deployments));
    else unsupported.push(launched.unsupported);
  }
  return { deployments, unsupported };
}

function knowledge({ launched }: Found): number {
  if (!('deployment' in launched)) return 0;
  const { unresolved, gpuRequest, arguments: args, model } = launched.deployment;
  const named = model !== null ? 40 : unresolved.some(({ name }) => name === 'model') ? 20 : 0;
  const gpus = (gpuRequest.count ? 2 : 0) + (gpuRequest.name ? 2 : 0);
  return named + gpus + Math.min(9, args.size) - Math.min(9, unresolved.length);
}

/** The same place with a model that is not known, beside one where a call says it. */
function isShadow({ key, launched }: Found, all: ReadonlyMap<string, Found>): boolean {
  if (!('deployment' in launched) || launched.deployment.model !== null) return false;
  return [...all.keys()].some((other) => other !== key && other.startsWith(key));
}

function numbered(deployment: Deployment, others: readonly Deployment[]): Deployment {
  const same = others.filter(({ name }) => name.replace(/ #\d+$/, '') === deployment.name).length;
  return same === 0 ? deployment : { ...deployment, name: `${deployment.name} #${same + 1}` };
}
