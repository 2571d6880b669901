import type { ArgumentValue } from '../deployment.ts';
import type { Engine, Knob, Workload } from '../engines/engine.ts';
import type { Estimate } from '../estimate.ts';
import type { ModelFacts } from '../models/architecture.ts';
import { type Goal, isAdvisable } from './goal.ts';
import { BEARABLE, type LeverKind, penaltyOf } from './penalty.ts';
import { nearestInside, windowOf } from './window.ts';

/** One turn of a knob; `model` is set when the model itself is another. */
export interface Move {
  readonly argument: string;
  readonly value: ArgumentValue;
  readonly cost: string;
  readonly kind: LeverKind | undefined;
  readonly model?: ModelFacts;
}

/** What the search needs to know of one target: its workload as written, and what it comes to. */
export interface Case {
  readonly workload: Workload;
  readonly estimate: Estimate;
}

/** Moves that make every case pass, with the cases as they are then. */
export interface Solution {
  readonly moves: readonly Move[];
  readonly cases: readonly Case[];
  readonly penalty: number;
}

export interface SearchInput {
  readonly engine: Engine;
  readonly cases: readonly Case[];
  readonly goal: Goal;
  /** The same model with narrower weights, the mildest first. */
  variants(): readonly ModelFacts[];
}

/** More moves than this is a redesign, not a suggestion. */
const MAX_MOVES = 3;
/** Estimates one search may spend, so that a repository of hopeless configs is answered in time. */
const MAX_ESTIMATES = 1_200;

/** A lever of the search: values worth trying for the cases as they stand, the smallest change first. */
interface Lever {
  readonly kind: LeverKind | undefined;
  readonly argument: string;
  /** Its values are in the order in which they are wanted: one that leads to anything goes before the next. */
  readonly isOrdered?: boolean;
  moves(cases: readonly Case[], search: Search): readonly Move[];
}

interface Search extends SearchInput {
  readonly levers: readonly Lever[];
  readonly passes: (one: Case) => boolean;
  left: number;
}

/**
 * Sets of moves that make every case pass, the one that costs the user least first: every single move that does, and sets
 * of two, then of three, where no single one is bearable. Among equals the engine's own order of knobs decides.
 */
export function solutionsOf(input: SearchInput): readonly Solution[] {
  const search: Search = {
    ...input,
    levers: leversOf(input),
    passes: ({ workload, estimate }) => isAdvisable(input.goal, input.engine, workload, estimate),
    left: MAX_ESTIMATES,
  };
  const found: Solution[] = [];
  const start: Solution = { moves: [], cases: input.cases, penalty: 0 };
  for (let size = 1; size <= MAX_MOVES; size++) {
    const best = Math.min(Infinity, ...found.map(({ penalty }) => penalty));
    if (best <= BEARABLE || (size === MAX_MOVES && found.length > 0)) break;
    if (size > 1 && !everyLeverPulled(search).every(search.passes)) break;
    found.push(...extended(search, start, 0, size, best));
  }
  return found.sort((a, b) => a.penalty - b.penalty);
}

/** Whether nobody should be told to do so unasked: with weights in host memory every step waits for the bus. */
export function isLastResort({ moves }: Solution): boolean {
  return moves.some(({ kind }) => kind === 'host_memory');
}

/** The best way of every combination of `size` more levers from `from` on whose penalty stays below `limit`. */
function extended(search: Search, base: Solution, from: number, size: number, limit: number): readonly Solution[] {
  const found: Solution[] = [];
  let best = limit;
  for (let index = from; index < search.levers.length; index++) {
    const lever = search.levers[index];
    if (!lever) continue;
    const moves = lever.moves(base.cases, search);
    const steps = size === 1 ? moves : ends(moves);
    if (size === 1 && steps.length > 2 && isInVain(search, base, lever, steps)) continue;
    for (const move of steps) {
      const next = pulled(search, base, lever, move);
      if (next === null) return found;
      if (next.penalty >= best) break;
      if (size > 1) {
        const more = extended(search, next, index + 1, size - 1, best);
        found.push(...more);
        best = Math.min(best, ...more.map(({ penalty }) => penalty));
        if (lever.isOrdered && more.length > 0) break;
      } else if (next.cases.every(search.passes)) {
        found.push(next);
        // Of one lever the mildest value that passes is the only one worth telling.
        break;
      }
    }
  }
  return found;
}

/** Whether even the strongest value of a lever does not pass, which then goes for the milder ones too; a refusal says nothing. */
function isInVain(search: Search, base: Solution, lever: Lever, moves: readonly Move[]): boolean {
  const strongest = moves.at(-1);
  const state = strongest === undefined ? null : pulled(search, base, lever, strongest);
  if (state === null) return false;
  return state.cases.some((one) => one.estimate.memory !== null && !search.passes(one));
}

/** The mildest and the strongest of many values: what lies between matters only for the last lever of a set. */
function ends(moves: readonly Move[]): readonly Move[] {
  const [first, last] = [moves[0], moves.at(-1)];
  return first === undefined || last === undefined || first === last ? moves : [first, last];
}

/**
 * The cases with every lever at the strongest value it proposes. Where even that does not pass, no set of moves does.
 * Narrower weights of another checkpoint go first: they rule out that the engine makes them narrow.
 */
function everyLeverPulled(search: Search): readonly Case[] {
  const [models, others] = [true, false].map((wanted) => search.levers.filter((one) => isModel(one) === wanted));
  let state: Solution = { moves: [], cases: search.cases, penalty: 0 };
  for (const lever of [...(models ?? []), ...(others ?? [])]) {
    const move = lever.moves(state.cases, { ...search, passes: () => false }).at(-1);
    const next = move === undefined ? null : pulled(search, state, lever, move);
    if (next !== null && next.cases.every(({ estimate }) => estimate.memory !== null)) state = next;
  }
  return state.cases;
}

function isModel({ argument }: Lever): boolean {
  return argument === 'model';
}

/** A state with one more move; null when the search has spent its estimates. */
function pulled(search: Search, base: Solution, lever: Lever, move: Move): Solution | null {
  search.left -= base.cases.length;
  if (search.left < 0) return null;
  const [first] = base.cases;
  const from = first?.estimate.effective[move.argument] ?? first?.workload.arguments[move.argument];
  const written = first ? move.argument in first.workload.arguments : false;
  return {
    moves: [...base.moves, move],
    cases: base.cases.map(({ workload }) => {
      const changed = applied(workload, move);
      return { workload: changed, estimate: search.engine.estimate(changed) };
    }),
    penalty: base.penalty + penaltyOf(lever.kind, from, move.value, written),
  };
}

/** A workload after a move. */
function applied(workload: Workload, { argument, value, model }: Move): Workload {
  if (model) return { ...workload, model };
  return { ...workload, arguments: { ...workload.arguments, [argument]: value } };
}

function leversOf({ engine, goal, variants }: SearchInput): readonly Lever[] {
  const budget = engine.knobs.find(({ argument }) => argument === engine.budget?.argument);
  const knobs = engine.knobs.map((knob) => (knob === budget ? budgetLever(knob, goal) : knobLever(knob)));
  const model: Lever = {
    kind: 'checkpoint',
    argument: 'model',
    moves: () =>
      variants().map((one) => {
        const cost = 'weights lose precision';
        return { argument: 'model', value: one.id, cost, kind: 'checkpoint', model: one };
      }),
  };
  const at = knobs.findIndex(({ kind }) => kind === 'gpus' || kind === 'graphs' || kind === 'host_memory');
  return at === -1 ? [...knobs, model] : [...knobs.slice(0, at), model, ...knobs.slice(at)];
}

/** The nearest value inside the window that all cases share; the end nearest to it where a window is still empty. */
function budgetLever({ argument, kind, cost }: Knob, goal: Goal): Lever {
  return {
    argument,
    kind,
    isOrdered: true,
    moves(cases, { engine, passes }) {
      const failing = cases.filter((one) => !passes(one));
      if (failing.length === 0) return [];
      const windows = cases.map(({ workload, estimate }) => windowOf(engine, workload, estimate, goal));
      const known = windows.filter((window) => window !== null);
      if (known.length < cases.length) return [];
      const inside = nearestInside(known);
      const highest = Math.min(...known.map(({ highest: one }) => one ?? Infinity));
      const current = known[0]?.current;
      const step = known[0]?.step ?? 0;
      // Of an empty window the side that leaves room; a step of cushion where that is enough for the other moves.
      const below = Number((highest - step).toFixed(6));
      const values =
        inside !== null ? [inside] : [below, highest].filter((value) => Number.isFinite(value) && value !== current);
      return values.map((value) => ({ argument, value, cost, kind }));
    },
  };
}

/** What the failing cases propose, without repeats, in the order of the case that fails first. */
function knobLever(knob: Knob): Lever {
  const { argument, kind, cost } = knob;
  return {
    argument,
    kind,
    moves(cases, { passes }) {
      const byText = new Map<string, Move>();
      for (const one of cases) {
        if (passes(one)) continue;
        for (const value of knob.candidates(one.workload, one.estimate))
          byText.set(JSON.stringify(value), { argument, value, cost, kind });
      }
      return [...byText.values()];
    },
  };
}
