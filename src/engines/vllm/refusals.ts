import type { ArgumentReader } from '../argument-reader.ts';
import { keepsStates } from './cache-settings.ts';
import { capabilityRefusal } from './capability-limits.ts';
import { compressedDtypeRefusal } from './compressed-specs.ts';
import type { Launch } from './launch.ts';
import { pythonFloat } from './python-text.ts';
import { partitionRefusal } from './stages.ts';
import { has, type EngineVersion } from './versions.ts';

/** What vLLM's configuration refuses before any GPU is touched, in its own words; null when it accepts. */
export function argumentRefusal(launch: Launch, reader: ArgumentReader, gpusAvailable: number | null): string | null {
  return (
    utilizationRefusal(launch.utilization, launch.version) ??
    capabilityRefusal(launch.quantization, launch.gpu, launch.version) ??
    headsRefusal(launch) ??
    partitionRefusal(launch) ??
    contextShardsRefusal(launch) ??
    bf16Refusal(launch) ??
    batchRefusal(launch) ??
    itemRefusal(launch, reader) ??
    offloadRefusal(reader, launch.version) ??
    hybridRefusal(launch, reader) ??
    turboQuantRefusal(launch) ??
    compressedDtypeRefusal(launch) ??
    extensibleRefusal(reader, launch.version) ??
    launch.graphs.refusal ??
    worldSizeRefusal(launch, gpusAvailable)
  );
}

/** Until 0.11.0 only more than 1 was refused (config/cache.py _verify_args); since then pydantic holds both ends. */
function utilizationRefusal(utilization: number, version: EngineVersion): string | null {
  const shown = pythonFloat(utilization);
  if (!has(version, 'boundsByPydantic')) {
    return utilization > 1 ? `GPU memory utilization must be less than 1.0. Got ${shown}.` : null;
  }
  if (utilization > 0 && utilization <= 1) return null;
  const [bound, type] =
    utilization > 1 ? ['less than or equal to 1', 'less_than_equal'] : ['greater than 0', 'greater_than'];
  return (
    '1 validation error for CacheConfig\ngpu_memory_utilization\n' +
    `  Input should be ${bound} [type=${type}, input_value=${shown}, input_type=float]`
  );
}

/** config/model.py verify_with_parallel_config, and the assertions of every attention layer (models/llama.py). */
function headsRefusal({ architecture, parallelism }: Launch): string | null {
  const { attentionHeads: heads, kvHeads, latentAttention } = architecture;
  const { tensor } = parallelism;
  if (heads % tensor !== 0) {
    return `Total number of attention heads (${heads}) must be divisible by tensor parallel size (${tensor}).`;
  }
  if (latentAttention || kvHeads === 0) return null;
  if (kvHeads >= tensor) return kvHeads % tensor === 0 ? null : 'assert self.total_num_kv_heads % tp_size == 0';
  return tensor % kvHeads === 0 ? null : 'assert tp_size % self.total_num_kv_heads == 0';
}

/** config/parallel.py and config/model.py, decode context parallelism. */
function contextShardsRefusal({ architecture, parallelism, version }: Launch): string | null {
  const { tensor, decodeContext } = parallelism;
  const { kvHeads, latentAttention } = architecture;
  if (tensor % decodeContext !== 0) {
    const space = has(version, 'contextShardErrors') ? ' ' : '';
    return `tp_size=${tensor} must be divisible by${space}dcp_size=${decodeContext}.`;
  }
  if (decodeContext === 1 || latentAttention || kvHeads === 0) return null;
  const most = Math.floor(tensor / kvHeads);
  if (has(version, 'contextShardErrors')) {
    if (decodeContext <= most) return null;
    return (
      `\`--decode-context-parallel-size\` (${decodeContext}) exceeds the maximum supported value (${most}) for ` +
      `\`--tensor-parallel-size\` (${tensor}) and ${kvHeads} model KV heads.`
    );
  }
  if (tensor <= kvHeads) {
    return (
      `tensor parallel size ${tensor} must be greater than total num kv heads ${kvHeads} when enable decode context ` +
      'parallel for GQA/MQA'
    );
  }
  if (decodeContext <= most) return null;
  return (
    `decode context parallel size must less than or equal to (tensor parallel size ${tensor} // total num kv heads ` +
    `${kvHeads}) = ${most}, but got ${decodeContext}`
  );
}

/** platforms/cuda.py check_if_supports_dtype (v1/worker/gpu_worker.py before 0.11). */
function bf16Refusal({ dtype, gpu }: Launch): string | null {
  if (dtype !== 'bfloat16' || gpu.bf16) return null;
  const capability = gpu.computeCapability;
  const states = capability === null ? 'does not have a compute capability' : `has compute capability ${capability}`;
  return (
    'Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your ' +
    `${gpu.names[0] ?? gpu.id} GPU ${states}. You can use float16 instead by explicitly setting the \`dtype\` flag in ` +
    'CLI, for example: --dtype=half.'
  );
}

/** config/scheduler.py verify_max_model_len; config/vllm.py, room for draft tokens. */
function batchRefusal(launch: Launch): string | null {
  const { maxNumBatchedTokens: tokens, maxNumSeqs: seqs, context, speculation, version } = launch;
  if (!launch.chunkedPrefill && tokens < context.tokens && launch.architecture.task !== 'pooling') {
    return (
      `max_num_batched_tokens (${tokens}) is smaller than max_model_len (${context.tokens}). This effectively limits ` +
      'the maximum sequence length to max_num_batched_tokens and makes vLLM reject longer sequences. Please increase ' +
      'max_num_batched_tokens or decrease max_model_len.'
    );
  }
  if (tokens < seqs) {
    return `max_num_batched_tokens (${tokens}) must be greater than or equal to max_num_seqs (${seqs}).`;
  }
  const scheduled = speculation ? tokens - seqs * speculation.slotsPerRequest : tokens;
  if (scheduled > 0) return null;
  const fewer = has(version, 'slotsErrorWithoutSeqs') ? '' : ' or max_num_seqs';
  return (
    `max_num_scheduled_tokens is set to ${scheduled} based on the speculative decoding settings, which does not allow ` +
    'any tokens to be scheduled. Increase max_num_batched_tokens to accommodate the additional draft token slots, or ' +
    `decrease num_speculative_tokens${fewer}.`
  );
}

/** v1/core/encoder_cache_manager.py: an image that may not be cut must fit into one batch. */
function itemRefusal(launch: Launch, reader: ArgumentReader): string | null {
  const { encoders, encoderLayers } = launch.architecture;
  // V1 sets it for encoder–decoders itself (config/scheduler.py).
  const whole =
    reader.flag('disable_chunked_mm_input') === true || (encoderLayers.length > 0 && launch.runner !== 'v0');
  if (!launch.multimodal || !whole) return null;
  const items = encoders.flatMap((encoder) => encoder.items);
  const allowed = items.filter(({ modality }) => launch.itemLimits[modality] !== 0);
  const largest = Math.max(0, ...allowed.map(({ tokens }) => tokens ?? 0));
  if (largest <= launch.maxNumBatchedTokens) return null;
  return (
    `Chunked MM input disabled but max_tokens_per_mm_item (${largest}) is larger than max_num_batched_tokens ` +
    `(${launch.maxNumBatchedTokens}). Please increase max_num_batched_tokens.`
  );
}

/** config/offload.py validate_offload_config; config/cache.py for the plain kind. */
function offloadRefusal(reader: ArgumentReader, version: EngineVersion): string | null {
  const plain = reader.number('cpu_offload_gb') ?? 0;
  if (plain < 0 && !has(version, 'boundsByPydantic')) {
    return `CPU offload space must be non-negative, but got ${pythonFloat(plain)}`;
  }
  if (plain < 0) {
    return (
      `1 validation error for ${has(version, 'offloadConfig') ? 'UVAOffloadConfig' : 'CacheConfig'}\n` +
      `cpu_offload_gb\n  Input should be greater than or equal to 0 [type=greater_than_equal, ` +
      `input_value=${pythonFloat(plain)}, input_type=float]`
    );
  }
  const group = reader.integer('offload_group_size', 0) ?? 0;
  const inGroup = reader.integer('offload_num_in_group', 0) ?? 1;
  const step = reader.integer('offload_prefetch_step', 0) ?? 1;
  if (group === 0) return null;
  if (inGroup > group) return `offload_num_in_group (${inGroup}) must be <= offload_group_size (${group})`;
  if (step >= 1) return null;
  return `offload_prefetch_step (${step}) must be >= 1 when prefetch offloading is enabled (offload_group_size > 0)`;
}

/** config/vllm.py: `--no-disable-hybrid-kv-cache-manager` where the manager cannot be on. */
function hybridRefusal({ version, hybridDisabled, architecture, environment }: Launch, reader: ArgumentReader) {
  if (reader.flag('disable_hybrid_kv_cache_manager') !== false || !has(version, 'hybridKeptOnRequest')) return null;
  const chunked = architecture.layers.some(({ caches }) => caches.some(({ kind }) => kind === 'chunked'));
  const allowed = environment['VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE'] === '1';
  if (!hybridDisabled && !(chunked && !allowed)) return null;
  return (
    'Hybrid KV cache manager was explicitly enabled but is not supported in this configuration. Consider omitting the ' +
    '--no-disable-hybrid-kv-cache-manager flag to let vLLM decide automatically.'
  );
}

/** engine/arg_utils.py create_engine_config at v0.20.0. */
function turboQuantRefusal({ kvCacheDtype, architecture, version }: Launch): string | null {
  if (!kvCacheDtype.startsWith('turboquant_') || has(version, 'turboQuantHybrid') || !keepsStates(architecture))
    return null;
  return (
    'TurboQuant KV cache is not supported for hybrid (attention + Mamba) models. Boundary layer protection requires ' +
    'uniform attention layers.'
  );
}

/** The growable KV cache (#56492) is in no release up to 0.31, so the parser does not know its flag. */
function extensibleRefusal(reader: ArgumentReader, version: EngineVersion): string | null {
  const asked = reader.flag('enable_extensible_kv_cache');
  if (asked === null || version.newer) return null;
  return `unrecognized arguments: --${asked ? '' : 'no-'}enable-extensible-kv-cache`;
}

/** config/parallel.py; before 0.13 more GPUs than the node has were handed to Ray, which waits for them. */
function worldSizeRefusal({ parallelism, version }: Launch, available: number | null): string | null {
  const world = parallelism.tensor * parallelism.pipeline * parallelism.data;
  if (available === null || world <= available) return null;
  if (!has(version, 'worldSizeChecked')) {
    return 'The number of required GPUs exceeds the total number of available GPUs in the placement group.';
  }
  return (
    `World size (${world}) is larger than the number of available GPUs (${available}) in this node. If this is ` +
    "intentional and you are using:\n- ray, set '--distributed-executor-backend ray'.\n- multiprocessing, set " +
    "'--nnodes' appropriately."
  );
}
