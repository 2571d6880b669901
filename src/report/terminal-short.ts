import { targetName } from '../hardware/gpu.ts';
import { wrap } from './columns.ts';
import { MAX_NAME_CHARACTERS, terminalText } from './escape.ts';
import { isUnknown } from './headline.ts';
import { type Paint, VERDICT_STYLES } from './paint.ts';
import type { DeploymentResult } from './report.ts';
import {
  BY_GRAVITY,
  explanations,
  gpuNames,
  gravest,
  NOT_JUDGED,
  ownFindings,
  remedies,
  runsOnGpu,
} from './verdicts.ts';

/** With more deployments than this, those that need nothing or cannot be estimated get a line or two each. */
const MAX_WHOLE_DEPLOYMENTS = 5;
/** More GPUs of which the same is true are not named one by one. */
const MAX_NAMED_GPUS = 3;
const INDENT = '  ';

/** Deployments by how much is said of each: everything, what is missing alone, or that nothing has to be done. */
export interface BySpace {
  readonly whole: readonly DeploymentResult[];
  readonly open: readonly DeploymentResult[];
  readonly quiet: readonly DeploymentResult[];
}

export function bySpace(results: readonly DeploymentResult[], verbose: boolean): BySpace {
  if (verbose) return { whole: results, open: [], quiet: [] };
  const many = results.length > MAX_WHOLE_DEPLOYMENTS;
  const spaceOf = (result: DeploymentResult): keyof BySpace => {
    if (!runsOnGpu(result) || (many && isQuiet(result))) return 'quiet';
    return many && isOpen(result) ? 'open' : 'whole';
  };
  const of = (space: keyof BySpace): readonly DeploymentResult[] => results.filter((one) => spaceOf(one) === space);
  return { whole: of('whole'), open: of('open'), quiet: of('quiet') };
}

/** Whether a deployment fits wherever it must, or is only shown, and nothing about it needs anybody. */
function isQuiet(result: DeploymentResult): boolean {
  const gated = result.targets.some((target) => target.gated);
  const fine = gated ? gravest(result) === 'fits' : result.targets.some(({ estimate }) => estimate.verdict === 'fits');
  return fine && result.recommendation === null && isUnminded(result);
}

/** Whether all there is to say of a deployment is what is missing. */
function isOpen(result: DeploymentResult): boolean {
  return isUnknown(result) && explanations(result).length === 1 && isUnminded(result);
}

function isUnminded(result: DeploymentResult): boolean {
  return ownFindings(result).every(({ severity }) => severity === 'info');
}

/** Deployments that cannot be estimated: where they are and what is missing, and once for all what to do about that. */
export function openLines(results: readonly DeploymentResult[], width: number, paint: Paint): string[] {
  if (results.length === 0) return [];
  const lines = gathered(results, (result) =>
    explanations(result).flatMap(({ message }) => indented(terminalText(message), width)),
  );
  const advice = [...new Set(results.flatMap(remedies))];
  return [
    paint('bold', 'Cannot be estimated (--verbose shows them whole)'),
    ...lines,
    ...advice.flatMap((remedy) => hanging(`${INDENT}→ `, terminalText(remedy), width)),
  ];
}

/** Deployments that need nothing: where they are, and what holds on which GPU. */
export function quietLines(results: readonly DeploymentResult[], width: number, paint: Paint): string[] {
  if (results.length === 0) return [];
  const lines = gathered(results, (result) => {
    const { targets } = result;
    const counted = targets.some(({ gated }) => gated) ? targets.filter(({ gated }) => gated) : targets;
    const verdicts = BY_GRAVITY.toReversed().flatMap((verdict) => {
      const names = counted
        .filter(({ estimate }) => estimate.verdict === verdict)
        .map(({ target }) => targetName(target));
      return names.length === 0
        ? []
        : [`${paint(VERDICT_STYLES[verdict], verdict)} on ${someOf(names, counted.length)}`];
    });
    return indented(runsOnGpu(result) ? verdicts.join('; ') : NOT_JUDGED, width);
  });
  return [paint('bold', 'In short, as nothing has to be done (--verbose shows them whole)'), ...lines];
}

/** Where each deployment is, and below all of which the same is true what that is. */
function gathered(
  results: readonly DeploymentResult[],
  saidOf: (result: DeploymentResult) => readonly string[],
): string[] {
  const places = new Map<string, string[]>();
  for (const result of results) {
    const said = saidOf(result).join('\n');
    places.set(said, [...(places.get(said) ?? []), INDENT + whereOf(result)]);
  }
  return [...places].flatMap(([said, where]) => [...where, said]);
}

/** `deploy/chat.yaml:12  chat` */
export function whereOf({ deployment }: DeploymentResult, paint?: Paint): string {
  const where = `${terminalText(deployment.file, MAX_NAME_CHARACTERS)}:${deployment.line}`;
  return `${paint ? paint('bold', where) : where}  ${terminalText(deployment.name, MAX_NAME_CHARACTERS)}`;
}

/** `l4-24gb`, or `all 8 GPUs shown` where it is true of every one of many. */
export function someOf(names: readonly string[], all: number): string {
  return names.length === all && all > MAX_NAMED_GPUS ? `all ${all} GPUs shown` : gpuNames(names, all);
}

/** A text behind a mark, its further lines under its first. */
export function hanging(mark: string, text: string, width: number): string[] {
  return wrap(text, width - mark.length).map((line, at) => (at === 0 ? mark : ' '.repeat(mark.length)) + line);
}

function indented(text: string, width: number): string[] {
  return wrap(text, width - 2 * INDENT.length).map((line) => INDENT + INDENT + line);
}
