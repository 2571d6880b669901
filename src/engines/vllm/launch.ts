import type { ArgumentValue } from '../../deployment.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture, DType, Quantization } from '../../models/architecture.ts';
import type { Workload } from '../engine.ts';
import type { Parallelism } from '../sharding.ts';
import { readArguments, type ArgumentReader } from './argument-reader.ts';
import { bytesOf } from './cache-specs.ts';
import { graphPlan, type GraphPlan } from './cuda-graphs.ts';
import { defaultUtilization, schedulerDefaults } from './defaults.ts';
import { contextLength, type ContextLength } from './max-model-len.ts';
import { quantizationOf } from './quantization.ts';
import { argumentRefusal } from './refusals.ts';
import { runnerOf, type Runner } from './runner.ts';
import { placed, speculationOf, type Speculation } from './speculative.ts';
import { has, parseVersion, type EngineVersion } from './versions.ts';

export interface LoraSlots {
  readonly slots: number;
  readonly rank: number;
  readonly elementBytes: number;
  readonly fullySharded: boolean;
}

/** A launch with every default resolved: all that the memory model reads. */
export interface Launch {
  readonly version: EngineVersion;
  readonly runner: Runner;
  readonly architecture: Architecture;
  readonly gpu: Gpu;
  readonly environment: Readonly<Record<string, string>>;
  readonly parallelism: Parallelism;
  readonly dtype: DType;
  readonly elementBytes: number;
  readonly quantization: Quantization | null;
  readonly context: ContextLength;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly utilization: number;
  readonly kvCacheMemoryBytes: number | null;
  readonly blocksOverride: number | null;
  readonly blockSize: number | null;
  readonly kvCacheDtype: string;
  readonly skipSlidingDtype: boolean;
  readonly mambaCacheDtype: string | null;
  readonly mambaStateDtype: string | null;
  readonly mambaCacheMode: 'none' | 'align' | 'all';
  readonly hybridDisabled: boolean;
  readonly chunkedPrefill: boolean;
  readonly speculation: Speculation | null;
  readonly graphs: GraphPlan;
  readonly lora: LoraSlots | null;
  /** Most items of each modality in one prompt; absent: no limit given. 0 everywhere turns the encoders off. */
  readonly itemLimits: Readonly<Record<string, number>>;
  readonly multimodal: boolean;
  readonly profilesEncoder: boolean;
  readonly loadsEncoder: boolean;
  readonly encoderReplicated: boolean;
  readonly attentionBackend: string | null;
  readonly offloadBytesPerGpu: number;
  readonly effective: Readonly<Record<string, ArgumentValue>>;
}

export type LaunchProblem = { readonly refusal: string } | { readonly unknown: string };

const GIGABYTE = 1024 ** 3;
const DTYPES: Readonly<Record<string, DType>> = {
  half: 'float16',
  float16: 'float16',
  bfloat16: 'bfloat16',
  float: 'float32',
  float32: 'float32',
};

/** GPUs that vLLM has no kernels for (docs: installation, GPU requirements), and those whose memory no model here describes. */
function hardwareProblem({ id, vendor, computeCapability }: Gpu): LaunchProblem | null {
  if (vendor === 'intel') return { unknown: `vLLM on ${id} is another build whose memory Headroom does not model.` };
  if (vendor !== 'nvidia' || computeCapability === null || Number(computeCapability) >= 7) return null;
  return { refusal: `vLLM needs a GPU of compute capability 7.0 or higher; ${id} has ${computeCapability}.` };
}

/** Resolves a workload as vLLM resolves its configuration; the first refusal in the engine's own words otherwise. */
export function launchOf(workload: Workload): Launch | LaunchProblem {
  const { arguments: args, environment, target } = workload;
  const { architecture } = workload.model;
  const { gpu } = target;
  const hardware = hardwareProblem(gpu);
  if (hardware) return hardware;
  const reader = readArguments(args);
  const version = parseVersion(workload.engineVersion);
  const context = contextLength(args['max_model_len'] ?? null, architecture, version, environment);
  if (context.refusal) return { refusal: context.refusal };
  const dtype = dtypeOf(reader, architecture, gpu);
  if (dtype === null) return { refusal: `Unknown dtype: ${reader.word('dtype') ?? ''}` };
  const quantization = quantizationOf(reader.word('quantization'), architecture, version);
  if (!('value' in quantization)) return quantization;
  const parallelism = parallelismOf(reader);
  const drafting = speculationOf(reader, {
    target: workload.model,
    drafter: workload.drafter,
    version,
    tensorParallelSize: parallelism.tensor,
    quantization: quantization.value,
    maxModelLen: context.tokens,
  });
  if (drafting && !('method' in drafting)) return drafting;
  const runner = runnerOf(version, {
    architecture,
    gpu,
    environment,
    speculation: drafting,
    quantized: quantization.value !== null,
    pipeline: parallelism.pipeline,
  });
  const speculation = placed(drafting, {
    version,
    engine: runner,
    pipeline: parallelism.pipeline,
    tensorParallelSize: parallelism.tensor,
    target: architecture,
  });
  if (speculation && !('method' in speculation)) return speculation;
  const multimodal = usesEncoders(reader, architecture);
  const chunkedPrefill = chunkedPrefillOf(
    reader,
    architecture,
    runner,
    context.tokens,
    multimodal,
    speculation !== null,
  );
  const scheduler = schedulerOf(reader, version, gpu, architecture, runner, context.tokens, chunkedPrefill, multimodal);
  const lora = loraOf(reader, bytesOf(dtype));
  const graphs = graphPlan(version, args['compilation_config'] ?? null, reader, {
    engine: runner,
    gpu,
    ...scheduler,
    decodeTokens: 1 + (speculation?.tokens ?? 0),
    pooling: architecture.task === 'pooling',
    encoderDecoder: architecture.encoderLayers.length > 0,
    modelType: architecture.modelType,
    lora: lora !== null,
  });
  const prefixCaching =
    reader.flag('enable_prefix_caching') ?? (!keepsStates(architecture) || has(version, 'hybridPrefixCaching'));
  const utilization = reader.number('gpu_memory_utilization') ?? defaultUtilization(version);
  const skip = args['kv_cache_dtype_skip_layers'];
  const launch = {
    version,
    runner,
    architecture,
    gpu,
    environment,
    parallelism,
    dtype,
    elementBytes: bytesOf(dtype),
    quantization: quantization.value,
    context,
    ...scheduler,
    utilization,
    kvCacheMemoryBytes: has(version, 'kvCacheMemoryBytes') ? reader.integer('kv_cache_memory_bytes', 1) : null,
    blocksOverride: reader.integer('num_gpu_blocks_override', 1),
    blockSize: reader.integer('block_size', 1),
    kvCacheDtype: kvCacheDtypeOf(reader, quantization.value, version),
    skipSlidingDtype: JSON.stringify(skip ?? '').includes('sliding_window'),
    mambaCacheDtype: knownDtype(reader.word('mamba_cache_dtype')),
    mambaStateDtype: knownDtype(reader.word('mamba_ssm_cache_dtype')),
    mambaCacheMode: mambaModeOf(reader.word('mamba_cache_mode'), prefixCaching),
    hybridDisabled: reader.flag('disable_hybrid_kv_cache_manager') === true,
    chunkedPrefill,
    speculation,
    graphs,
    lora,
    itemLimits: itemLimitsOf(reader),
    multimodal,
    profilesEncoder: multimodal && reader.flag('skip_mm_profiling') !== true,
    loadsEncoder: reader.flag('language_model_only') !== true,
    encoderReplicated: reader.word('mm_encoder_tp_mode') === 'data',
    attentionBackend: reader.word('attention_backend') ?? environment['VLLM_ATTENTION_BACKEND'] ?? null,
    offloadBytesPerGpu: Math.max(0, reader.number('cpu_offload_gb') ?? 0) * GIGABYTE,
    effective: {
      max_model_len: context.tokens,
      max_num_seqs: scheduler.maxNumSeqs,
      max_num_batched_tokens: scheduler.maxNumBatchedTokens,
      gpu_memory_utilization: utilization,
      tensor_parallel_size: parallelism.tensor,
      pipeline_parallel_size: parallelism.pipeline,
      data_parallel_size: parallelism.data,
      dtype,
      quantization: quantization.value?.method ?? null,
      kv_cache_dtype: kvCacheDtypeOf(reader, quantization.value, version),
      enable_prefix_caching: prefixCaching,
      enable_chunked_prefill: chunkedPrefill,
      cudagraph_mode: graphs.mode,
      max_cudagraph_capture_size: graphs.largest,
      num_speculative_tokens: speculation?.tokens ?? 0,
    },
  } satisfies Launch;
  const [problem] = reader.problems;
  const refusal = problem ?? argumentRefusal(launch, target.count);
  return refusal ? { refusal } : launch;
}

function parallelismOf(reader: ArgumentReader): Parallelism {
  const tensor = reader.integer('tensor_parallel_size', 1) ?? 1;
  const data = reader.integer('data_parallel_size', 1) ?? 1;
  const eplb = readArguments(reader.object('eplb_config') ?? {});
  return {
    tensor,
    data,
    pipeline: reader.integer('pipeline_parallel_size', 1) ?? 1,
    expert: reader.flag('enable_expert_parallel') === true ? tensor * data : 1,
    redundantExperts: eplb.integer('num_redundant_experts', 0) ?? reader.integer('num_redundant_experts', 0) ?? 0,
    decodeContext: reader.integer('decode_context_parallel_size', 1) ?? 1,
  };
}

/** `auto` takes 16 bits even for fp32 checkpoints, and fp16 where the GPU has no bf16 (config/model.py _get_and_verify_dtype). */
function dtypeOf(reader: ArgumentReader, architecture: Architecture, gpu: Gpu): DType | null {
  const asked = reader.word('dtype');
  if (asked !== null && asked !== 'auto') return DTYPES[asked] ?? null;
  const own = architecture.dtype;
  if (own === 'float16') return own;
  if (own === 'float32' && architecture.task === 'pooling') return 'float16';
  return gpu.bf16 ? 'bfloat16' : 'float16';
}

function knownDtype(word: string | null): string | null {
  return word !== null && word in DTYPES ? word : null;
}

/** Bytes of an element under a `--mamba-cache-dtype`; null leaves it to the model. */
export function dtypeBytes(word: string | null): number | null {
  const dtype = word === null ? undefined : DTYPES[word];
  return dtype ? bytesOf(dtype) : null;
}

function schedulerOf(
  reader: ArgumentReader,
  version: EngineVersion,
  gpu: Gpu,
  architecture: Architecture,
  engine: Runner,
  maxModelLen: number,
  chunkedPrefill: boolean,
  multimodal: boolean,
): { maxNumSeqs: number; maxNumBatchedTokens: number } {
  const pooling = architecture.task === 'pooling';
  const usual = schedulerDefaults(version, gpu, {
    usage: 'server',
    maxModelLen,
    chunkedPrefill,
    pooling,
    multimodal,
    engine,
  });
  const factor = reader.word('performance_mode') === 'throughput' && has(version, 'tritonSampler') ? 2 : 1;
  const seqs = reader.integer('max_num_seqs', 1);
  const wantedSeqs = seqs ?? usual.maxNumSeqs * factor;
  const defaulted = Math.max(usual.maxNumBatchedTokens * factor, chunkedPrefill ? 0 : maxModelLen);
  const tokens = reader.integer('max_num_batched_tokens', 1) ?? Math.min(defaulted, wantedSeqs * maxModelLen);
  return { maxNumBatchedTokens: tokens, maxNumSeqs: seqs ?? Math.min(wantedSeqs, tokens) };
}

function chunkedPrefillOf(
  reader: ArgumentReader,
  architecture: Architecture,
  runner: Runner,
  maxModelLen: number,
  multimodal: boolean,
  speculative: boolean,
): boolean {
  const asked = reader.flag('enable_chunked_prefill');
  if (asked !== null) return asked;
  if (runner !== 'v0') return architecture.task !== 'pooling';
  return maxModelLen > 32_768 && !multimodal && !speculative && architecture.task === 'generate';
}

function kvCacheDtypeOf(reader: ArgumentReader, quantization: Quantization | null, version: EngineVersion): string {
  const asked = reader.word('kv_cache_dtype') ?? 'auto';
  if (asked !== 'auto') return asked;
  const own = quantization?.kvCacheDtype ?? null;
  return own !== null && has(version, 'autoMaxModelLen') ? own.toLowerCase() : 'auto';
}

function loraOf(reader: ArgumentReader, elementBytes: number): LoraSlots | null {
  if (reader.flag('enable_lora') !== true) return null;
  return {
    slots: reader.integer('max_loras', 1) ?? 1,
    rank: reader.integer('max_lora_rank', 1) ?? 16,
    elementBytes: dtypeBytes(reader.word('lora_dtype')) ?? elementBytes,
    fullySharded: reader.flag('fully_sharded_loras') === true,
  };
}

function itemLimitsOf(reader: ArgumentReader): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {};
  for (const [modality, value] of Object.entries(reader.object('limit_mm_per_prompt') ?? {})) {
    const count = readArguments(
      typeof value === 'object' && value !== null ? (value as Record<string, ArgumentValue>) : { count: value },
    );
    limits[modality] = count.integer('count', 0) ?? 999;
  }
  return limits;
}

function usesEncoders(reader: ArgumentReader, architecture: Architecture): boolean {
  if (architecture.encoders.length === 0 || reader.flag('language_model_only') === true) return false;
  const limits = itemLimitsOf(reader);
  return architecture.encoders.some(({ items }) => items.some(({ modality }) => limits[modality] !== 0));
}

function mambaModeOf(asked: string | null, prefixCaching: boolean): 'none' | 'align' | 'all' {
  if (asked === 'none' || asked === 'align' || asked === 'all') return asked;
  return prefixCaching ? 'align' : 'none';
}

/** Whether any layer keeps a state per request. */
export function keepsStates(architecture: Architecture): boolean {
  return architecture.layers.some((layer) => layer.caches.some((cache) => cache.kind === 'state'));
}
