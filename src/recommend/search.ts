import type { ArgumentValue } from '../deployment.ts';
import type { Engine, Knob, Workload } from '../engines/engine.ts';
import type { Estimate } from '../estimate.ts';

/** One turn of a knob. */
export interface Move {
  readonly knob: Knob;
  readonly value: ArgumentValue;
}

/** What the search needs to know of one target: its workload as written, and what it comes to. */
export interface Case {
  readonly workload: Workload;
  readonly estimate: Estimate;
}

/** More moves than this is a redesign, not a suggestion. */
const MAX_MOVES = 3;
/** Estimates one search may spend, so that a repository of hopeless configs is answered in time. */
const MAX_ESTIMATES = 3_000;

/**
 * The smallest set of moves that makes every case pass: one move before two, two before three, and among sets
 * of one size the knobs that cost the user least (the engine lists its knobs in that order, and each knob's
 * values from the smallest change on).
 * @returns null when no set of at most three moves helps.
 */
export function smallestChange(
  engine: Engine,
  cases: readonly Case[],
  passes: (estimate: Estimate) => boolean,
): readonly Move[] | null {
  const budget = { left: MAX_ESTIMATES };
  for (let size = 1; size <= MAX_MOVES; size++) {
    if (size === MAX_MOVES && !everyKnobTurned(engine, cases, budget).every((one) => passes(one.estimate))) return null;
    const found = extend(engine, cases, passes, [], 0, size, budget);
    if (found) return found;
  }
  return null;
}

/** Tries every way to add `size` more moves from the knobs at `from` on; depth first, in the order of cost. */
function extend(
  engine: Engine,
  cases: readonly Case[],
  passes: (estimate: Estimate) => boolean,
  moves: readonly Move[],
  from: number,
  size: number,
  budget: { left: number },
): readonly Move[] | null {
  for (let index = from; index < engine.knobs.length; index++) {
    const knob = engine.knobs[index];
    if (!knob) continue;
    for (const value of candidatesFor(knob, cases, passes)) {
      const next = [...moves, { knob, value }];
      const moved = applyMove(engine, cases, knob.argument, value, budget);
      if (!moved) return null;
      if (size === 1) {
        if (moved.every((one) => passes(one.estimate))) return next;
        continue;
      }
      const found = extend(engine, moved, passes, next, index + 1, size - 1, budget);
      if (found) return found;
    }
  }
  return null;
}

/** The cases with every knob at the last value it proposes. Where even that does not pass, the deepest search is not worth its time. */
function everyKnobTurned(engine: Engine, cases: readonly Case[], budget: { left: number }): readonly Case[] {
  let turned = cases;
  for (const knob of engine.knobs) {
    const value = candidatesFor(knob, turned, () => false).at(-1);
    if (value !== undefined) turned = applyMove(engine, turned, knob.argument, value, budget) ?? turned;
  }
  return turned;
}

/** What the failing cases propose for a knob, without repeats, in the order of the case that fails first. */
function candidatesFor(knob: Knob, cases: readonly Case[], passes: (estimate: Estimate) => boolean): ArgumentValue[] {
  const byText = new Map<string, ArgumentValue>();
  for (const { workload, estimate } of cases) {
    if (passes(estimate)) continue;
    for (const value of knob.candidates(workload, estimate)) byText.set(JSON.stringify(value), value);
  }
  return [...byText.values()];
}

/** The cases with an argument set; null when the search has spent its estimates. */
function applyMove(
  engine: Engine,
  cases: readonly Case[],
  argument: string,
  value: ArgumentValue,
  budget: { left: number },
): Case[] | null {
  budget.left -= cases.length;
  if (budget.left < 0) return null;
  return cases.map(({ workload }) => {
    const changed = { ...workload, arguments: { ...workload.arguments, [argument]: value } };
    return { workload: changed, estimate: engine.estimate(changed) };
  });
}
