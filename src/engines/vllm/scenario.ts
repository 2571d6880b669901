import { gib, MIB } from '../../bytes.ts';
import type { Stage as FailureStage } from '../../estimate.ts';
import type { Failure } from '../failure.ts';
import { frontendRefusal } from './frontend-memory.ts';
import { kvCapacity, longestThatFits, neededBytes, type KvCapacity, type KvLayout, type KvRules } from './kv-cache.ts';
import { chargesGraphs } from './graph-memory.ts';
import { keepsStates } from './cache-settings.ts';
import type { Launch } from './launch.ts';
import { loadingExtraBytes } from './loading-peak.ts';
import type { StageParts } from './parts.ts';
import * as refusals from './start-up-refusals.ts';
import { has } from './versions.ts';

/** One end of every interval at once: as expected, everything as small as it may be, or as large. */
type End = 'value' | 'low' | 'high';

/** What becomes of a launch on one rank when every part takes one end of its interval. Bytes. */
export interface Outcome {
  readonly total: number;
  readonly budget: number;
  readonly weights: number;
  readonly drafter: number;
  readonly activation: number;
  readonly graphs: number;
  readonly nonTorch: number;
  readonly outside: number;
  /** Available for the cache; negative when the budget is overdrawn. */
  readonly cache: number;
  /** What the engine makes blocks of, unless their number was asked for. */
  readonly available: number;
  /** What one request is held against; the cache but for blocks that were asked for in older releases. */
  readonly checked: number;
  readonly needed: number;
  readonly capacity: KvCapacity;
  readonly longest: number;
  /** Length that the engine settles on; shorter than asked when it fits it to the memory. */
  readonly length: number;
  /** Activation less what a step under load takes. */
  readonly released: number;
  readonly free: number;
  readonly failure: Failure | null;
}

const NO_CAPACITY: KvCapacity = { blocks: 0, tokens: 0, concurrency: 0 };

/** Plays the start-up through for one stage at one end. `end` says how large the costs are; the card is large when they are small. */
export function play(launch: Launch, parts: StageParts, rules: KvRules, totalBytes: number, end: End): Outcome {
  const { layout } = parts;
  const total = totalBytes;
  const raw = total * launch.utilization;
  const budget = has(launch.version, 'budgetRoundsUp') ? Math.ceil(raw) : Math.floor(raw);
  const weights = parts.weights[end];
  const drafter = parts.drafter[end];
  const activation = parts.activation.bytes[end];
  const graphs = parts.graphs[end];
  const nonTorch = parts.nonTorch[end];
  const reserved = launch.frontend.frames + launch.frontend.decoders;
  const outside = parts.initial[end] + parts.others + Math.round(parts.late[end]) + parts.firstPrompt[end] + reserved;
  const profiled = budget - weights - drafter - activation - nonTorch - (chargesGraphs(launch) ? graphs : 0);
  const free = total - parts.initial[end] - parts.others;
  const grown = launch.extensible ? grownCache(Math.min(0, free - budget) + profiled, launch, parts, end) : profiled;
  const available = layout === null ? 0 : Math.min(LARGEST_CACHE, launch.kvCacheMemoryBytes ?? grown) - reserved;
  const cache = cacheBytes(launch, layout, available);
  // Before 0.20.1 a number of blocks that was asked for came after the check of what one request needs.
  const checked = has(launch.version, 'overrideInLengthCheck') ? cache : available;
  const limit = Math.max(launch.context.derivedTokens, launch.context.tokens);
  const longest = layout === null ? limit : longestThatFits(layout, checked, limit, rules);
  const length = launch.context.automatic
    ? Math.min(launch.context.tokens, Math.max(1, longest))
    : launch.context.tokens;
  const needed = layout === null ? 0 : neededBytes(layout, length, rules);
  const capacity = layout === null ? NO_CAPACITY : kvCapacity(layout, blocksOf(launch, layout, cache), length, rules);
  const released = activation - parts.activation.servingBytes[end];
  const spent = weights + drafter + activation + graphs + nonTorch + outside + Math.max(0, cache);
  const figures = {
    total,
    budget,
    weights,
    drafter,
    activation,
    graphs,
    nonTorch,
    outside,
    cache,
    available,
    checked,
    needed,
    capacity,
    longest,
    length,
    released,
    free: total - spent + released,
  };
  return { ...figures, failure: failureOf(launch, parts, figures, end) };
}

const LEAST_BUFFER = 150 * MIB;

/**
 * A growable cache gets what warm-up and capture leave, less a buffer of a fifth of the transient activations or 2 %
 * of the cache, and at most a tenth of it (#56492).
 */
function grownCache(available: number, launch: Launch, parts: StageParts, end: End): number {
  const captured = chargesGraphs(launch) ? 0 : parts.graphs[end];
  const wanted = Math.max(LEAST_BUFFER, 0.2 * parts.activation.bytes[end], 0.02 * available);
  const grown = Math.floor(available - captured - parts.late[end] - Math.min(wanted, 0.1 * available));
  return grown > 0 ? grown : available;
}

/** More than any card has, and small enough for bytes to stay exact, whatever the arguments ask for. */
const LARGEST_CACHE = 2 ** 50;

/** What the blocks take: those that memory allows, or those that were asked for. */
function cacheBytes({ blocksOverride }: Launch, layout: KvLayout | null, available: number): number {
  if (layout === null || blocksOverride === null) return available;
  return Math.min(LARGEST_CACHE, blocksOverride * layout.blockBytes);
}

function blocksOf(launch: Launch, layout: KvLayout, cache: number): number {
  return launch.blocksOverride ?? Math.max(0, Math.floor(cache / layout.blockBytes));
}

/** The first step of the start-up that does not get its memory, in the order in which the engine takes them. */
function failureOf(launch: Launch, parts: StageParts, figures: Omit<Outcome, 'failure'>, end: End): Failure | null {
  const { total, budget, weights, drafter, activation, graphs, nonTorch, outside, cache } = figures;
  const { version, runner } = launch;
  const taken = parts.initial[end] + parts.others;
  const checked = runner !== 'v0' && has(version, 'memorySnapshot') && !launch.extensible;
  if (checked && total - taken < budget) {
    return quoted('free_memory', refusals.freeMemoryRefusal(total - taken, total, launch.utilization, budget, version));
  }
  const loaded = taken + weights + drafter;
  const loading = loaded + loadingExtraBytes(launch, parts.stage);
  if (loading > total) return outOfMemory('load', 'while the weights load', loading - total);
  const profiled = loaded + nonTorch + activation;
  if (profiled > total) return outOfMemory('profile', 'in the profiling run', profiled - total);
  const cacheFailure = parts.layout === null ? null : cacheFailureOf(launch, parts.layout, figures);
  if (cacheFailure) return cacheFailure;
  const held = loaded + nonTorch + Math.max(0, cache);
  if (held > total) return outOfMemory('kv_cache', 'when the KV cache is allocated', held - total);
  const captured = weights + drafter + nonTorch + outside - parts.firstPrompt[end] + Math.max(0, cache) + graphs;
  if (captured > total) return outOfMemory('graph_capture', 'while CUDA graphs are captured', captured - total);
  if (figures.free < 0) {
    if (figures.free + parts.firstPrompt[end] >= 0)
      return outOfMemory('serving', 'when the first prompt runs', -figures.free);
    return quoted('serving', refusals.samplerOutOfMemory(Math.min(launch.maxNumSeqs, launch.maxNumBatchedTokens)));
  }
  return null;
}

function quoted(stage: FailureStage, message: string): Failure {
  return { stage, message, quotesEngine: true };
}

/** In words of ours: PyTorch names the size of the one allocation that failed, which nobody can tell beforehand. */
function outOfMemory(stage: FailureStage, when: string, missingBytes: number): Failure {
  return { stage, message: `Out of memory ${when}: ${gib(missingBytes)} more than the GPU has.`, quotesEngine: false };
}

function cacheFailureOf(launch: Launch, layout: KvLayout, figures: Omit<Outcome, 'failure'>): Failure | null {
  const { checked, needed, capacity, longest } = figures;
  const stage = 'kv_cache';
  const reserved = launch.frontend.frames + launch.frontend.decoders;
  if (reserved > 0 && figures.available <= 0)
    return quoted(stage, frontendRefusal(launch.frontend, figures.available + reserved));
  if (layout.refusal) return quoted(stage, layout.refusal);
  if (launch.context.automatic && longest <= 0) return quoted(stage, refusals.autoFitRefusal());
  if (checked <= 0) return quoted(stage, refusals.noCacheRefusal(launch.version));
  if (needed > checked) {
    const { version, runner, context } = launch;
    const facts = { version, runner, maxModelLen: context.tokens, neededBytes: needed, availableBytes: checked };
    return quoted(stage, refusals.lengthRefusal({ ...facts, longestTokens: longestOf(launch, layout, figures) }));
  }
  const states =
    has(launch.version, 'mambaBlockCheck') && launch.graphs.fullSizes.length > 0 && keepsStates(launch.architecture);
  if (states && layout.blockBytes > 0 && launch.maxNumSeqs > capacity.blocks) {
    return quoted('graph_capture', refusals.stateBlocksRefusal(launch.maxNumSeqs, capacity.blocks));
  }
  return null;
}

/** Longest request as the refusal states it: V0 counts the tokens of its pool. */
function longestOf({ runner }: Launch, layout: KvLayout, { capacity, longest }: Omit<Outcome, 'failure'>): number {
  return runner === 'v0' ? capacity.blocks * layout.blockTokens : longest;
}
