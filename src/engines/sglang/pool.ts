import type { Cells } from './cells.ts';
import type { Launch } from './launch.ts';
import { slotsPerRequest, statesOf } from './states.ts';
import { has } from './versions.ts';
import { windowCap } from './window-pool.ts';

/** The pool that a budget gives on one rank. */
export interface Pool {
  /** Tokens as the engine logs them (`max_total_num_tokens`): those of full attention where windows have a pool of their own. */
  readonly tokens: number;
  readonly windowTokens: number;
  /** States kept (`max_mamba_cache_size`); 0 without such layers. */
  readonly slots: number;
  /** Requests at once. */
  readonly requests: number;
  /** Rows of the table of their tokens' places, without the one for padding. */
  readonly rows: number;
  /** States with the padding slot, and intermediate states of drafting. */
  readonly stateBytes: number;
  /** Everything that is allocated, the drafter's cache included where it is budgeted. */
  readonly bytes: number;
  /** A drafter's pool that is made after this one (before 0.5.14). */
  readonly laterBytes: number;
  /** Left of the budget for tokens after the states; negative when nothing is. */
  readonly restBytes: number;
  readonly trouble: 'states' | 'requests' | 'window' | null;
}

/** Divides what is left of the budget (srt/mem_cache/kv_cache_configurator.py, model_runner.py profile_max_num_token before). */
export function poolOf(launch: Launch, cells: Cells, rest: number): Pool {
  const states = statesOf(launch, cells, rest);
  const { pageTokens: page } = launch;
  const cap = windowCap(launch, cells);
  const budget = rest - states.paid - (cap ?? 0) * cells.window;
  const perToken = Math.max(1, cap === null ? cells.budgeted : cells.full + cells.budgetedDrafter);
  const most = cells.budgeted === 0 ? launch.contextTokens : Math.floor(Math.max(0, budget) / perToken);
  const capped = Math.min(most, launch.maxTotalTokens ?? most);
  const tokens = Math.floor(capped / page) * page;
  const windowTokens = cap ?? windowsTokens(launch, cells, tokens);
  const requests = requestsOf(launch, tokens, states.slots, cells);
  const rows = has(launch.version, 'rowsOfPool') ? requests : rowsAsked(launch, tokens, states.slots, cells);
  const paged = (count: number, bytes: number): number => (count > 0 ? (count + page) * bytes : 0);
  const kept = paged(tokens, cells.full + cells.budgetedDrafter + cells.unbudgeted) + paged(windowTokens, cells.window);
  const later = cells.drafter - cells.budgetedDrafter;
  return {
    tokens,
    windowTokens,
    slots: states.slots,
    requests,
    rows,
    stateBytes: states.bytes,
    bytes: kept + states.bytes,
    laterBytes: tokens > 0 ? (tokens + draftedTokens(launch, rows)) * later : 0,
    restBytes: budget,
    trouble: troubleOf(launch, cells, states.slots, requests, windowTokens, tokens),
  };
}

/** A model of windows alone has one pool; others keep a share of the tokens in the windows'. */
function windowsTokens({ windowRatio, pageTokens }: Launch, { window, full }: Cells, tokens: number): number {
  if (window === 0) return 0;
  return full === 0 ? tokens : Math.floor((tokens * windowRatio) / pageTokens) * pageTokens;
}

/** Requests at once: as asked, at most half the tokens (resolve_max_num_reqs; a cap of 4096 from 0.5.10 to 0.5.13 is left out). */
function requestsOf(launch: Launch, tokens: number, slots: number, cells: Cells): number {
  const replicas = launch.division.dpAttention ? launch.division.data : 1;
  const asked = launch.maxRunningRequests === null ? null : Math.floor(launch.maxRunningRequests / replicas);
  const most = Math.min(asked ?? usualRequests(launch, tokens), Math.floor(tokens / 2));
  return Math.min(most, requestsWithStates(launch, slots, cells));
}

/** Rows before the pool bounded them: what all replicas together were asked for (model_runner.py init_memory_pool). */
function rowsAsked(launch: Launch, tokens: number, slots: number, cells: Cells): number {
  const most = launch.maxRunningRequests ?? usualRequests(launch, tokens);
  return Math.min(most, requestsWithStates(launch, slots, cells));
}

/** Where no number is given: 512 contexts' worth, between 2048 and 4096. */
function usualRequests({ contextTokens }: Launch, tokens: number): number {
  return Math.max(2048, Math.min(4096, Math.floor((tokens / contextTokens) * 512)));
}

function requestsWithStates(launch: Launch, slots: number, { state }: Cells): number {
  return state === 0 ? Number.POSITIVE_INFINITY : Math.floor(slots / slotsPerRequest(launch));
}

/** A drafter's own pool holds what it drafts beside the tokens (model_runner.py init_memory_pool, draft_runner_cache_size). */
function draftedTokens({ speculation }: Launch, rows: number): number {
  if (!speculation) return 0;
  return rows * (speculation.steps * speculation.topk + speculation.draftTokens) + 100;
}

function troubleOf(
  { pageTokens }: Launch,
  cells: Cells,
  slots: number,
  requests: number,
  windowTokens: number,
  tokens: number,
): Pool['trouble'] {
  if (cells.state > 0 && slots <= 0) return 'states';
  if (tokens > 0 && requests <= 0) return 'requests';
  const hybrid = cells.window > 0 && cells.full > 0;
  return hybrid && tokens > 0 && cells.windowTokens + pageTokens >= windowTokens ? 'window' : null;
}
