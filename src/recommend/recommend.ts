import { gib } from '../bytes.ts';
import type { ArgumentValue, Deployment } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import type { Engine } from '../engines/engine.ts';
import type { Estimate } from '../estimate.ts';
import type { CannotEdit } from '../formats/format.ts';
import { type Target, targetName } from '../hardware/gpu.ts';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import type { Change, Recommendation } from '../recommendation.ts';
import { type Case, type Move, smallestChange } from './search.ts';

export interface RecommendInput {
  readonly engine: Engine;
  readonly deployment: Deployment;
  /** One case for each target that the deployment must fit. */
  readonly cases: readonly Case[];
  /** What must stay free on every GPU beyond the estimate's pessimistic end, bytes. */
  readonly minimumFreeBytes: number;
  readonly hardware: HardwareCatalogue;
  edit(argument: string, value: ArgumentValue): readonly TextEdit[] | CannotEdit;
}

/**
 * The smallest change of the engine's own arguments that makes every target fit.
 * @returns null when all of them fit as written, or when one cannot be estimated at all.
 */
export function recommend(input: RecommendInput): Recommendation | null {
  const passes = (estimate: Estimate): boolean => leavesRoom(estimate, input.minimumFreeBytes);
  const failing = input.cases.filter(({ estimate }) => !passes(estimate));
  if (failing.length === 0 || input.cases.some(({ estimate }) => estimate.verdict === 'unknown')) return null;
  const moves = smallestChange(input.engine, input.cases, passes);
  if (moves) return proposal(input, moves);
  return { changes: [], fits: false, summary: otherHardware(input, failing, passes) };
}

/** Whether an estimate is good enough to recommend: it fits for certain, with what must stay free. */
export function leavesRoom(estimate: Estimate, minimumFreeBytes: number): boolean {
  if (estimate.verdict !== 'fits') return false;
  return minimumFreeBytes === 0 || (estimate.memory !== null && estimate.memory.freeBytes.low >= minimumFreeBytes);
}

function proposal(input: RecommendInput, moves: readonly Move[]): Recommendation {
  const changes = moves.map((move) => changeOf(input, move));
  const settings = Object.fromEntries(moves.map(({ knob, value }) => [knob.argument, value]));
  const after = input.cases.map(({ workload }) =>
    input.engine.estimate({ ...workload, arguments: { ...workload.arguments, ...settings } }),
  );
  const what = printSettings(settings);
  return { changes, fits: true, summary: `Set ${what}. ${effectOf(input.cases, after)}` };
}

function changeOf({ deployment, edit }: RecommendInput, { knob, value }: Move): Change {
  const edits = edit(knob.argument, value);
  const editable = !('reason' in edits);
  return {
    argument: knob.argument,
    from: deployment.arguments.get(knob.argument)?.value ?? null,
    to: value,
    cost: knob.cost,
    edits: editable ? edits : [],
    notEditable: editable ? null : edits.reason,
  };
}

/** What the change brings on the fullest target, in figures: room on the GPU, and what its KV cache then serves. */
function effectOf(before: readonly Case[], after: readonly Estimate[]): string {
  const index = fullest(after);
  const was = before[index];
  const now = after[index]?.memory;
  if (!was || !now) return '';
  const target = targetName(was.workload.target);
  const old = was.estimate.memory?.peakBytes.value;
  const peak =
    old === undefined || gib(old) === gib(now.peakBytes.value)
      ? `On ${target} the peak is ${gib(now.peakBytes.value)}`
      : `On ${target} the peak goes from ${gib(old)} to ${gib(now.peakBytes.value)}`;
  const request = `one request needs ${gib(now.kvCacheNeededBytes.value)} of the ${gib(now.kvCacheBytes.value)} KV cache`;
  return `${peak}, at least ${gib(now.freeBytes.low)} stay free, and ${request}.`;
}

function fullest(estimates: readonly Estimate[]): number {
  const free = estimates.map(({ memory }) => memory?.freeBytes.low ?? Number.POSITIVE_INFINITY);
  return free.indexOf(Math.min(...free));
}

/** When no argument helps: the smallest GPU of the catalogue, or the smallest number of the same GPU, that does. */
function otherHardware(
  { engine, hardware }: RecommendInput,
  failing: readonly Case[],
  passes: (estimate: Estimate) => boolean,
): string {
  const worst = failing[0];
  if (!worst) return '';
  const fitsOn = (target: Target, args = worst.workload.arguments): boolean =>
    passes(engine.estimate({ ...worst.workload, target, arguments: args }));
  const here = worst.workload.target;
  const more = [2, 4, 8, 16]
    .map((count) => ({ count, settings: engine.spread(count) }))
    .find(
      ({ count, settings }) =>
        settings !== null && fitsOn({ ...here, count }, { ...worst.workload.arguments, ...settings }),
    );
  const bigger = hardware.gpus
    .filter(
      (gpu) =>
        gpu.mig === null &&
        gpu.vendor === here.gpu.vendor &&
        !gpu.unifiedMemory &&
        gpu.visibleBytes > here.gpu.visibleBytes,
    )
    .sort((a, b) => a.visibleBytes - b.visibleBytes)
    .find((gpu) => fitsOn({ ...here, gpu, visibleBytes: null }));
  const ways = [
    more ? `${more.count} × ${here.gpu.id} with ${printSettings(more.settings ?? {})}` : null,
    bigger ? `${bigger.id} as it is` : null,
  ].filter((way) => way !== null);
  const nothing = `No change of the engine's arguments makes it fit on ${targetName(here)}.`;
  return ways.length > 0
    ? `${nothing} It fits on ${ways.join(', or on ')}.`
    : `${nothing} No GPU of the catalogue holds it either.`;
}

/** `max_model_len: 8192, kv_cache_dtype: fp8`. */
function printSettings(settings: Readonly<Record<string, ArgumentValue>>): string {
  const print = (value: ArgumentValue): string => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${print(value)}`)
    .join(', ');
}
