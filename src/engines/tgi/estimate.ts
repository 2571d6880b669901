import { gib, GIB, MIB } from '../../bytes.ts';
import { type Estimate, withoutMemory } from '../../estimate.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import { prefillActivations } from '../prefill-activations.ts';
import type { Failure } from '../failure.ts';
import { rankEstimate, type RankEnd, type RankOutcome } from '../rank-estimate.ts';
import { rankStages, rankWeights, tokenBytes } from '../rank-weights.ts';
import { launchOf, shardsOf, type Launch } from './launch.ts';

/**
 * Predicts the memory of one shard (server models/flash_causal_lm.py warmup). What lies outside PyTorch was read off no
 * log, so that its interval is wide. Total: never throws.
 */
export function estimate(workload: Workload): Estimate {
  const launch = launchOf(workload);
  const shards = shardsOf(workload);
  if ('refusal' in launch) return withoutMemory('fails', launch.refusal, shards, launch.plain !== true);
  if ('unknown' in launch) return withoutMemory('unknown', launch.unknown, shards);
  const { cut } = launch;
  const [stage] = rankStages(cut);
  const perToken = stage ? tokenBytes(cut, stage.layers, launch.element) : null;
  if (!stage || perToken === null || perToken === 0)
    return withoutMemory(
      'unknown',
      'TGI keeps no paged cache for this kind of model, and what it takes is not modelled.',
      shards,
    );
  const weights = rankWeights(cut, stage);
  const activation = activationsOf(launch);
  const warmUp = launch.prefillTokens * perToken;
  const length = launch.totalTokens ?? launch.modelTokens;
  return rankEstimate(
    workload.target,
    {
      weights: between(Math.round(weights * 0.98), weights, Math.round(weights * 1.02 + 0.2 * GIB), 'formula'),
      drafter: exactly(0),
      activation,
      graphs: launch.graphs ? between(0, 150 * MIB, GIB, 'assumed') : exactly(0),
      nonTorch: nonTorchOf(cut.tensor),
      tokenBytes: perToken,
      length,
      automatic: launch.totalTokens === null,
    },
    {
      title: 'TGI',
      size: (end) => sizeOf(launch, end, warmUp),
      failure: (outcome) => failureOf(launch, outcome, warmUp),
      shortfall: () => null,
      working: {
        budgetBytes:
          launch.major < 3
            ? `total × ${launch.memoryFraction}, of whose free part a twentieth is left`
            : `total × ${launch.memoryFraction} × ${launch.wiggleRoom}; server models/globals.py TGI_WIGGLE_ROOM`,
        weightsBytes: `${stage.layers.length} layers in ${cut.quantization?.method ?? '16 bits'}, ÷ ${cut.tensor} shards`,
        activationBytes: `one prefill of ${launch.prefillTokens} tokens`,
        kvCacheBytes: `what warm-up leaves of the budget, and the ${gib(warmUp)} that it used itself; models/flash_causal_lm.py warmup`,
        kvCacheNeededBytes: `${launch.totalTokens ?? `at most ${length}`} tokens × ${perToken} B`,
      },
      effective: { ...launch.effective, max_total_tokens: length },
      gpusNeeded: shards,
      notes: [
        ...launch.notes,
        'what TGI takes outside PyTorch is assumed: no public log states it',
        ...(launch.totalTokens === null
          ? ['requests are as long as what warm-up finds room for, at most the model’s length']
          : []),
      ],
    },
    workload.measured,
  );
}

/** "Leave 5% for some wiggle room" (server models/flash_causal_lm.py, whose comment outlived the rule). */
const FREE_SHARE = 0.95;

/** The cache is what warm-up leaves of the budget and what it took itself; never less than that. */
function sizeOf(
  { memoryFraction, wiggleRoom, major }: Launch,
  end: RankEnd,
  warmUp: number,
): { budget: number; cache: number } {
  const used = end.others + end.weights + end.nonTorch + end.activation + warmUp;
  // Before 3.0 a twentieth was left of what is free then, and not of the whole card.
  if (major < 3) {
    const budget = end.total * memoryFraction;
    return { budget, cache: Math.max(0, budget - used) * FREE_SHARE + warmUp };
  }
  const budget = end.total * memoryFraction * wiggleRoom;
  return { budget, cache: Math.max(0, budget - used) + warmUp };
}

function failureOf(launch: Launch, outcome: RankOutcome, warmUp: number): Failure | null {
  const { total, weights, nonTorch, others, activation, tokens } = outcome;
  const allowed = total * launch.memoryFraction;
  if (weights > allowed || weights + nonTorch + others > total)
    return {
      stage: 'load',
      message: `torch.OutOfMemoryError while the shard loads: its weights take ${gib(weights)} of ${gib(allowed)}`,
      quotesEngine: false,
    };
  if (weights + activation + warmUp > allowed || weights + nonTorch + others + activation + warmUp > total)
    return {
      stage: 'profile',
      message:
        `Not enough memory to handle ${launch.prefillTokens} prefill tokens. ` +
        'You need to decrease `--max-batch-prefill-tokens`',
      quotesEngine: true,
    };
  if (launch.totalTokens !== null && launch.totalTokens > tokens)
    return {
      stage: 'kv_cache',
      message: `\`max_total_tokens\` must be <= \`max_batch_total_tokens\`. Given: ${launch.totalTokens} and ${tokens}`,
      quotesEngine: true,
    };
  return null;
}

/** Logits of every token of the prefill too before 3.0, which left them out by default (types REQUEST_LOGPROBS). */
function activationsOf({ cut, prefillTokens, major }: Launch): Quantity {
  const bytes = prefillActivations(cut.architecture, cut.tensor, prefillTokens);
  const logits = major < 3 ? 2 * prefillTokens * cut.architecture.vocabSize * cut.elementBytes : 0;
  return between(Math.round(bytes / 2), Math.round(bytes + logits / 2), Math.round(2 * bytes + logits), 'assumed');
}

/** Context, cuBLAS and the attention workspace of 128 MiB; NCCL beside them. */
function nonTorchOf(shards: number): Quantity {
  return shards === 1
    ? between(0.35 * GIB, 0.7 * GIB, 1.3 * GIB, 'assumed')
    : between(0.7 * GIB, 1.4 * GIB, 3 * GIB, 'assumed');
}
