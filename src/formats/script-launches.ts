import type { Deployment, GpuRequest, Located } from '../deployment.ts';
import type { MappedText } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import { scopeOf } from './container.ts';
import type { FormatContext } from './format.ts';
import { type Launched, launchOf, type ScriptStart, type Start, startsIn, withInstalls } from './launch.ts';
import { startsOfCommand } from './shell/starts.ts';
import type { Installed } from './version/install-command.ts';
import { folderOf } from '../paths.ts';

/** What a file says around a script that it holds. */
export interface Surroundings {
  readonly file: string;
  readonly format: string;
  readonly name: string;
  readonly anchor: MappedText;
  readonly environment: ReadonlyMap<string, Word>;
  /** What else the script sees, and nobody wrote down: variables that the platform sets. */
  readonly derived?: ReadonlyMap<string, Word>;
  readonly gpuRequest: GpuRequest;
  /** The image that the script runs in; what it starts in a container of its own has that one's. */
  readonly image?: Located<string> | null;
  readonly installed?: readonly Installed[];
  readonly device?: Deployment['device'];
  /** Files that are written beside the script, by their paths. */
  readonly fileAt?: NonNullable<Start['fileAt']>;
}

/** The launches of a script that stands in another file, with the variables, GPUs and versions that are said around it. */
export function launchesOfScript(script: MappedText, around: Surroundings, context: FormatContext): Launched[] {
  return launchesOfCommands(
    startsIn(script, scopeOf(new Map([...around.environment, ...(around.derived ?? [])]))),
    around,
    context,
  );
}

/** The same for commands that are already taken apart. */
export function launchesOfCommands(
  commands: readonly ScriptStart[],
  around: Surroundings,
  context: FormatContext,
): Launched[] {
  const folder = folderOf(around.file);
  return withInstalls(commands, context, folder).flatMap((command) => {
    const environment = new Map([...around.environment, ...command.environment]);
    const installed = [...(around.installed ?? []), ...command.installed];
    const called = { format: around.format, name: around.name };
    return startsOfCommand({ words: command.words, environment, installed }, called, context, folder).flatMap(
      (start) => launchOf(placed(start, around), context) ?? [],
    );
  });
}

function placed(start: Omit<Start, 'anchor'>, around: Surroundings): Start {
  const { gpuRequest } = start;
  return {
    ...start,
    anchor: around.anchor,
    image: start.image ?? around.image ?? null,
    gpuRequest: { ...around.gpuRequest, count: gpuRequest.count ?? around.gpuRequest.count },
    ...(around.device && { device: around.device }),
    ...(around.fileAt && { fileAt: around.fileAt }),
  };
}

/** Launches of one file under names of their own: `serve`, `serve #2`. */
export function numbered(launches: readonly Launched[]): Launched[] {
  const taken = new Map<string, number>();
  return launches.map((one) => {
    if (!('deployment' in one)) return one;
    const { deployment } = one;
    const before = taken.get(deployment.name) ?? 0;
    taken.set(deployment.name, before + 1);
    return before === 0 ? one : { deployment: { ...deployment, name: `${deployment.name} #${before + 1}` } };
  });
}
