import type { Cells } from './cells.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/** States of convolutions and recurrences on one rank. */
export interface States {
  /** `max_mamba_cache_size` of the rank. */
  readonly slots: number;
  /** Allocated: one slot more than that, and the intermediate states of drafting. */
  readonly bytes: number;
  /** Taken off the budget of the tokens. */
  readonly paid: number;
}

/** Slots that one running request takes: itself, and what the radix cache keeps of it (_calculate_mamba_ratio). */
export function slotsPerRequest({ radixCache, overlap, version }: Launch): number {
  if (!radixCache) return 1;
  if (!has(version, 'extraStateSlots')) return 3;
  return overlap ? 5 : 4;
}

/** States get `ratio ÷ (1 + ratio)` of the budget unless their number is given (_handle_max_mamba_cache at each release). */
export function statesOf(launch: Launch, { state }: Cells, rest: number): States {
  if (state === 0) return { slots: 0, bytes: 0, paid: 0 };
  const { version, speculation } = launch;
  const drafted = speculation && speculation.algorithm !== 'NGRAM' ? speculation.draftTokens : 0;
  const padding = has(version, 'statePadding') ? 1 : 0;
  const asked = requestsAsked(launch);
  const given = slotsGiven(launch);
  if (!has(version, 'reservedDraftStates')) {
    const slots = Math.max(0, given ?? Math.floor(shareOf(launch, rest) / (state * (1 + drafted))));
    const each = state * (1 + drafted);
    return { slots, bytes: (slots + 1) * each, paid: slots * each };
  }
  if (!has(version, 'jointStates')) {
    // The states of drafting are kept for as many requests as are allowed, whether or not there are slots for them.
    const intermediate = state * (asked ?? 0) * drafted;
    const slots = Math.max(0, given ?? Math.floor(shareOf(launch, rest - intermediate) / state));
    return { slots, bytes: (slots + 1) * state + intermediate, paid: slots * state + intermediate };
  }
  const perRequest = slotsPerRequest(launch);
  const solved = (shareOf(launch, rest) - state * padding * (1 + drafted)) / (state * (1 + drafted / perRequest));
  const slots = Math.max(0, given ?? Math.floor(solved));
  const running = Math.min(asked ?? Number.POSITIVE_INFINITY, Math.floor(slots / perRequest));
  const held = (extra: number): number =>
    (slots + extra) * state + (drafted > 0 ? state * (running + extra) * drafted : 0);
  return { slots, bytes: held(1), paid: held(padding) };
}

function shareOf({ stateRatio }: Launch, rest: number): number {
  return (rest * stateRatio) / (1 + stateRatio);
}

function requestsAsked({ maxRunningRequests, division }: Launch): number | null {
  return maxRunningRequests === null ? null : Math.floor(maxRunningRequests / replicasOf(division));
}

/** Slots where their number is decided by arguments: 512 without a radix cache up to 0.5.8. */
function slotsGiven(launch: Launch): number | null {
  const { stateSlots, radixCache, version, division } = launch;
  if (stateSlots !== null) return Math.floor(stateSlots / replicasOf(division));
  if (radixCache) return null;
  return requestsAsked(launch) ?? (has(version, 'solvedStates') ? null : Math.floor(512 / replicasOf(division)));
}

function replicasOf({ dpAttention, data }: Launch['division']): number {
  return dpAttention ? data : 1;
}
