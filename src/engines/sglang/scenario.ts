import { gib } from '../../bytes.ts';
import type { Stage as FailureStage } from '../../estimate.ts';
import type { Failure } from '../failure.ts';
import type { Quantity } from '../../quantity.ts';
import type { Launch } from './launch.ts';
import * as messages from './messages.ts';
import { activationBytes, graphBytes, workspaceBytes } from './outside.ts';
import type { StageParts } from './parts.ts';
import { poolOf, type Pool } from './pool.ts';
import { has } from './versions.ts';

/** One end of every interval at once: as expected, everything as small as it may be, or as large. */
export type End = 'value' | 'low' | 'high';

/** What becomes of a launch on one rank when every part takes one end of its interval. Bytes. */
export interface Outcome {
  readonly total: number;
  /** Free when the fraction is applied, before any weight. */
  readonly pre: number;
  readonly budget: number;
  readonly weights: number;
  readonly drafter: number;
  readonly pool: Pool;
  /** What is left of the budget for the pool; negative when the weights overdraw it. */
  readonly rest: number;
  /** The pool and a drafter's; negative when the budget is overdrawn. */
  readonly cache: number;
  readonly workspace: Quantity;
  readonly graphs: Quantity;
  readonly activation: Quantity;
  readonly outside: number;
  readonly free: number;
  readonly failure: Failure | null;
}

/** Plays the start-up through for one stage at one end. */
export function play(launch: Launch, parts: StageParts, total: number, end: End): Outcome {
  const pre = total - parts.initial[end] - parts.others;
  const weights = parts.weights[end];
  const drafter = parts.drafter[end];
  const inBudget = has(launch.version, 'draftersInBudget') ? drafter : 0;
  const after = pre - weights - inBudget - parts.givenUp;
  const rest = after - pre * (1 - launch.fraction) - parts.reserved;
  const pool = poolOf(launch, parts.cells, rest);
  const activation = activationBytes(launch, pool);
  const graphs = graphBytes(launch, parts.stage, pool);
  const workspace = workspaceBytes(launch, pool.rows);
  const held = rest <= 0 ? 0 : Math.round(Math.max(0, pool.bytes) + pool.laterBytes);
  const outside = total - pre + workspace[end];
  const spent = weights + drafter + held + outside + graphs[end] + activation[end];
  const figures = {
    total,
    pre,
    budget: Math.max(0, Math.round(pre * launch.fraction)),
    weights,
    drafter,
    pool,
    rest,
    cache: rest <= 0 ? Math.round(rest) : held,
    workspace,
    graphs,
    activation,
    outside,
    free: total - spent,
  };
  return { ...figures, failure: failureOf(launch, parts, figures, after, end) };
}

/** The first step of the start-up that does not get its memory, in the order in which the engine takes them. */
function failureOf(
  launch: Launch,
  parts: StageParts,
  figures: Omit<Outcome, 'failure'>,
  after: number,
  end: End,
): Failure | null {
  const { pre, pool, rest, cache, workspace, graphs, free, drafter } = figures;
  if (after <= 0) return outOfMemory('load', 'while the weights load', -after);
  if (rest <= 0) return quoted('kv_cache', messages.noPoolMessage(launch, after, pre));
  const refuses = has(launch.version, 'jointStates');
  if (pool.trouble === 'states' && refuses)
    return quoted('kv_cache', messages.noStatesMessage(pool.slots, rest, parts.cells.state));
  if (pool.trouble === 'states' || pool.restBytes <= 0 || pool.tokens <= 0)
    return quoted('kv_cache', messages.noPoolMessage(launch, after, pre));
  if (pool.trouble === 'requests') return quoted('kv_cache', messages.fewStatesMessage(pool.slots));
  if (pool.trouble === 'window')
    return {
      ...quoted('kv_cache', messages.windowMessage(pool.windowTokens, parts.cells.windowTokens, launch.pageTokens)),
      quotesEngine: has(launch.version, 'windowFloor'),
    };
  const later = has(launch.version, 'draftersInBudget') ? 0 : drafter;
  const left = after - cache - later - workspace[end];
  if (left < 0) return outOfMemory('kv_cache', 'when the pools and workspaces are allocated', -left);
  if (left + parts.givenUp < graphs[end]) return quoted('graph_capture', messages.captureMessage(launch));
  if (free < 0) return outOfMemory('serving', 'in the first long prefill', -free);
  return null;
}

function quoted(stage: FailureStage, message: string): Failure {
  return { stage, message, quotesEngine: true };
}

/** Which way out there is differs from a pool that is too small: the fraction has to go down. */
function outOfMemory(stage: FailureStage, when: string, missingBytes: number): Failure {
  const advice = stage === 'load' ? '' : ' Lower --mem-fraction-static or --chunked-prefill-size.';
  return {
    stage,
    message: `CUDA out of memory ${when}: ${gib(missingBytes)} more than the GPU has.${advice}`,
    quotesEngine: false,
  };
}

/** A pool smaller than one request of the full context: the server starts and refuses such requests. */
export function servingFailure(launch: Launch, { pool, failure }: Outcome): Failure | null {
  if (failure || pool.tokens >= launch.contextTokens) return null;
  return quoted('serving', messages.tooLongMessage(launch.contextTokens - 1, Math.max(0, pool.tokens - 6)));
}
