import type { ArgumentValue, Deployment } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import type { Estimate } from '../estimate.ts';
import type { CannotEdit } from '../formats/format.ts';
import { targetName } from '../hardware/gpu.ts';
import type { Alternative, Change, Recommendation } from '../recommendation.ts';
import { type Goal, leavesRoom, meets } from './goal.ts';
import { type HardwareInput, otherHardware, served } from './other-hardware.ts';
import { type Case, isLastResort, type Move, type SearchInput, type Solution, solutionsOf } from './search.ts';
import { effectOf, fullest, printSettings, settingsOf } from './summary.ts';

export interface RecommendInput extends SearchInput, HardwareInput {
  readonly deployment: Deployment;
  edit(argument: string, value: ArgumentValue): readonly TextEdit[] | CannotEdit;
}

/** More ways than this are a catalogue, not advice. */
const MAX_ALTERNATIVES = 4;

/**
 * The smallest change of the engine's own arguments that makes every target fit, with other ways beside it.
 * @returns null when all of them fit as written, or when one cannot be estimated at all.
 */
export function recommend(input: RecommendInput): Recommendation | null {
  const { engine, goal, cases } = input;
  const failing = cases.filter(({ workload, estimate }) => !meets(goal, engine, workload, estimate));
  const [worst] = failing;
  if (!worst || cases.some(({ estimate }) => estimate.verdict === 'unknown')) return null;
  const solutions = solutionsOf(input);
  const hardware = otherHardware(worst, input);
  const [best, ...others] = solutions.filter((one) => !isLastResort(one));
  const last = solutions.filter(isLastResort).map((one) => alternativeOf(input, one));
  if (!best) return nothingHelps(input, worst, [...hardware, ...last]);
  const changes = best.moves.map((move) => changeOf(input, move));
  const what = printSettings(settingsOf(best.moves));
  const after = best.cases[fullest(best.cases.map(({ estimate }) => estimate))]?.estimate.memory;
  return {
    changes,
    fits: true,
    summary: `Update your config to: ${what}; ${effectOf(input, cases, best.cases)}`,
    ...(after ? { peakBytes: after.peakBytes.value } : {}),
    alternatives: [...others.map((one) => alternativeOf(input, one)), ...hardware, ...last].slice(0, MAX_ALTERNATIVES),
  };
}

function nothingHelps(
  { cases, goal }: RecommendInput,
  { workload, estimate }: Case,
  ways: readonly Alternative[],
): Recommendation {
  const names = cases.length > 1 ? 'every GPU that it must fit' : targetName(workload.target);
  const hardware = ways.filter(({ freedBytes }) => freedBytes === null).map(({ what }) => what);
  const rest = ways.filter(({ freedBytes }) => freedBytes !== null).map(({ what, cost }) => `${what} (${cost})`);
  const words = wordsFor(goal, estimate);
  const sentences = [`No change that keeps it usable ${words.change} on ${names}.`];
  if (hardware.length > 0) sentences.push(`${words.hardware} on ${hardware.join(', or on ')}.`);
  else if (estimate.stage === 'arguments')
    sentences[0] = 'The engine refuses the arguments on any GPU: correct them first.';
  else sentences.push(`No number up to 16 of a usual serving GPU ${words.none} as it is either.`);
  if (rest.length > 0) sentences.push(`As a last resort: ${rest.join(', or ')}.`);
  return { changes: [], fits: false, summary: sentences.join(' '), alternatives: ways };
}

/** What is missed: a launch that fits may leave too little free, or serve too few. */
function wordsFor({ minimumFreeBytes }: Goal, estimate: Estimate): Record<'change' | 'hardware' | 'none', string> {
  if (estimate.verdict !== 'fits') return { change: 'makes it fit', hardware: 'It fits', none: 'holds it' };
  if (!leavesRoom(estimate, minimumFreeBytes))
    return { change: 'leaves free what must stay free', hardware: 'That stays free', none: 'leaves that free' };
  return { change: 'serves what is needed', hardware: 'It is served', none: 'serves that' };
}

function changeOf({ deployment, edit }: RecommendInput, { argument, value, cost, model }: Move): Change {
  if (model) {
    const from = deployment.model?.value ?? null;
    const notEditable = 'other places may name the model too: its downloads, its served name, its clients';
    return { argument, from, to: value, cost, edits: [], notEditable };
  }
  const edits = edit(argument, value);
  const editable = !('reason' in edits);
  return {
    argument,
    from: deployment.arguments.get(argument)?.value ?? null,
    to: value,
    cost,
    edits: editable ? edits : [],
    notEditable: editable ? null : edits.reason,
  };
}

function alternativeOf({ deployment, cases }: RecommendInput, { moves, cases: after }: Solution): Alternative {
  const index = fullest(after.map(({ estimate }) => estimate));
  const [was, now] = [cases[index]?.estimate, after[index]?.estimate];
  return {
    what: printSettings(settingsOf(moves)),
    changes: moves.map(({ argument, value, model }) => ({
      argument,
      from: (model ? deployment.model?.value : deployment.arguments.get(argument)?.value) ?? null,
      to: value,
    })),
    cost: moves.map(({ cost }) => cost).join('; '),
    freedBytes: was && now ? freedOf(was, now) : null,
    ...(now ? served(now) : { freeBytes: 0, concurrency: 0 }),
  };
}

/** How much less a launch needs for itself and one full-length request; a larger budget frees nothing. */
function freedOf(before: Estimate, after: Estimate): number | null {
  const [was, now] = [needOf(before), needOf(after)];
  return was === null || now === null ? null : was - now;
}

function needOf({ memory }: Estimate): number | null {
  if (memory === null) return null;
  return memory.peakBytes.value - Math.max(0, memory.kvCacheBytes.value) + memory.kvCacheNeededBytes.value;
}
