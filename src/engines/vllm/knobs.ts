import { GIB, MIB } from '../../bytes.ts';
import type { ArgumentValue } from '../../deployment.ts';
import type { Estimate, Memory } from '../../estimate.ts';
import type { BudgetArgument, Knob, KnobKind, Workload } from '../engine.ts';
import { capabilityOf } from '../../hardware/gpu.ts';
import { launchOf, type Launch } from './launch.ts';
import { speculativeTokensOf } from './speculative.ts';
import { has } from './versions.ts';

/** Room to leave beside what the figures ask for, as vLLM's own advice does (v1/worker/gpu_worker.py: 150 MiB). */
const CUSHION_BYTES = 150 * MIB;

type Candidates = (launch: Launch, estimate: Estimate, memory: Memory, workload: Workload) => readonly ArgumentValue[];

/** A knob; where vLLM refuses the arguments as they stand, it offers the values of `corrections` with which it does not. */
function knob(
  argument: string,
  kind: KnobKind,
  cost: string,
  candidates: Candidates,
  corrections: (workload: Workload) => readonly ArgumentValue[] = () => [],
): Knob {
  return {
    argument,
    kind,
    cost,
    candidates(workload, estimate) {
      const launch = launchOf(workload);
      if ('refusal' in launch) {
        return corrections(workload).filter((value) => 'version' in launchOf(withArgument(workload, argument, value)));
      }
      if (!('version' in launch) || estimate.memory === null) return [];
      return candidates(launch, estimate, estimate.memory, workload);
    },
  };
}

function withArgument(workload: Workload, argument: string, value: ArgumentValue): Workload {
  return { ...workload, arguments: { ...workload.arguments, [argument]: value } };
}

/**
 * vLLM's levers, the one that costs the user least first: room that is only reserved, then batches that are seldom full,
 * then length, then quality, then GPUs, then speed.
 */
export const knobs: readonly Knob[] = [
  // Its values are the window of `utilization` below.
  knob('gpu_memory_utilization', 'reserve', 'less memory stays free beside vLLM, or fewer tokens are cached', () => []),
  knob('max_num_seqs', 'concurrency', 'fewer requests run at once', sequences),
  knob('max_num_batched_tokens', 'batch', 'long prompts are read in more steps', batches),
  knob('max_cudagraph_capture_size', 'batch', 'large batches decode without a CUDA graph', captureSizes),
  knob('max_model_len', 'context', 'shorter context', lengths, modelLimit),
  knob(
    'dtype',
    'weight_precision',
    'float16 has less range than bfloat16',
    () => [],
    ({ target }) => (target.gpu.bf16 ? [] : ['half']),
  ),
  knob('speculative_config', 'speculation', 'fewer tokens are proposed per step', speculativeTokens),
  knob('kv_cache_dtype', 'cache_precision', 'keys and values lose precision', cacheDtypes),
  knob('quantization', 'weight_precision', 'weights are rounded to FP8 while they load', onlineQuantization),
  knob('tensor_parallel_size', 'gpus', 'each replica takes another number of GPUs', tensorSizes, dividingSizes),
  knob('enforce_eager', 'graphs', 'decoding is slower without CUDA graphs', (launch) =>
    launch.graphs.mode === 'NONE' ? [] : [true],
  ),
  knob(
    'cpu_offload_gb',
    'host_memory',
    'that much of the weights crosses the bus in every step, which is many times slower; the host needs the memory',
    offloads,
  ),
];

/** `gpu_memory_utilization`: the share of the card that weights, activations and cache stay within (config/cache.py). */
export const utilization: BudgetArgument = {
  argument: 'gpu_memory_utilization',
  step: 0.01,
  least: 0.05,
  most: 0.99,
  applies: (args) =>
    [args['kv_cache_memory_bytes'], args['num_gpu_blocks_override']].every(
      (value) => value === undefined || value === null,
    ),
  // The memory guide that Headroom grew out of; its bands are advice, and the computed window overrides them.
  advised: { usual: [0.85, 0.9], speculative: [0.7, 0.75], large: [0.65, 0.7] },
};

function sequences(launch: Launch): readonly ArgumentValue[] {
  return [512, 256, 128, 64, 32, 16].filter((value) => value < launch.maxNumSeqs).slice(0, 5);
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

/** What the model's own config allows, where more was asked for. */
function modelLimit(workload: Workload): readonly ArgumentValue[] {
  const { max_model_len: wanted, ...others } = workload.arguments;
  const launch = wanted === undefined ? null : launchOf({ ...workload, arguments: others });
  return launch !== null && 'version' in launch ? [launch.context.tokens] : [];
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

/** Weights of 16 bits are quantized while they load; older cards than Ada keep them narrow and compute wide (fp8_marlin). */
function onlineQuantization(launch: Launch): readonly ArgumentValue[] {
  const capable = launch.gpu.vendor === 'nvidia' && capabilityOf(launch.gpu) >= 8;
  const plain = launch.architecture.quantization === null && launch.quantization === null;
  return capable && plain && launch.architecture.task === 'generate' ? ['fp8'] : [];
}

/** What is missing, in whole GiB; more than half of the weights in host memory is no deployment. */
function offloads(launch: Launch, _estimate: Estimate, memory: Memory): readonly ArgumentValue[] {
  if (launch.offload.kind !== 'none') return [];
  const missing = Math.max(memory.kvCacheNeededBytes.high - memory.kvCacheBytes.low, -memory.freeBytes.low, 0);
  const least = Math.ceil((missing + CUSHION_BYTES) / GIB);
  const most = Math.floor(memory.weightsBytes.value / 2 / GIB);
  return missing === 0 ? [] : [least, least + 2].filter((value) => value <= most);
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

/** Smaller sizes, for one that does not divide the model or the GPUs. */
function dividingSizes({ arguments: args }: Workload): readonly ArgumentValue[] {
  const asked = Number(args['tensor_parallel_size'] ?? 1);
  return [16, 8, 4, 2, 1].filter((size) => size < asked);
}

function unique(values: readonly number[]): readonly number[] {
  return [...new Set(values)];
}
