import { MIB } from '../../bytes.ts';
import type { ArgumentValue } from '../../deployment.ts';
import type { Estimate, Memory } from '../../estimate.ts';
import type { Knob, Workload } from '../engine.ts';
import { launchOf, type Launch } from './launch.ts';
import { speculativeTokensOf } from './speculative.ts';
import { has } from './versions.ts';

/** Room to leave beside what the figures ask for, as vLLM's own advice does (v1/worker/gpu_worker.py: 150 MiB). */
const CUSHION_BYTES = 150 * MIB;

type Candidates = (launch: Launch, estimate: Estimate, memory: Memory, workload: Workload) => readonly ArgumentValue[];

/** A knob that has nothing to offer when the launch cannot be resolved at all. */
function knob(argument: string, cost: string, candidates: Candidates): Knob {
  return {
    argument,
    cost,
    candidates(workload, estimate) {
      const launch = launchOf(workload);
      if (!('version' in launch) || estimate.memory === null) return [];
      return candidates(launch, estimate, estimate.memory, workload);
    },
  };
}

/**
 * vLLM's levers, the one that costs the user least first: room that is only reserved, then batches that are seldom full,
 * then length, then quality, then GPUs, then speed.
 */
export const knobs: readonly Knob[] = [
  knob('gpu_memory_utilization', 'less memory stays free beside vLLM, or fewer tokens are cached', utilizations),
  knob('max_num_seqs', 'fewer requests run at once', sequences),
  knob('max_num_batched_tokens', 'long prompts are read in more steps', batches),
  knob('max_cudagraph_capture_size', 'large batches decode without a CUDA graph', captureSizes),
  knob('max_model_len', 'shorter context', lengths),
  knob('speculative_config', 'fewer tokens are proposed per step', speculativeTokens),
  knob('kv_cache_dtype', 'keys and values lose precision', cacheDtypes),
  knob('tensor_parallel_size', 'each replica takes more GPUs', tensorSizes),
  knob('enforce_eager', 'decoding is slower without CUDA graphs', (launch) =>
    launch.graphs.mode === 'NONE' ? [] : [true],
  ),
];

/**
 * The budget has a window: what the cache needs sets its low end, what lives outside it sets its high end. Values lie in
 * the window, nearest to the present one first.
 */
function utilizations(launch: Launch, _estimate: Estimate, memory: Memory): readonly ArgumentValue[] {
  if (launch.kvCacheMemoryBytes !== null) return [];
  const total = memory.totalBytes.low;
  const late = memory.cudaGraphBytes.high + memory.outsideBudgetBytes.high + CUSHION_BYTES;
  const highest = floorStep(Math.min(0.97, 1 - late / total));
  const missing = memory.kvCacheNeededBytes.high - memory.kvCacheBytes.low + CUSHION_BYTES;
  const lowest = ceilStep(launch.utilization + Math.max(0, missing) / total);
  if (missing > 0) return lowest <= highest && lowest > launch.utilization ? unique([lowest, highest]) : [];
  return highest < launch.utilization && highest > 0.1 ? [highest] : [];
}

function floorStep(fraction: number): number {
  return Math.floor(fraction * 100 + 1e-9) / 100;
}

function ceilStep(fraction: number): number {
  return Math.ceil(fraction * 100 - 1e-9) / 100;
}

function sequences(launch: Launch): readonly ArgumentValue[] {
  return [512, 256, 128, 64, 32].filter((value) => value < launch.maxNumSeqs).slice(0, 4);
}

function batches(launch: Launch): readonly ArgumentValue[] {
  const least = launch.chunkedPrefill ? Math.max(launch.maxNumSeqs, 1024) : launch.context.tokens;
  return [8192, 4096, 2048, 1024].filter((value) => value < launch.maxNumBatchedTokens && value >= least).slice(0, 3);
}

function captureSizes(launch: Launch): readonly ArgumentValue[] {
  if (launch.graphs.mode === 'NONE' || !has(launch.version, 'captureStride16')) return [];
  return [256, 128, 64].filter((value) => value < launch.graphs.largest);
}

/** The longest length that fits even at the pessimistic end, in round figures, then round fallbacks below it. */
function lengths(launch: Launch, _estimate: Estimate, memory: Memory): readonly ArgumentValue[] {
  const longest = Math.min(memory.maxModelLenThatFits.low, launch.context.tokens - 1);
  const values = [roundTokens(longest), ...[32_768, 16_384, 8192, 4096, 2048].filter((value) => value < longest)];
  return unique(values.filter((value) => value >= 256)).slice(0, 3);
}

function roundTokens(tokens: number): number {
  const step = tokens >= 4096 ? 1024 : 256;
  return Math.floor(tokens / step) * step;
}

function speculativeTokens(
  _launch: Launch,
  _estimate: Estimate,
  _memory: Memory,
  workload: Workload,
): readonly ArgumentValue[] {
  const asked = speculativeTokensOf(workload.arguments);
  if (asked === null) return [];
  return [3, 2, 1]
    .filter((tokens) => tokens < asked.tokens)
    .map((tokens) => ({ ...asked.config, num_speculative_tokens: tokens }));
}

function cacheDtypes(launch: Launch): readonly ArgumentValue[] {
  const plain =
    launch.kvCacheDtype === 'auto' || launch.kvCacheDtype === 'bfloat16' || launch.kvCacheDtype === 'float16';
  return plain && launch.gpu.fp8 ? ['fp8'] : [];
}

function tensorSizes(
  launch: Launch,
  _estimate: Estimate,
  _memory: Memory,
  workload: Workload,
): readonly ArgumentValue[] {
  const { tensor, pipeline, data } = launch.parallelism;
  const available = workload.target.count ?? tensor * pipeline * data;
  const { attentionHeads } = launch.architecture;
  return [2, 4, 8, 16].filter(
    (size) => size > tensor && size * pipeline * data <= available && attentionHeads % size === 0,
  );
}

function unique(values: readonly number[]): readonly number[] {
  return [...new Set(values)];
}
