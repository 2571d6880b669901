import { GIB, MIB } from '../../bytes.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture } from '../../models/architecture.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { chunksWhilePooling } from './pooling.ts';
import type { Runner } from './runner.ts';
import { has, type EngineVersion } from './versions.ts';

interface SchedulerDefaults {
  readonly maxNumBatchedTokens: number;
  readonly maxNumSeqs: number;
}

/** What decides the scheduler's defaults beside version and GPU. */
export interface SchedulerContext {
  readonly maxModelLen: number;
  readonly chunkedPrefill: boolean;
  readonly pooling: boolean;
  readonly multimodal: boolean;
  readonly engine: Runner;
}

/** `gpu_memory_utilization` when it is not given (vLLM config/cache.py); all of the card for a cache that grows (#56492). */
export function defaultUtilization(version: EngineVersion, extensible = false): number {
  if (extensible) return 1;
  return has(version, 'utilization092') ? 0.92 : 0.9;
}

/** What the `LLM` class of a program, as against a server, is to vLLM (usage/usage_lib.py UsageContext). */
const LLM_CLASS = 'LLM_CLASS';

/**
 * `max_num_batched_tokens` and `max_num_seqs` when neither is given (vLLM engine/arg_utils.py get_batch_defaults,
 * config/scheduler.py). The memory tested is what NVML reports, not what CUDA shows.
 * @param offline started by the `LLM` class, which takes larger batches than a server.
 */
export function schedulerDefaults(
  version: EngineVersion,
  gpu: Gpu,
  context: SchedulerContext,
  offline = false,
): SchedulerDefaults {
  if (context.engine === 'v0') return defaultsOfV0(context);
  const large = isLarge(version, gpu);
  const wide = has(version, 'defaults16384') && deviceMemory(gpu) >= 160 * GIB;
  const tokens = wide || (offline && large) ? 16_384 : large || offline ? 8192 : 2048;
  const small = has(version, 'defaultsByDeviceMemory') && !large;
  return { maxNumBatchedTokens: tokens, maxNumSeqs: small ? 256 : 1024 };
}

function isLarge(version: EngineVersion, gpu: Gpu): boolean {
  if (!has(version, 'defaultsByDeviceMemory')) return /\bh[12]00\b/i.test(gpu.names[0] ?? gpu.id);
  if (has(version, 'smallDefaultsOnA100') && gpu.id.startsWith('a100')) return false;
  return deviceMemory(gpu) >= 70 * GIB;
}

/** NVML states none where CPU and GPU share one memory, and vLLM takes the failed query for a small card. */
function deviceMemory(gpu: Gpu): number {
  if (gpu.unifiedMemory && gpu.vendor === 'nvidia') return 0;
  return gpu.smiMib === null ? gpu.visibleBytes : gpu.smiMib * MIB;
}

/** V0 (engine/arg_utils.py, config.py SchedulerConfig): no chunking takes whole prompts into one batch. */
function defaultsOfV0(context: SchedulerContext): SchedulerDefaults {
  const base = context.chunkedPrefill ? 2048 : Math.max(context.maxModelLen, 2048);
  const least = context.pooling ? 32_768 : context.multimodal ? 5120 : 0;
  return { maxNumBatchedTokens: Math.max(base, least), maxNumSeqs: 256 };
}

/** Exchanges of experts that work in batches of one fixed size (vLLM config/parallel.py use_batched_dp_moe). */
const BATCHED_EXCHANGES: ReadonlySet<string> = new Set(['deepep_low_latency', 'nixl_ep']);
const BATCHED_EXCHANGE_TOKENS = 256;

/**
 * The scheduler's sizes as given or by default (vLLM engine/arg_utils.py
 * _set_default_max_num_seqs_and_batched_tokens_args).
 */
export function schedulerOf(
  reader: ArgumentReader,
  version: EngineVersion,
  gpu: Gpu,
  context: SchedulerContext,
): SchedulerDefaults {
  const { maxModelLen, chunkedPrefill } = context;
  const usual = schedulerDefaults(version, gpu, context, reader.word('usage_context') === LLM_CLASS);
  const exchanges =
    (reader.integer('data_parallel_size', 1) ?? 1) > 1 &&
    reader.flag('enable_expert_parallel') === true &&
    BATCHED_EXCHANGES.has(reader.word('all2all_backend') ?? '') &&
    has(version, 'exchangeBatches');
  const base = exchanges ? BATCHED_EXCHANGE_TOKENS : usual.maxNumBatchedTokens;
  const factor = reader.word('performance_mode') === 'throughput' && has(version, 'performanceMode') ? 2 : 1;
  const seqs = reader.integer('max_num_seqs', 1);
  const wantedSeqs = seqs ?? usual.maxNumSeqs * factor;
  const defaulted = Math.max(base * factor, chunkedPrefill ? 0 : maxModelLen);
  const tokens = reader.integer('max_num_batched_tokens', 1) ?? Math.min(defaulted, wantedSeqs * maxModelLen);
  return { maxNumBatchedTokens: tokens, maxNumSeqs: seqs ?? Math.min(wantedSeqs, tokens) };
}

interface ChunkingContext extends Pick<SchedulerContext, 'engine' | 'maxModelLen' | 'multimodal'> {
  readonly version: EngineVersion;
  readonly speculative: boolean;
}

/** Whether prompts are cut to fit a batch when nobody says so: V0 does for long contexts of plain models only. */
export function chunkedPrefillOf(
  reader: ArgumentReader,
  architecture: Architecture,
  context: ChunkingContext,
): boolean {
  const { engine, version } = context;
  const asked = reader.flag('enable_chunked_prefill');
  // Encoder–decoders never, whatever was asked (config/scheduler.py, since V1 takes them).
  if (architecture.encoderLayers.length > 0 && engine !== 'v0') return false;
  const pools = engine !== 'v0' && architecture.task === 'pooling';
  const chunks = !pools || chunksWhilePooling(reader, architecture, version);
  // Up to 0.11 what cannot be chunked is not, whatever was asked (config/__init__.py, disable_chunked_prefill_reasons).
  if (asked !== null) return asked && (chunks || has(version, 'layerGroupFactor125'));
  if (engine !== 'v0') return chunks;
  return (
    context.maxModelLen > 32_768 &&
    !context.multimodal &&
    !context.speculative &&
    reader.flag('enable_lora') !== true &&
    architecture.task === 'generate'
  );
}
