import { type Estimate, type Memory, withoutMemory } from '../../estimate.ts';
import { exactly, weakest, type Basis, type Quantity } from '../../quantity.ts';
import { totalOf } from '../card-total.ts';
import type { Workload } from '../engine.ts';
import type { Failure } from '../failure.ts';
import { firstAt, type PlayedStage, startVerdict } from '../played-stages.ts';
import type { Cells } from './cells.ts';
import { launchOf, type Launch } from './launch.ts';
import { notesOf } from './notes.ts';
import { partsOf, type StageParts, withMeasured } from './parts.ts';
import type { Pool } from './pool.ts';
import { play, servingFailure, type Outcome } from './scenario.ts';
import { stagesOf } from './stages.ts';
import { windowCap } from './window-pool.ts';
import { workingOf } from './working.ts';

/** Predicts the memory of the fullest GPU, whether the launch starts, and what it can serve. Total: never throws. */
export function estimate(workload: Workload): Estimate {
  const launch = launchOf(workload);
  if ('refusal' in launch) return withoutMemory('fails', launch.refusal, gpusAsked(workload), launch.plain !== true);
  if ('unknown' in launch) return withoutMemory('unknown', launch.unknown, gpusAsked(workload));
  const totals = totalOf(workload.target);
  const played = stagesOf(launch).map((stage): Played => {
    const parts = withMeasured(partsOf(launch, stage, workload.target), workload.measured);
    return {
      parts,
      expected: play(launch, parts, totals.value, 'value'),
      optimistic: play(launch, parts, totals.high, 'low'),
      pessimistic: play(launch, parts, totals.low, 'high'),
    };
  });
  const fullest = played.reduce((a, b) => (b.expected.pool.tokens < a.expected.pool.tokens ? b : a));
  const memory = memoryOf(launch, fullest, totals);
  return {
    ...judge(launch, played),
    memory,
    working: workingOf(launch, fullest.parts, fullest.expected),
    effective: { ...launch.effective, max_total_num_tokens: fullest.expected.pool.tokens },
    gpusNeeded: launch.division.gpus,
    notes: notesOf(launch, workload, fullest.parts, fullest.expected),
  };
}

type Played = PlayedStage<StageParts, Outcome>;

/** A pool that holds less than one request of the full context starts all the same, with less than asked for. */
function judge(launch: Launch, played: readonly Played[]): Pick<Estimate, 'verdict' | keyof Failure> {
  const failed = startVerdict(played);
  if (failed) return failed;
  const shortOf = (outcome: Outcome): Failure | null => servingFailure(launch, outcome);
  const at = firstAt(played, 'expected', shortOf) ?? firstAt(played, 'pessimistic', shortOf);
  if (!at) return { verdict: 'fits', stage: null, message: null, quotesEngine: false };
  return { verdict: firstAt(played, 'optimistic', shortOf) ? 'degraded' : 'tight', ...at };
}

function memoryOf(launch: Launch, { parts, expected, optimistic, pessimistic }: Played, totals: Quantity): Memory {
  const sized = weakest([totals.basis, parts.weights.basis, parts.initial.basis]);
  const of = (figure: (outcome: Outcome) => number, basis: Basis): Quantity => {
    const ends = [figure(expected), figure(optimistic), figure(pessimistic)];
    return { value: figure(expected), low: Math.min(...ends), high: Math.max(...ends), basis };
  };
  const { contextTokens, derivedTokens } = launch;
  const limit = Math.max(contextTokens, derivedTokens);
  return {
    totalBytes: totals,
    budgetBytes: of(({ budget }) => budget, sized),
    weightsBytes: parts.weights,
    drafterBytes: parts.drafter,
    activationBytes: expected.activation,
    releasedBytes: exactly(0),
    cudaGraphBytes: expected.graphs,
    nonTorchBytes: exactly(0),
    outsideBudgetBytes: of(({ outside }) => outside, parts.initial.basis),
    kvCacheBytes: of(({ cache }) => cache, sized),
    kvCacheNeededBytes: exactly(neededBytes(launch, parts.cells, expected.pool), 'formula'),
    kvCacheTokens: of(({ pool }) => pool.tokens, sized),
    maxConcurrency: of(({ pool }) => pool.tokens / contextTokens, sized),
    maxModelLenThatFits: of(({ pool }) => Math.min(limit, pool.tokens), sized),
    peakBytes: of(({ total, free }) => total - free, 'assumed'),
    freeBytes: of(({ free }) => free, 'assumed'),
  };
}

/** One request of the full context, with what goes to the windows' pool and to states beside its tokens. */
function neededBytes(launch: Launch, cells: Cells, pool: Pool): number {
  const cap = windowCap(launch, cells);
  const share = cells.full === 0 ? 1 : launch.windowRatio;
  const windows = cap === null ? launch.contextTokens * share : cap;
  const tokens = launch.contextTokens * (cells.full + cells.drafter) + windows * cells.window;
  if (cells.state === 0) return Math.ceil(tokens);
  const given = launch.stateSlots !== null || (!launch.radixCache && launch.maxRunningRequests !== null);
  return Math.ceil(tokens + (given ? pool.stateBytes : tokens * launch.stateRatio + cells.state));
}

/** The GPUs that a launch asks for which nothing more is known of. */
function gpusAsked({ arguments: args }: Workload): number {
  const size = (name: string): number => {
    const value = Number(args[name] ?? 1);
    return Number.isSafeInteger(value) && value > 0 && value < 100_000 ? value : 1;
  };
  const replicas = args['enable_dp_attention'] === true ? 1 : size('dp_size');
  return size('tp_size') * size('pp_size') * replicas;
}
