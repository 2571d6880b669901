import { GIB } from '../../bytes.ts';
import type { Launch } from './launch.ts';
import { has, type EngineVersion } from './versions.ts';

const CONSERVING_MEMORY = ' See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details.';

function figure(bytes: number): string {
  return (bytes / GIB).toFixed(2);
}

/** What vLLM's configuration refuses before any GPU is touched, in its own words; null when it accepts. */
export function argumentRefusal(launch: Launch, gpusAvailable: number | null): string | null {
  const { architecture, parallelism, utilization, version, maxNumBatchedTokens: tokens, maxNumSeqs: seqs } = launch;
  const { tensor, pipeline, decodeContext } = parallelism;
  if (!(utilization > 0 && utilization <= 1)) return utilizationRefusal(utilization, version);
  if (architecture.attentionHeads % tensor !== 0) {
    return (
      `Total number of attention heads (${architecture.attentionHeads}) must be divisible by tensor parallel size ` +
      `(${tensor}).`
    );
  }
  if (pipeline > Math.max(1, architecture.layers.length)) {
    return `pipeline_parallel_size (${pipeline}) is larger than the number of layers (${architecture.layers.length}).`;
  }
  if (tensor % decodeContext !== 0) {
    return `tp_size=${tensor} must be divisible by dcp_size=${decodeContext}.`;
  }
  if (launch.dtype === 'bfloat16' && !launch.gpu.bf16) return bf16Refusal(launch);
  if (!launch.chunkedPrefill && tokens < launch.context.tokens && architecture.task === 'generate') {
    return (
      `max_num_batched_tokens (${tokens}) is smaller than max_model_len (${launch.context.tokens}). This effectively ` +
      'limits the maximum sequence length to max_num_batched_tokens and makes vLLM reject longer sequences. Please ' +
      'increase max_num_batched_tokens or decrease max_model_len.'
    );
  }
  if (tokens < seqs && !has(version, 'v0Removed')) {
    return `max_num_batched_tokens (${tokens}) must be greater than or equal to max_num_seqs (${seqs}).`;
  }
  const scheduled = launch.speculation ? tokens - seqs * launch.speculation.slotsPerRequest : tokens;
  if (scheduled <= 0) {
    return (
      `max_num_scheduled_tokens is set to ${scheduled} based on the speculative decoding settings, which does not allow ` +
      'any tokens to be scheduled. Increase max_num_batched_tokens to accommodate the additional draft token slots, or ' +
      'decrease num_speculative_tokens or max_num_seqs.'
    );
  }
  const world = tensor * pipeline * parallelism.data;
  return gpusAvailable !== null && world > gpusAvailable ? worldSizeRefusal(world, gpusAvailable, version) : null;
}

function utilizationRefusal(utilization: number, version: EngineVersion): string {
  if (!has(version, 'v0Removed')) return `GPU memory utilization must be less than 1.0. Got ${utilization}.`;
  const bound = utilization > 1 ? 'less than or equal to 1' : 'greater than 0';
  return `1 validation error for CacheConfig gpu_memory_utilization: Input should be ${bound} (input_value=${utilization})`;
}

function bf16Refusal({ gpu }: Launch): string {
  return (
    `Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your ${gpu.names[0] ?? gpu.id} GPU has ` +
    `compute capability ${gpu.computeCapability ?? 'below that'}. You can use float16 instead by explicitly setting the ` +
    '`dtype` flag in CLI, for example: --dtype=half.'
  );
}

function worldSizeRefusal(world: number, available: number, version: EngineVersion): string {
  if (!has(version, 'captureStride16')) {
    return 'The number of required GPUs exceeds the total number of available GPUs in the placement group.';
  }
  return `World size (${world}) is larger than the number of available GPUs (${available}) in this node.`;
}

/** Too little is free for the budget when the engine starts (v1/worker/utils.py request_memory). */
export function freeMemoryRefusal(
  freeBytes: number,
  totalBytes: number,
  utilization: number,
  budgetBytes: number,
  version: EngineVersion,
): string {
  const device = has(version, 'autoMaxModelLen') ? ' cuda:0' : '';
  return (
    `Free memory on device${device} (${figure(freeBytes)}/${figure(totalBytes)} GiB) on startup is less than desired GPU ` +
    `memory utilization (${utilization}, ${figure(budgetBytes)} GiB). Decrease GPU memory utilization or reduce GPU ` +
    'memory used by other processes.'
  );
}

/** Nothing is left for the KV cache (v1/core/kv_cache_utils.py check_enough_kv_cache_memory). */
export function noCacheRefusal(version: EngineVersion): string {
  const link = has(version, 'speculativeCaptureSizes') ? CONSERVING_MEMORY : '';
  return `No available memory for the cache blocks. Try increasing \`gpu_memory_utilization\` when initializing the engine.${link}`;
}

/** One request of max_model_len does not fit (v1/core/kv_cache_utils.py; V0: worker/worker.py raise_if_cache_size_invalid). */
export function lengthRefusal(
  launch: Launch,
  neededBytes: number,
  availableBytes: number,
  longestTokens: number,
): string {
  const { tokens } = launch.context;
  const advice = 'Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.';
  if (launch.runner === 'v0') {
    return (
      `The model's max seq len (${tokens}) is larger than the maximum number of tokens that can be stored in KV cache ` +
      `(${longestTokens}). ${advice}`
    );
  }
  const link = has(launch.version, 'speculativeCaptureSizes') ? CONSERVING_MEMORY : '';
  return (
    `To serve at least one request with the model's max seq len (${tokens}), (${figure(neededBytes)} GiB KV cache is ` +
    `needed, which is larger than the available KV cache memory (${figure(availableBytes)} GiB). Based on the available ` +
    `memory, the estimated maximum model length is ${longestTokens}. ${advice}${link}`
  );
}

/** Fewer blocks than sequences in a model with states (v1/worker/gpu_model_runner.py). */
export function stateBlocksRefusal(maxNumSeqs: number, blocks: number): string {
  return (
    `max_num_seqs (${maxNumSeqs}) exceeds available Mamba cache blocks (${blocks}). Each decode sequence requires one ` +
    `Mamba cache block, so CUDA graph capture cannot proceed. Please lower max_num_seqs to at most ${blocks} or increase ` +
    'gpu_memory_utilization.'
  );
}

/** PyTorch's words when an allocation does not fit. */
export function outOfMemory(triedBytes: number, totalBytes: number, freeBytes: number): string {
  return (
    `CUDA out of memory. Tried to allocate ${figure(triedBytes)} GiB. GPU 0 has a total capacity of ` +
    `${figure(totalBytes)} GiB of which ${figure(Math.max(0, freeBytes))} GiB is free.`
  );
}

/** The sampler's warm-up is the first step that needs all of the activation memory beside the full cache. */
export function samplerOutOfMemory(rows: number): string {
  return (
    `CUDA out of memory occurred when warming up sampler with ${rows} dummy requests. Please try lowering ` +
    '`max_num_seqs` or `gpu_memory_utilization` when initializing the engine.'
  );
}
