import { gib, GIB } from '../../bytes.ts';
import { type Estimate, withoutMemory } from '../../estimate.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import { prefillActivations } from '../prefill-activations.ts';
import type { Failure } from '../failure.ts';
import { rankEstimate, type RankEnd, type RankOutcome } from '../rank-estimate.ts';
import { rankStages, rankWeights, tokenBytes } from '../rank-weights.ts';
import { launchOf, ranksOf, type Launch } from './launch.ts';

/** Blocks without which LMDeploy does not start (pytorch/engine/executor/base.py). */
const LEAST_BLOCKS = 2;
/** Blocks for which the PyTorch engine halves its prefill (ExecutorBase._adjust_block_size and its caller). */
const WANTED_BLOCKS = 16;

/** Predicts the memory of one rank, by either engine's accounting. Total: never throws. */
export function estimate(workload: Workload): Estimate {
  const launch = launchOf(workload);
  const ranks = ranksOf(workload);
  if ('refusal' in launch) return withoutMemory('fails', launch.refusal, ranks, false);
  if ('unknown' in launch) return withoutMemory('unknown', launch.unknown, ranks);
  const { cut } = launch;
  const [stage] = rankStages(cut);
  const perToken = stage ? tokenBytes(cut, stage.layers, launch.element) : null;
  if (!stage || perToken === null || perToken === 0)
    return withoutMemory(
      'unknown',
      'What LMDeploy keeps of this kind of model besides keys and values is not modelled.',
      ranks,
    );
  const weights = rankWeights(cut, stage);
  const block = perToken * launch.blockTokens;
  return rankEstimate(
    workload.target,
    {
      weights: between(Math.round(weights * 0.98), weights, Math.round(weights * 1.03 + 0.2 * GIB), 'formula'),
      drafter: exactly(0),
      activation: activationsOf(launch),
      graphs: launch.graphs ? between(0, 0.3 * GIB, 1.5 * GIB, 'assumed') : exactly(0),
      nonTorch:
        ranks === 1
          ? between(0.35 * GIB, 0.6 * GIB, 1.3 * GIB, 'assumed')
          : between(0.7 * GIB, 1.4 * GIB, 3 * GIB, 'assumed'),
      tokenBytes: perToken,
      length: launch.sessionTokens,
    },
    {
      title: 'LMDeploy',
      size: (end) => sizeOf(launch, end, block),
      failure: (outcome) => failureOf(launch, outcome, block),
      shortfall: ({ tokens }) => shortfallOf(launch, tokens),
      working: workingOf(launch, stage.layers.length, perToken),
      effective: launch.effective,
      gpusNeeded: ranks,
      notes: [...launch.notes, 'what LMDeploy takes outside its cache is assumed: no public log states it'],
    },
  );
}

function sizeOf(launch: Launch, end: RankEnd, block: number): { budget: number; cache: number } {
  const free = end.total - end.others - end.weights - end.nonTorch;
  const budget = free * launch.cacheShare;
  if (launch.backend === 'turbomind') return { budget, cache: blocks(budget, block) };
  let prefill = launch.maxPrefillTokens;
  let cache = 0;
  do {
    cache = (free - runtimeReserve(launch, prefill)) * launch.cacheShare;
    prefill = Math.floor(prefill / 2);
  } while (cache < WANTED_BLOCKS * block && prefill > 0);
  return { budget, cache: blocks(cache, block) };
}

function blocks(bytes: number, block: number): number {
  return bytes <= 0 ? bytes : Math.floor(bytes / block) * block;
}

/** Logits of a prefill and of two batches in 16 bits (pytorch executor, _get_runtime_size). */
function runtimeReserve({ cut, maxBatchSize }: Launch, prefill: number): number {
  return (prefill + 2 * maxBatchSize) * cut.architecture.vocabSize * 2;
}

function failureOf(launch: Launch, outcome: RankOutcome, block: number): Failure | null {
  const { total, weights, nonTorch, others, cache, free } = outcome;
  if (weights + nonTorch + others > total)
    return {
      stage: 'load',
      message: `CUDA runs out of memory while the weights load: ${gib(weights)} of ${gib(total)}`,
      quotesEngine: false,
    };
  if (cache <= LEAST_BLOCKS * block)
    return {
      stage: 'kv_cache',
      message: 'No enough gpu memory for kv cache.',
      quotesEngine: launch.backend === 'pytorch',
    };
  if (free < 0)
    return {
      stage: 'profile',
      message: `CUDA runs out of memory when the engine warms up: ${gib(-free)} short beside a cache of ${gib(cache)}`,
      quotesEngine: false,
    };
  return null;
}

function shortfallOf({ sessionTokens }: Launch, tokens: number): Failure | null {
  if (tokens >= sessionTokens) return null;
  return {
    stage: 'serving',
    message: `The cache holds ${tokens} tokens, so that no request of session_len ${sessionTokens} can be served to its end`,
    quotesEngine: false,
  };
}

/** A prefill of the engine's own size, and the logits of the largest batch in 32 bits. */
function activationsOf({ cut, maxPrefillTokens, maxBatchSize }: Launch): Quantity {
  const bytes = prefillActivations(cut.architecture, cut.tensor, maxPrefillTokens);
  const logits = maxBatchSize * cut.architecture.vocabSize * 4;
  return between(Math.round(bytes / 2), Math.round(bytes + logits), Math.round(2 * bytes + 2 * logits), 'assumed');
}

function workingOf(launch: Launch, layers: number, perToken: number): Estimate['working'] {
  const reserve = launch.backend === 'pytorch' ? ' less the logits that its runtime reserves' : '';
  return {
    budgetBytes: `what is free after the weights × ${launch.cacheShare} (cache_max_entry_count)`,
    weightsBytes: `${layers} layers in ${launch.cut.quantization?.method ?? '16 bits'}, ÷ ${launch.cut.tensor} ranks`,
    activationBytes: `a prefill of ${launch.maxPrefillTokens} tokens and logits of ${launch.maxBatchSize} requests`,
    kvCacheBytes: `the budget${reserve}, in whole blocks of ${launch.blockTokens} tokens (${launch.backend})`,
    kvCacheNeededBytes: `${launch.sessionTokens} tokens × ${perToken} B`,
  };
}
