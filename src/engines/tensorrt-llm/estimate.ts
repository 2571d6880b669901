import { gib, GIB, MIB } from '../../bytes.ts';
import { type Estimate, withoutMemory } from '../../estimate.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import type { Failure } from '../failure.ts';
import { rankEstimate, type RankEnd, type RankOutcome } from '../rank-estimate.ts';
import { rankStages, rankWeights, tokenBytes, type RankStage } from '../rank-weights.ts';
import { launchOf, ranksOf, type Launch } from './launch.ts';

/**
 * Predicts the memory of the fullest rank (_torch/pyexecutor/_util.py KvCacheCreator): the cache is a share of what a dummy
 * batch of `max_num_tokens` leaves. What lies outside PyTorch differs by gigabytes between logs, so that verdicts are
 * advice. Total: never throws.
 */
export function estimate(workload: Workload): Estimate {
  const launch = launchOf(workload);
  const ranks = ranksOf(workload);
  if ('refusal' in launch) return withoutMemory('fails', launch.refusal, ranks, false);
  if ('unknown' in launch) return withoutMemory('unknown', launch.unknown, ranks);
  const { cut } = launch;
  const stages = rankStages(cut).map((stage) => ({ stage, weights: rankWeights(cut, stage) }));
  const fullest = stages.reduce((a, b) => (b.weights > a.weights ? b : a));
  const { stage, weights } = fullest;
  const perToken = tokenBytes(cut, stage.layers, launch.element);
  if (perToken === null || perToken === 0)
    return withoutMemory(
      'unknown',
      'What TensorRT-LLM keeps of this kind of model besides keys and values is not modelled.',
      ranks,
    );
  const judged = rankEstimate(
    workload.target,
    {
      weights: between(Math.round(weights * 0.98), weights, Math.round(weights * 1.03 + 0.2 * GIB), 'formula'),
      drafter: exactly(0),
      activation: activationsOf(launch, stage),
      graphs: graphsOf(launch),
      nonTorch: nonTorchOf(ranks),
      tokenBytes: perToken,
      length: launch.maxSeqLen,
    },
    {
      title: 'TensorRT-LLM',
      size: (end) => sizeOf(launch, end, perToken),
      failure: failureOf,
      shortfall: ({ tokens }) => shortfallOf(launch, tokens),
      working: {
        budgetBytes: `what a batch of ${launch.maxNumTokens} tokens leaves free × ${launch.freeShare} (kv_cache_config.free_gpu_memory_fraction); _torch/pyexecutor/_util.py`,
        weightsBytes: `${stage.layers.length} layers in ${cut.quantization?.method ?? '16 bits'}, ÷ ${cut.tensor} ranks`,
        activationBytes: `a batch of ${launch.maxNumTokens} tokens, and logits of ${launch.maxBatchSize} requests in 32 bits`,
        kvCacheBytes: 'the budget, at most max_tokens and max_gpu_total_bytes',
        kvCacheNeededBytes: `${launch.maxSeqLen} tokens × ${perToken} B`,
        nonTorchBytes: 'logs show 0.6 to 6 GiB beside PyTorch',
      },
      effective: launch.effective,
      gpusNeeded: ranks,
      notes: [
        ...launch.notes,
        'advice only: what TensorRT-LLM takes outside PyTorch differs by gigabytes between public logs',
      ],
    },
    workload.measured,
  );
  return withSampling(judged, stage.last ? logitsBytes(launch) : 0);
}

/**
 * Its profile drops the peak that the warm-up reaches, logits among it, so that sampling may need them again of what the
 * cache leaves (NVIDIA/TensorRT-LLM#18669: a server at 0.9 ran out of memory at its logits).
 */
function withSampling(judged: Estimate, logits: number): Estimate {
  const { verdict, memory } = judged;
  if (verdict !== 'fits' || memory === null || memory.freeBytes.low >= logits) return judged;
  return {
    ...judged,
    verdict: 'tight',
    stage: 'serving',
    message: `The cache leaves ${gib(memory.freeBytes.low)} free, and sampling a full batch takes logits of ${gib(logits)}`,
    quotesEngine: false,
  };
}

/** Sampling takes them in 32 bits, whole on every rank of the last stage. */
function logitsBytes({ cut, maxBatchSize }: Launch): number {
  return maxBatchSize * cut.architecture.vocabSize * 4;
}

function sizeOf(launch: Launch, end: RankEnd, perToken: number): { budget: number; cache: number } {
  const free = end.total - end.others - end.weights - end.nonTorch - end.activation - end.graphs;
  const budget = free * launch.freeShare;
  const tokens = launch.maxTokens === null ? Infinity : launch.maxTokens * perToken;
  const bounded = Math.min(budget, tokens, launch.maxBytes ?? Infinity);
  const block = perToken * launch.blockTokens;
  return { budget, cache: bounded <= 0 ? bounded : Math.floor(bounded / block) * block };
}

/** The report of a failed start-up and what could not be made (_torch/pyexecutor/py_executor_creator.py). */
function failureOf({ total, weights, nonTorch, others, cache }: RankOutcome): Failure | null {
  const left = total - others - nonTorch - weights;
  if (left < 0) return notCreated('Model', 'load', total);
  return cache <= 0 ? notCreated('KV cache', 'kv_cache', total) : null;
}

function notCreated(component: string, stage: Failure['stage'], total: number): Failure {
  return {
    stage,
    message:
      `Executor creation failed due to insufficient GPU memory. The following component could not be created: ${component} ` +
      `(of ${gib(total)})`,
    quotesEngine: false,
  };
}

function shortfallOf({ maxSeqLen, maxTokens }: Launch, tokens: number): Failure | null {
  if (tokens >= Math.min(maxSeqLen, maxTokens ?? maxSeqLen)) return null;
  return {
    stage: 'serving',
    message: `The KV cache holds ${tokens} tokens, so that no request of max_seq_len ${maxSeqLen} can be served to its end`,
    quotesEngine: false,
  };
}

/** Hidden states that live at once in one layer, by ranks: dense and mixtures (aiconfigurator 0.11, TRT-LLM). */
const WIDTHS: readonly (readonly [ranks: number, dense: number, experts: number])[] = [
  [1, 11, 22],
  [2, 6.5, 13],
  [4, 5, 10],
];
const LEAST_ACTIVATIONS = 70 * MIB;

function activationsOf(launch: Launch, stage: RankStage): Quantity {
  const { cut, maxNumTokens } = launch;
  const { architecture, tensor } = cut;
  const [, dense, experts] = WIDTHS.findLast(([ranks]) => ranks <= tensor) ?? [1, 11, 22];
  const width = architecture.moe ? experts : dense;
  const bytes = Math.max(LEAST_ACTIVATIONS, 2 * maxNumTokens * architecture.hiddenSize * width);
  const logits = stage.last ? logitsBytes(launch) : 0;
  return between(Math.round(bytes / 2), Math.round(bytes + logits), Math.round(2 * bytes + 2 * logits), 'assumed');
}

/** Up to 200 MB a size in bad cases, as its documentation says; most take little. */
function graphsOf({ graphSizes }: Launch): Quantity {
  return graphSizes === 0
    ? exactly(0)
    : between(0, Math.round(4 * MIB * graphSizes), Math.round(30 * MIB * graphSizes), 'assumed');
}

/** From 0.6 GiB up to the 6.04 GiB that a start-up report shows for Qwen3-4B on 16 GB (NVIDIA/TensorRT-LLM#7818 and others). */
function nonTorchOf(ranks: number): Quantity {
  const value = ranks === 1 ? 1 : 1.8;
  return between(0.6 * GIB, Math.round(value * GIB), Math.round(6.04 * GIB), 'assumed');
}
