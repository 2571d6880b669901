import type { ArgumentValue } from '../../deployment.ts';
import type { Memory } from '../../estimate.ts';
import type { BudgetArgument, Knob, KnobKind, Workload } from '../engine.ts';
import { launchOf, type Launch } from './launch.ts';

type Candidates = (launch: Launch, memory: Memory, workload: Workload) => readonly ArgumentValue[];

/** A knob that has nothing to offer when the launch cannot be resolved at all. */
function knob(argument: string, kind: KnobKind, cost: string, candidates: Candidates): Knob {
  return {
    argument,
    kind,
    cost,
    candidates(workload, { memory }) {
      const launch = launchOf(workload);
      return 'version' in launch && memory !== null ? candidates(launch, memory, workload) : [];
    },
  };
}

/**
 * SGLang's levers, the one that costs the user least first: room that is only reserved, then batches that are seldom full,
 * then length, then quality, then GPUs, then speed.
 */
export const knobs: readonly Knob[] = [
  // Its values are the window of `budget` below.
  knob(
    'mem_fraction_static',
    'reserve',
    'less memory stays free beside weights and cache, or fewer tokens are cached',
    () => [],
  ),
  knob('max_running_requests', 'concurrency', 'fewer requests run at once', requests),
  knob('chunked_prefill_size', 'batch', 'long prompts are read in more steps', chunks),
  knob('cuda_graph_max_bs', 'batch', 'large batches decode without a CUDA graph', graphBatches),
  knob('context_length', 'context', 'shorter context', lengths),
  knob('speculative_num_draft_tokens', 'speculation', 'fewer tokens are proposed per step', draftTokens),
  knob('kv_cache_dtype', 'cache_precision', 'keys and values lose precision', cacheDtypes),
  knob('quantization', 'weight_precision', 'weights are rounded to FP8 while they load', onlineQuantization),
  knob('tp_size', 'gpus', 'each replica takes another number of GPUs', tensorSizes),
  knob('disable_cuda_graph', 'graphs', 'decoding is slower without CUDA graphs', ({ graphs }) =>
    graphs.decode.length + graphs.prefill.length === 0 ? [] : [true],
  ),
];

/** `mem_fraction_static`: the share of the memory free at the start that weights and pool take; the rest is for everything else. */
export const budget: BudgetArgument = {
  argument: 'mem_fraction_static',
  step: 0.01,
  least: 0.05,
  most: 0.98,
  applies: () => true,
};

function requests({ maxRunningRequests }: Launch): readonly ArgumentValue[] {
  return [256, 128, 64, 32, 16].filter((value) => value < (maxRunningRequests ?? 2048));
}

function chunks({ chunkTokens, pageTokens }: Launch): readonly ArgumentValue[] {
  return [8192, 4096, 2048, 1024].filter((value) => value < chunkTokens && value % pageTokens === 0).slice(0, 3);
}

function graphBatches({ graphs }: Launch): readonly ArgumentValue[] {
  return [128, 64, 32, 16, 8].filter((value) => value < (graphs.decode.at(-1) ?? 0)).slice(0, 3);
}

/** The longest length that fits even at the pessimistic end, in round figures, then round fallbacks below it. */
function lengths({ contextTokens }: Launch, { maxModelLenThatFits }: Memory): readonly ArgumentValue[] {
  const longest = Math.min(maxModelLenThatFits.low, contextTokens - 1);
  const step = longest >= 4096 ? 1024 : 256;
  const values = [
    Math.floor(longest / step) * step,
    ...[65_536, 32_768, 16_384, 8192, 4096, 2048].filter((value) => value < longest),
  ];
  return [...new Set(values.filter((value) => value >= 256))].slice(0, 3);
}

function draftTokens({ speculation }: Launch): readonly ArgumentValue[] {
  if (!speculation || speculation.topk === 1) return [];
  return [16, 8, 4].filter((value) => value < speculation.draftTokens);
}

function cacheDtypes({ cache, gpu, architecture }: Launch): readonly ArgumentValue[] {
  const wide = cache.elementBytes >= 2 && gpu.fp8 && architecture.layers.some(({ caches }) => caches.length > 0);
  return wide ? ['fp8_e4m3'] : [];
}

function onlineQuantization({ quantization, gpu }: Launch): readonly ArgumentValue[] {
  return quantization === null && gpu.fp8 ? ['fp8'] : [];
}

/** More ranks than now, as many as there are GPUs for. */
function tensorSizes(
  { division, architecture }: Launch,
  _memory: Memory,
  { target }: Workload,
): readonly ArgumentValue[] {
  const { tensor, gpus } = division;
  const replicas = gpus / tensor;
  const available = target.count ?? gpus;
  return [2, 4, 8, 16].filter(
    (size) => size > tensor && size * replicas <= available && architecture.attentionHeads % size === 0,
  );
}
