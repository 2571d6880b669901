import type { Cells } from './cells.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/** The pool that a budget gives on one rank. */
export interface Pool {
  /** Tokens as the engine logs them (`max_total_num_tokens`): those of full attention where windows have a pool of their own. */
  readonly tokens: number;
  readonly windowTokens: number;
  /** States kept (`max_mamba_cache_size`); 0 without such layers. */
  readonly slots: number;
  /** Requests at once. */
  readonly requests: number;
  /** States and intermediate states of drafting. */
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
  const budget = rest - states.bytes;
  const { pageTokens: page } = launch;
  const perToken = Math.max(1, cells.budgeted);
  const most = cells.budgeted === 0 ? launch.contextTokens : Math.floor(Math.max(0, budget) / perToken);
  const capped = Math.min(most, launch.maxTotalTokens ?? most);
  const tokens = Math.floor(capped / page) * page;
  const windowTokens =
    cells.window === 0 ? 0 : cells.full === 0 ? tokens : Math.floor((tokens * launch.windowRatio) / page) * page;
  const requests = requestsOf(launch, tokens, states.slots, cells);
  const rows = (count: number, bytes: number): number => (count > 0 ? (count + page) * bytes : 0);
  const kept = rows(tokens, cells.full + cells.budgetedDrafter + cells.unbudgeted) + rows(windowTokens, cells.window);
  const later = cells.drafter - cells.budgetedDrafter;
  return {
    tokens,
    windowTokens,
    slots: states.slots,
    requests,
    stateBytes: states.bytes,
    bytes: kept + states.bytes,
    laterBytes: tokens > 0 ? (tokens + draftedTokens(launch, requests)) * later : 0,
    restBytes: budget,
    trouble: troubleOf(launch, cells, states.slots, requests, windowTokens, tokens),
  };
}

/** Slots that one running request takes: itself, and what the radix cache keeps of it (_calculate_mamba_ratio). */
function slotsPerRequest({ radixCache, overlap, version }: Launch): number {
  if (!radixCache) return 1;
  if (!has(version, 'extraStateSlots')) return 3;
  return overlap ? 5 : 4;
}

/** States get `ratio ÷ (1 + ratio)` of the budget unless their number is given (_handle_max_mamba_cache). */
function statesOf(launch: Launch, { state }: Cells, rest: number): { readonly slots: number; readonly bytes: number } {
  if (state === 0) return { slots: 0, bytes: 0 };
  const { version, speculation, stateRatio, division } = launch;
  const replicas = division.dpAttention ? division.data : 1;
  const perRequest = slotsPerRequest(launch);
  const drafted = speculation && speculation.algorithm !== 'NGRAM' ? speculation.draftTokens : 0;
  const padding = has(version, 'statePadding') ? 1 : 0;
  const asked = launch.maxRunningRequests === null ? null : Math.floor(launch.maxRunningRequests / replicas);
  const given =
    launch.stateSlots !== null
      ? Math.floor(launch.stateSlots / replicas)
      : !launch.radixCache && asked !== null
        ? asked
        : null;
  const budget = (rest * stateRatio) / (1 + stateRatio);
  const solved = Math.floor((budget - state * padding * (1 + drafted)) / (state * (1 + drafted / perRequest)));
  const slots = Math.max(0, given ?? solved);
  const running = Math.min(asked ?? Number.POSITIVE_INFINITY, Math.floor(slots / perRequest));
  const intermediate = drafted > 0 ? state * (running + padding) * drafted : 0;
  return { slots, bytes: (slots + padding) * state + intermediate };
}

/** Requests at once: 512 contexts' worth between 2048 and 4096, at most half the tokens (resolve_max_num_reqs). */
function requestsOf(launch: Launch, tokens: number, slots: number, { state }: Cells): number {
  const replicas = launch.division.dpAttention ? launch.division.data : 1;
  const asked = launch.maxRunningRequests === null ? null : Math.floor(launch.maxRunningRequests / replicas);
  const usual = Math.max(2048, Math.min(4096, Math.floor((tokens / launch.contextTokens) * 512)));
  const most = Math.min(asked ?? usual, Math.floor(tokens / 2));
  return state === 0 ? most : Math.min(most, Math.floor(slots / slotsPerRequest(launch)));
}

/** A drafter's own pool holds what it drafts beside the tokens (model_runner.py init_memory_pool, draft_runner_cache_size). */
function draftedTokens({ speculation }: Launch, requests: number): number {
  if (!speculation) return 0;
  return requests * (speculation.steps * speculation.topk + speculation.draftTokens) + 100;
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
