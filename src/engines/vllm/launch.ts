import type { ArgumentValue } from '../../deployment.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture, DType, Quantization } from '../../models/architecture.ts';
import type { Target } from '../../hardware/gpu.ts';
import type { Workload } from '../engine.ts';
import type { Parallelism } from '../sharding.ts';
import { valueRefusal } from './allowed-values.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { usesFlashInfer } from './attention-backend.ts';
import { balancingOf, balancingRefusal, type Balancing } from './balancing.ts';
import { cacheSettingsOf, type CacheSettings } from './cache-settings.ts';
import { bytesOf } from '../dtype-bytes.ts';
import { benchmarksKernels } from './compile-benchmark.ts';
import { overriddenModel } from './config-overrides.ts';
import { graphPlan, type GraphPlan } from './cuda-graphs.ts';
import { chunkedPrefillOf, defaultUtilization, schedulerOf } from './defaults.ts';
import { dtypeOf } from './dtypes.ts';
import { loraOf, type LoraSlots } from './lora-slots.ts';
import { contextLength, type ContextLength } from './max-model-len.ts';
import { itemLimitsOf, usesEncoders } from './multimodal-limits.ts';
import { frontendMemoryOf, type FrontendMemory } from './frontend-memory.ts';
import { offloadOf, type Offload } from './offload.ts';
import { parallelismOf } from './parallelism.ts';
import { poolingRemark } from './pooling.ts';
import { quantizationOf } from './quantization.ts';
import { growsSegments, remarksOf, sleepRefusal, unmodelledArgument } from './remarks.ts';
import { argumentRefusal } from './refusals.ts';
import { removedArchitecture } from './removed-architectures.ts';
import { runnerOf, type Runner } from './runner.ts';
import { withShorthands } from './shorthands.ts';
import { placed, speculationOf, type Speculation } from './speculative.ts';
import { usedAs } from './task.ts';
import { has, parseVersion, type EngineVersion } from './versions.ts';

/** A launch with every default resolved: all that the memory model reads. */
export interface Launch extends CacheSettings {
  readonly version: EngineVersion;
  readonly runner: Runner;
  readonly architecture: Architecture;
  readonly gpu: Gpu;
  /** Version of the host's driver, or null where nobody states it. */
  readonly driver: string | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly parallelism: Parallelism;
  readonly dtype: DType;
  readonly elementBytes: number;
  readonly quantization: Quantization | null;
  readonly context: ContextLength;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly utilization: number;
  /** The cache is sized after warm-up and capture, by what those left. */
  readonly extensible: boolean;
  readonly chunkedPrefill: boolean;
  readonly speculation: Speculation | null;
  readonly graphs: GraphPlan;
  /** Whether torch.compile times kernels on copies of their arguments (compile-benchmark.ts). */
  readonly benchmarksKernels: boolean;
  readonly lora: LoraSlots | null;
  /** Most items of each modality in one prompt; absent: no limit given. 0 everywhere turns the encoders off. */
  readonly itemLimits: Readonly<Record<string, number>>;
  readonly multimodal: boolean;
  readonly profilesEncoder: boolean;
  readonly loadsEncoder: boolean;
  readonly encoderReplicated: boolean;
  readonly attentionBackend: string | null;
  readonly frontend: FrontendMemory;
  readonly offload: Offload;
  readonly balancing: Balancing;
  readonly effective: Readonly<Record<string, ArgumentValue>>;
  /** PyTorch cuts its blocks exactly (expandable segments). */
  readonly exactBlocks: boolean;
  /** What a reader should know of the arguments themselves. */
  readonly remarks: readonly string[];
}

export type LaunchProblem = { readonly refusal: string; readonly remedy?: string } | { readonly unknown: string };

/** Drafting that reads the target's hidden states (vLLM config/speculative.py use_eagle). */
const EAGLE_LIKE: ReadonlySet<string> = new Set(['eagle', 'eagle3', 'mtp', 'dflash', 'dspark']);

/** GPUs that vLLM has no kernels for (docs: installation, GPU requirements), and those whose memory no model here describes. */
function hardwareProblem({ id, vendor, computeCapability }: Gpu): LaunchProblem | null {
  if (vendor === 'intel') return { unknown: `vLLM on ${id} is another build whose memory Headroom does not model.` };
  if (vendor !== 'nvidia' || computeCapability === null || Number(computeCapability) >= 7) return null;
  return { refusal: `vLLM needs a GPU of compute capability 7.0 or higher; ${id} has ${computeCapability}.` };
}

/** Resolves a workload as vLLM resolves its configuration; the first refusal in the engine's own words otherwise. */
export function launchOf(workload: Workload): Launch | LaunchProblem {
  const { environment, target } = workload;
  const { gpu } = target;
  const hardware = hardwareProblem(gpu);
  if (hardware) return hardware;
  const version = parseVersion(workload.engineVersion);
  const written = withShorthands(workload.arguments, version);
  if ('refusal' in written) return written;
  const { args } = written;
  const reader = readArguments(args);
  const overridden = overriddenModel(reader, workload.model, version);
  if (!('model' in overridden)) return overridden;
  const { model, remarks } = overridden;
  const architecture = usedAs(reader, model.architecture);
  const removed = removedArchitecture(architecture.className, version);
  if (removed !== null) return { refusal: removed };
  const value = valueRefusal(reader, version);
  if (value) return { refusal: value };
  const context = contextLength(args['max_model_len'] ?? null, architecture, version, {
    environment,
    withoutWindow: reader.flag('disable_sliding_window') === true,
  });
  if (context.refusal) return { refusal: context.refusal };
  const dtype = dtypeOf(reader, architecture, gpu);
  if (typeof dtype === 'object') return dtype;
  const quantization = quantizationOf(
    reader.word('quantization'),
    architecture,
    version,
    reader.object('quantization_config'),
  );
  if (!('value' in quantization)) return quantization;
  const unmodelled = unmodelledArgument(reader, quantization.value?.method ?? null);
  if (unmodelled !== null) return { unknown: unmodelled };
  const parallelism = parallelismOf(reader);
  const drafting = speculationOf(reader, {
    target: model,
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
    reader,
    dtype,
    quantizationMethod: quantization.value?.method ?? null,
    pipeline: parallelism.pipeline,
  });
  const { encoderLayers, layers } = architecture;
  if (runner === 'v0' && encoderLayers.length > 0 && encoderLayers.length !== layers.length)
    return {
      unknown: 'the first engine lays its cache out by num_hidden_layers, which is the count of the encoder here',
    };
  const speculation = placed(drafting, {
    version,
    engine: runner,
    pipeline: parallelism.pipeline,
    tensorParallelSize: parallelism.tensor,
    target: architecture,
  });
  if (speculation && !('method' in speculation)) return speculation;
  const multimodal = usesEncoders(reader, architecture);
  const scheduling = { engine: runner, maxModelLen: context.tokens, multimodal };
  const chunkedPrefill = chunkedPrefillOf(reader, architecture, {
    ...scheduling,
    version,
    speculative: speculation !== null,
  });
  const pooling = architecture.task === 'pooling';
  const scheduler = schedulerOf(reader, version, gpu, { ...scheduling, chunkedPrefill, pooling });
  const lora = loraOf(reader, bytesOf(dtype));
  const cache = cacheSettingsOf(reader, {
    version,
    architecture,
    quantization: quantization.value,
    runner,
    speculative: speculation !== null,
    eagle: speculation !== null && EAGLE_LIKE.has(speculation.method),
  });
  const attentionBackend = attentionBackendOf(reader, version, environment);
  const graphs = graphPlan(version, args['compilation_config'] ?? null, reader, {
    engine: runner,
    gpu,
    tensorParallelSize: parallelism.tensor,
    ...scheduler,
    decodeTokens: 1 + (speculation?.tokens ?? 0),
    singleTokenDecodes:
      usesFlashInfer({ attentionBackend, runner, gpu, architecture, version, kvCacheDtype: cache.kvCacheDtype }) ===
        'yes' && gpu.computeCapability?.startsWith('10.') !== true,
    pooling,
    encoderDecoder: architecture.encoderLayers.length > 0,
    modelType: architecture.modelType,
    loraSlots: lora?.slots ?? 0,
  });
  const extensible = isExtensible(reader, version, runner, cache);
  const utilization = reader.number('gpu_memory_utilization') ?? defaultUtilization(version, extensible);
  const launch = {
    ...cache,
    version,
    runner,
    architecture,
    gpu,
    driver: target.driver ?? null,
    environment,
    parallelism,
    dtype,
    elementBytes: bytesOf(dtype),
    quantization: quantization.value,
    context,
    maxNumSeqs: scheduler.maxNumSeqs,
    maxNumBatchedTokens: scheduler.maxNumBatchedTokens,
    utilization,
    extensible,
    chunkedPrefill,
    speculation,
    graphs,
    benchmarksKernels: benchmarksKernels(version, reader, args),
    lora,
    itemLimits: itemLimitsOf(reader),
    multimodal,
    profilesEncoder: multimodal && reader.flag('skip_mm_profiling') !== true,
    loadsEncoder: reader.flag('language_model_only') !== true,
    encoderReplicated:
      reader.word('mm_encoder_tp_mode') === 'data' || reader.flag('enable_multimodal_encoder_data_parallel') === true,
    attentionBackend,
    frontend: frontendMemoryOf(reader, version, environment, architecture),
    offload: offloadOf(reader, version),
    balancing: balancingOf(reader),
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
      kv_cache_dtype: cache.kvCacheDtype,
      enable_prefix_caching: cache.prefixCaching,
      enable_chunked_prefill: chunkedPrefill,
      cudagraph_mode: graphs.mode,
      max_cudagraph_capture_size: graphs.largest,
      num_speculative_tokens: speculation?.tokens ?? 0,
    },
    exactBlocks: growsSegments(environment) && reader.flag('enable_sleep_mode') !== true,
    remarks: [
      ...remarks,
      ...remarksOf(reader, version, environment),
      poolingRemark(reader, architecture, chunkedPrefill),
    ].filter((remark) => remark !== null),
  } satisfies Launch;
  const [problem] = reader.problems;
  const refusal =
    problem ??
    sleepRefusal(reader, version, environment) ??
    balancingRefusal(launch, reader) ??
    argumentRefusal(launch, reader, visibleGpus(target));
  return refusal ? { refusal } : launch;
}

/** GPUs that one process can be shown: of MIG slices one, however many a pod holds (see gpus-there.ts). */
function visibleGpus({ gpu, count }: Target): number | null {
  return gpu.mig === null ? count : 1;
}

/**
 * The growable cache of the second runner, when nobody fixes its size (#56492). No release up to 0.31 has it, so that it is
 * counted on only where a newer one is asked for it.
 */
function isExtensible(reader: ArgumentReader, version: EngineVersion, runner: Runner, cache: CacheSettings): boolean {
  if (!version.newer || runner !== 'v2') return false;
  const sized = cache.kvCacheMemoryBytes !== null || cache.blocksOverride !== null;
  return !sized && reader.flag('enable_extensible_kv_cache') === true;
}

/** `--attention-backend`, the same inside `--attention-config`, or before 0.15 the environment. */
function attentionBackendOf(
  reader: ArgumentReader,
  version: EngineVersion,
  environment: Readonly<Record<string, string>>,
): string | null {
  const config = readArguments(reader.object('attention_config') ?? {});
  const older = has(version, 'attentionBackendByFlag') ? undefined : environment['VLLM_ATTENTION_BACKEND'];
  return reader.word('attention_backend') ?? config.word('backend') ?? older ?? null;
}
