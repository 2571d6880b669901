import { GIB, MIB } from '../../bytes.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import { has, type EngineVersion } from './versions.ts';

/** How vLLM is started; the offline class defaults to larger batches. */
export type Usage = 'server' | 'offline';

export interface SchedulerDefaults {
  readonly maxNumBatchedTokens: number;
  readonly maxNumSeqs: number;
}

/** What decides the scheduler's defaults beside version and GPU. */
export interface SchedulerContext {
  readonly usage: Usage;
  readonly maxModelLen: number;
  readonly chunkedPrefill: boolean;
  readonly pooling: boolean;
  readonly multimodal: boolean;
  readonly engine: 'v0' | 'v1' | 'v2';
}

/** `gpu_memory_utilization` when it is not given (vLLM config/cache.py). */
export function defaultUtilization(version: EngineVersion): number {
  return has(version, 'graphProfilerDefault') ? 0.92 : 0.9;
}

/**
 * `max_num_batched_tokens` and `max_num_seqs` when neither is given (vLLM engine/arg_utils.py
 * _set_default_args). The memory tested is what NVML reports, not what CUDA shows.
 */
export function schedulerDefaults(version: EngineVersion, gpu: Gpu, context: SchedulerContext): SchedulerDefaults {
  if (context.engine === 'v0') return defaultsOfV0(context);
  const large = isLarge(version, gpu);
  const offline = context.usage === 'offline';
  const wide = has(version, 'defaults16384') && deviceMemory(gpu) >= 160 * GIB;
  const tokens = wide ? 16_384 : large ? (offline ? 16_384 : 8192) : offline ? 8192 : 2048;
  const small = has(version, 'defaultsByDeviceMemory') && !large;
  return { maxNumBatchedTokens: tokens, maxNumSeqs: small ? 256 : 1024 };
}

function isLarge(version: EngineVersion, gpu: Gpu): boolean {
  if (!has(version, 'defaultsByDeviceMemory')) return /\bh[12]00\b/i.test(gpu.names[0] ?? gpu.id);
  if (has(version, 'smallDefaultsOnA100') && gpu.id.startsWith('a100')) return false;
  return deviceMemory(gpu) >= 70 * GIB;
}

function deviceMemory(gpu: Gpu): number {
  return gpu.smiMib === null ? gpu.visibleBytes : gpu.smiMib * MIB;
}

/** V0 (engine/arg_utils.py, config.py SchedulerConfig): no chunking takes whole prompts into one batch. */
function defaultsOfV0(context: SchedulerContext): SchedulerDefaults {
  if (context.chunkedPrefill) return { maxNumBatchedTokens: 2048, maxNumSeqs: 256 };
  const least = context.pooling ? 32_768 : context.multimodal ? 5120 : 2048;
  return { maxNumBatchedTokens: Math.max(context.maxModelLen, least), maxNumSeqs: 256 };
}
