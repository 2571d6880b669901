import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import type { Architecture, DType } from '../../models/architecture.ts';
import { keeps } from '../distinct-layers.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { has, type EngineVersion } from './versions.ts';

/** What decides beside the options whether V1 takes a launch while V0 still exists. */
export interface OlderEngineContext {
  readonly reader: ArgumentReader;
  readonly architecture: Architecture;
  readonly gpu: Gpu;
  readonly dtype: DType;
  readonly quantizationMethod: string | null;
  readonly environment: Readonly<Record<string, string>>;
}

/** Options that V1 never took over from V0. */
const V0_OPTIONS = [
  'preemption_mode',
  'num_scheduler_steps',
  'scheduler_delay_factor',
  'logits_processor_pattern',
  'disable_async_output_proc',
  'enable_prompt_adapter',
  'enable_prompt_embeds',
  'max_num_partial_prefills',
  'max_long_partial_prefills',
] as const;

/** Whether 0.8 to 0.10 fall back to V0 (vLLM engine/arg_utils.py _is_v1_supported_oracle), but for drafting. */
export function fallsBackToV0(version: EngineVersion, context: OlderEngineContext): boolean {
  const { reader, architecture, gpu, dtype, quantizationMethod } = context;
  if (V0_OPTIONS.some((name) => ![null, 'false', '1', '0'].includes(reader.word(name)))) return true;
  if (architecture.encoderLayers.length > 0 && !has(version, 'encoderDecoderOnV1')) return true;
  // Attention across to a picture was never taken over (models/mllama.py, SupportsV0Only).
  if (architecture.encoderLayers.length === 0 && keeps(architecture.layers, 'cross')) return true;
  if (!has(version, 'v1ForTheRest')) {
    if (gpu.vendor === 'nvidia' && gpu.computeCapability !== null && capabilityOf(gpu) < 8) return true;
    if (architecture.layers.some((layer) => layer.caches.some((cache) => cache.kind === 'state'))) return true;
    if (!takesCacheDtype(version, context)) return true;
  }
  if (quantizationMethod === 'gguf' && !has(version, 'ggufOnV1')) return true;
  return !has(version, 'v1ForPooling') && (architecture.task === 'pooling' || dtype === 'float32');
}

/** V1 began with fp8 caches for FlashAttention 3, which is Hopper's. */
function takesCacheDtype(version: EngineVersion, { reader, gpu, environment }: OlderEngineContext): boolean {
  const asked = reader.word('kv_cache_dtype') ?? 'auto';
  if (asked === 'auto') return true;
  if (gpu.vendor !== 'nvidia') return has(version, 'amdCachesOnV1');
  const backend = environment['VLLM_ATTENTION_BACKEND'] ?? 'FLASH_ATTN_VLLM_V1';
  const hopper = gpu.computeCapability?.startsWith('9.') ?? false;
  const blackwell = has(version, 'blackwellCachesOnV1') && gpu.computeCapability === '10.0';
  return blackwell || (asked.startsWith('fp8') && hopper && backend === 'FLASH_ATTN_VLLM_V1');
}

/** Modes of compilation that the second runner does not take. */
const STOCK_COMPILE: ReadonlySet<string> = new Set(['1', 'STOCK_TORCH_COMPILE']);

/**
 * Whether an option keeps a launch on the first runner (vLLM config/vllm.py _get_v2_model_runner_unsupported_features),
 * but for drafting and states.
 */
export function keepsFirstRunner(reader: ArgumentReader, version: EngineVersion): boolean {
  const compilation = readArguments(reader.object('compilation_config') ?? {});
  const passes = readArguments(compilation.object('pass_config') ?? {});
  const on = (name: string): boolean => reader.flag(name) === true;
  if (on('enable_dbo') || on('enable_elastic_ep') || on('enable_prompt_embeds') || on('kv_sharing_fast_prefill')) {
    return true;
  }
  if ((reader.integer('prefill_context_parallel_size', 1) ?? 1) > 1) return true;
  if (STOCK_COMPILE.has(compilation.word('mode') ?? '') || (reader.words('logits_processors') ?? []).length > 0) {
    return true;
  }
  if (passes.flag('enable_sp') === true && (reader.integer('tensor_parallel_size', 1) ?? 1) > 1) return true;
  if (has(version, 'runnerV2Logits')) return false;
  const logits = reader.word('logprobs_mode');
  return (
    on('enable_return_routed_experts') ||
    logits === 'raw_logits' ||
    logits === 'processed_logits' ||
    reader.object('ec_transfer_config') !== null
  );
}
