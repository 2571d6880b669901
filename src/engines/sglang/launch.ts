import type { ArgumentValue } from '../../deployment.ts';
import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import type { Architecture, DType, ModelFacts, Quantization } from '../../models/architecture.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { bytesOf } from '../dtype-bytes.ts';
import type { Workload } from '../engine.ts';
import { tooFewGpus } from '../gpus-there.ts';
import { contextLength } from './context-length.ts';
import { cacheDtype, dtypeOf, type CacheDtype } from './dtypes.ts';
import { defaultChunk, defaultGraphBatch } from './gpu-defaults.ts';
import { featurePoolBytes } from './feature-pool.ts';
import { graphsOf, type Graphs } from './graphs.ts';
import { loraOf, type LoraSlots } from './lora.ts';
import { automaticFraction } from './mem-fraction.ts';
import { divisionOf, type Division } from './parallelism.ts';
import { quantizationOf } from './quantization.ts';
import { speculationOf, type Speculation } from './speculation.ts';
import { has, parseVersion, type EngineVersion } from './versions.ts';
import { table } from '../../table.ts';

/** A launch with every default resolved: all that the memory model reads. */
export interface Launch {
  readonly version: EngineVersion;
  readonly architecture: Architecture;
  readonly gpu: Gpu;
  readonly environment: Readonly<Record<string, string>>;
  readonly division: Division;
  readonly dtype: DType;
  readonly elementBytes: number;
  readonly cache: CacheDtype;
  readonly quantization: Quantization | null;
  readonly contextTokens: number;
  readonly derivedTokens: number;
  readonly fraction: number;
  /** Whether the engine chose the fraction. */
  readonly automaticFraction: boolean;
  readonly chunkTokens: number;
  readonly maxTotalTokens: number | null;
  readonly maxRunningRequests: number | null;
  readonly pageTokens: number;
  readonly windowRatio: number;
  readonly windowPools: boolean;
  readonly stateRatio: number;
  readonly stateSlots: number | null;
  readonly stateBytes: number;
  readonly radixCache: boolean;
  readonly overlap: boolean;
  readonly multimodal: boolean;
  /** On the first GPU, for features of images. */
  readonly featurePoolBytes: number;
  readonly graphs: Graphs;
  readonly speculation: Speculation | null;
  readonly lora: LoraSlots | null;
  readonly attentionBackend: string | null;
  /** Attention by AMD's AITER. */
  readonly aiter: boolean;
  readonly role: 'null' | 'prefill' | 'decode';
  readonly hostBytes: number;
  readonly symmetricMemory: boolean;
  readonly deterministic: boolean;
  readonly embeds: boolean;
  readonly effective: Readonly<Record<string, ArgumentValue>>;
}

/** Why a launch ends before any memory is taken; `plain` where the words are not what SGLang prints. */
export interface Refusal {
  readonly refusal: string;
  readonly plain?: true;
}

export type LaunchProblem = Refusal | { readonly unknown: string };

/** Arguments whose effect on the memory is not described here. */
const UNMODELLED: readonly string[] = [
  'torchao_config',
  'kt_num_gpu_experts',
  'enable_hisparse',
  'enable_unified_memory',
  'dwdp_size',
  'enable_int8_mamba_checkpoint',
  'prefill_only_disable_kv_cache',
  'hybrid_kvcache_ratio',
  'cuda_graph_config',
  'disable_mla',
];

function hardwareProblem({ id, vendor, computeCapability }: Gpu): LaunchProblem | null {
  if (vendor === 'intel') return { unknown: `SGLang on ${id} is another build whose memory Headroom does not model.` };
  if (vendor !== 'nvidia' || computeCapability === null || Number(computeCapability) >= 7.5) return null;
  return { refusal: 'SGLang only supports sm75 and above.' };
}

/** Resolves a workload as SGLang's ServerArgs and ModelConfig do; the first refusal otherwise. */
export function launchOf(workload: Workload): Launch | LaunchProblem {
  const { gpu } = workload.target;
  const hardware = hardwareProblem(gpu);
  if (hardware) return hardware;
  const reader = readArguments(workload.arguments);
  const version = parseVersion(workload.engineVersion);
  const unmodelled = UNMODELLED.find((name) => isOn(workload.arguments[name]));
  if (unmodelled !== undefined) return { unknown: `what ${unmodelled} changes is not known` };
  if (/^(?:1|true|yes|y)$/i.test(workload.environment['SGLANG_ENABLE_POST_CAPTURE_KV_SIZING'] ?? ''))
    return { unknown: 'what SGLANG_ENABLE_POST_CAPTURE_KV_SIZING makes of the pool is not modelled' };
  if ((reader.integer('offload_group_size', -1) ?? -1) > 0)
    return { unknown: 'what offload_group_size leaves on the GPU is not known' };
  const model = overridden(reader, workload.model);
  if ('unknown' in model) return model;
  const { architecture } = model;
  if (architecture.layers.some(({ caches }) => caches.some(({ kind }) => kind === 'compressed' || kind === 'cross')))
    return { unknown: `how SGLang keeps the caches of ${architecture.className} is not known` };
  const context = contextLength(
    reader.integer('context_length', 1),
    architecture.context,
    version,
    workload.environment,
  );
  if (context.refusal) return { refusal: context.refusal };
  const dtype = dtypeOf(reader, architecture, gpu);
  if (typeof dtype === 'object') return dtype;
  const quantization = quantizationOf(reader.word('quantization'), architecture);
  if (!('value' in quantization)) return quantization;
  const division = divisionOf(reader, architecture);
  if ('refusal' in division) return division;
  const nodes = reader.integer('nnodes', 1) ?? 1;
  const tooFew = tooFewGpus(Math.ceil(division.gpus / nodes), workload.target);
  if (tooFew !== null) return { refusal: tooFew, plain: true };
  const speculation = speculationOf(reader, model, workload.drafter, quantization.value);
  if (speculation && !('algorithm' in speculation)) return speculation;
  const cache = cacheOf(reader, architecture, quantization.value, dtype, gpu, version);
  if (cache === null) return { refusal: `Unsupported kv_cache_dtype: ${reader.word('kv_cache_dtype') ?? ''}.` };
  const multimodal = isMultimodal(reader, architecture);
  const chunk = chunkOf(reader, version, gpu, division);
  const asked = reader.integer('max_running_requests', 1);
  const maxRunningRequests = asked ?? (speculation ? 48 : null);
  const role = roleOf(reader.word('disaggregation_mode'));
  const graphs = graphsOf(reader, {
    version,
    gpu,
    architecture,
    division,
    multimodal,
    chunk,
    role,
    speculative: speculation !== null,
    largest: defaultGraphBatch(version, gpu, division.tensor),
    quantizationMethod: quantization.value?.method ?? null,
  });
  const attentionBackend = reader.word('attention_backend');
  const written = reader.number('mem_fraction_static');
  const chosen =
    written ??
    automaticFraction({
      version,
      gpu,
      ...division,
      chunk: chunk > 0 ? chunk : (reader.integer('max_prefill_tokens', 1) ?? 16_384),
      graphBatch: graphs.largest,
      decodeGraphs: graphs.decode.length > 0,
      prefillTokens: graphs.prefill.at(-1) ?? 0,
      latent: architecture.latentAttention !== null,
      speculative: kindOf(speculation),
      role,
      maxRunningRequests,
      draftTokens: speculation?.draftTokens ?? 1,
      deepep: division.exchange === 'deepep',
      vision: multimodal && role !== 'decode' ? visionOf(architecture) : null,
    });
  const aiter = takesAiter(attentionBackend, version, gpu, architecture, division);
  const fraction = chosen * (aiter && context.tokens > 8192 ? aiterFactor(version) : 1);
  // What SGLang chooses may come to less than nothing: then it finds no room for its pool.
  if (written !== null && (written <= 0 || written > 1))
    return { refusal: `--mem-fraction-static ${written} is no share of a GPU: it lies between 0 and 1`, plain: true };
  const launch: Launch = {
    version,
    architecture,
    gpu,
    environment: workload.environment,
    division,
    dtype,
    elementBytes: bytesOf(dtype),
    cache,
    quantization: quantization.value,
    contextTokens: context.tokens,
    derivedTokens: context.derivedTokens,
    fraction,
    automaticFraction: written === null,
    chunkTokens: chunk > 0 ? chunk : Math.max(reader.integer('max_prefill_tokens', 1) ?? 16_384, context.tokens),
    maxTotalTokens: reader.integer('max_total_tokens', 1),
    maxRunningRequests,
    pageTokens: pageOf(reader, architecture),
    windowRatio: reader.number('swa_full_tokens_ratio') ?? 0.8,
    windowPools: hasWindowPools(reader, architecture, version),
    stateRatio: reader.number('mamba_full_memory_ratio') ?? 0.9,
    stateSlots: reader.integer('max_mamba_cache_size', 1),
    stateBytes: stateElementBytes(reader, workload.environment),
    radixCache: reader.flag('disable_radix_cache') !== true,
    overlap: reader.flag('disable_overlap_schedule') !== true,
    multimodal,
    featurePoolBytes: featurePoolBytes(reader, { version, gpu, environment: workload.environment, multimodal, role }),
    graphs,
    speculation,
    lora: loraOf(reader, bytesOf(dtype)),
    attentionBackend,
    aiter,
    role,
    hostBytes: Math.max(0, reader.number('cpu_offload_gb') ?? 0) * 2 ** 30,
    symmetricMemory: reader.flag('enable_symm_mem') === true,
    deterministic: reader.flag('enable_deterministic_inference') === true,
    embeds: architecture.task === 'pooling' || reader.flag('is_embedding') === true,
    effective: {
      mem_fraction_static: Math.round(fraction * 1e6) / 1e6,
      context_length: context.tokens,
      chunked_prefill_size: chunk,
      cuda_graph_max_bs: graphs.decode.at(-1) ?? 0,
      kv_cache_dtype: cache.name,
      tp_size: division.tensor,
      ...(maxRunningRequests === null ? {} : { max_running_requests: maxRunningRequests }),
    },
  };
  const [problem] = reader.problems;
  return problem === undefined ? launch : refusalOf(problem);
}

/** A number that argparse takes is refused later, or divides by zero; what it cannot read is refused in its own words. */
function refusalOf(problem: string): Refusal {
  const [, option, value] = /^argument (\S+): invalid \w+ value: '(-?\d+)'$/.exec(problem) ?? [];
  return option === undefined ? { refusal: problem } : { refusal: `${option} cannot be ${value}`, plain: true };
}

function isOn(value: ArgumentValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== '' && value !== 1 && value !== 0;
}

/** `--json-model-override-args` replaces keys of the config (srt/configs/model_config.py). */
function overridden(reader: ArgumentReader, model: ModelFacts): ModelFacts | { readonly unknown: string } {
  const changes = reader.object('json_model_override_args');
  if (changes === null || Object.keys(changes).length === 0) return model;
  const made = model.remade?.((config) => ({ ...config, ...changes }));
  if (!made) return { unknown: 'what json_model_override_args changes is not known without a config.json' };
  if ('problem' in made)
    return { unknown: `with json_model_override_args the config.json makes no model: ${made.problem}` };
  return { ...model, architecture: made };
}

function chunkOf(reader: ArgumentReader, version: EngineVersion, gpu: Gpu, division: Division): number {
  const asked = reader.integer('chunked_prefill_size', -1) ?? defaultChunk(version, gpu);
  return division.dpAttention && asked > 0 ? Math.max(1, Math.floor(asked / division.data)) : asked;
}

function roleOf(word: string | null): Launch['role'] {
  return word === 'prefill' || word === 'decode' ? word : 'null';
}

function kindOf(speculation: Speculation | null): 'none' | 'ngram' | 'standalone' | 'draft' {
  if (!speculation) return 'none';
  if (speculation.algorithm === 'NGRAM') return 'ngram';
  return speculation.algorithm === 'STANDALONE' ? 'standalone' : 'draft';
}

/** `auto` is the checkpoint's own FP8 where it declares one, else the model's dtype; sparse latent attention takes FP8 on Blackwell. */
function cacheOf(
  reader: ArgumentReader,
  { layers }: Architecture,
  quantization: Quantization | null,
  dtype: DType,
  gpu: Gpu,
  version: EngineVersion,
): CacheDtype | null {
  const asked = reader.word('kv_cache_dtype') ?? 'auto';
  if (asked !== 'auto') return cacheDtype(asked);
  const declared = quantization?.kvCacheDtype?.toLowerCase().startsWith('fp8') === true;
  if (declared && has(version, 'checkpointCacheDtype')) return cacheDtype('fp8_e4m3');
  const sparse = layers.some(({ caches }) => caches.some((cache) => cache.kind === 'latent' && cache.sparse));
  if (sparse && gpu.vendor === 'nvidia' && capabilityOf(gpu) >= 10) return cacheDtype('fp8_e4m3');
  return { name: 'auto', elementBytes: bytesOf(dtype), scaleBlock: 0 };
}

/** Classes that serve text alone unless told otherwise (srt/configs/model_config.py mm_disabled_models). */
const TEXT_BY_DEFAULT = /^(?:Gemma3|Llama4|Step3VL)ForConditionalGeneration$/;

function isMultimodal(reader: ArgumentReader, { encoders, className }: Architecture): boolean {
  if (encoders.length === 0) return false;
  if (reader.flag('language_only') === true || reader.flag('language_model_only') === true) return false;
  return reader.flag('enable_multimodal') ?? !TEXT_BY_DEFAULT.test(className);
}

/** Families whose vision config counts its layers as `depth`, which the engine does not read. */
const DEPTH = /^(?:qwen|glm)/;

function visionOf({ encoders, modelType }: Architecture): { layers: number; hiddenSize: number } | null {
  const [tower] = encoders.filter(({ items }) => items.some(({ modality }) => modality !== 'audio'));
  if (!tower) return null;
  return { layers: DEPTH.test(modelType) ? 24 : tower.depth || 24, hiddenSize: tower.hiddenSize || 1024 };
}

/** AITER is the default on AMD for plain attention, and for latent attention of 16 or 128 heads per rank. */
function takesAiter(
  asked: string | null,
  version: EngineVersion,
  { vendor }: Gpu,
  { latentAttention, attentionHeads, layers }: Architecture,
  { tensor }: Division,
): boolean {
  if (asked !== null) return asked === 'aiter';
  if (vendor !== 'amd' || !has(version, 'aiterByDefault')) return false;
  if (latentAttention === null) return true;
  const sparse = layers.some(({ caches }) => caches.some((cache) => cache.kind === 'latent' && cache.sparse));
  const heads = Math.floor(attentionHeads / tensor);
  return !sparse && (heads === 16 || heads === 128);
}

/** What AITER makes of the fraction beyond 8192 tokens of context, a written one too. */
function aiterFactor(version: EngineVersion): number {
  if (!has(version, 'aiterFraction')) return 1;
  return has(version, 'aiterFraction90') && !has(version, 'aiterFraction85') ? 0.9 : 0.85;
}

/** Backends that take pages of one size (srt/server_args.py _handle_page_size). */
const PAGES: Readonly<Record<string, number>> = table({
  flashmla: 64,
  cutlass_mla: 128,
  trtllm_mla: 64,
  trtllm_mha: 64,
  dsa: 64,
  nsa: 64,
});

function pageOf(reader: ArgumentReader, { layers }: Architecture): number {
  const index = layers.flatMap(({ caches }) => caches).find((cache) => cache.kind === 'sparse_index');
  const forced = PAGES[reader.word('attention_backend') ?? reader.word('decode_attention_backend') ?? ''];
  return reader.integer('page_size', 1) ?? forced ?? (index?.kind === 'sparse_index' ? (index.scaled ? 64 : 128) : 1);
}

/** Models whose windows have a pool of their own, by the release that brought it (srt/configs/model_config.py is_hybrid_swa_model). */
const WINDOW_POOLS: readonly (readonly [RegExp, Parameters<typeof has>[1]])[] = [
  [/^(?:Llama4ForConditionalGeneration|GptOssForCausalLM|MiMoV2\w*)$/, 'windowPools'],
  [/^Step3p\d/, 'windowPoolsOfStep'],
  [/^Gemma4/, 'windowPoolsOfGemma4'],
  [/^LagunaForCausalLM$/, 'windowPoolsOfLaguna'],
  [/^MellumForCausalLM$/, 'windowPoolsOfMellum'],
  [/^MuseGlimmer/, 'windowPoolsOfGlimmer'],
];

function hasWindowPools(reader: ArgumentReader, { className }: Architecture, version: EngineVersion): boolean {
  if (reader.flag('disable_hybrid_swa_memory') === true) return false;
  return WINDOW_POOLS.some(([pattern, change]) => pattern.test(className) && has(version, change));
}

/** States are 32-bit unless told otherwise; a family's own dtype is in its cache. */
function stateElementBytes(reader: ArgumentReader, environment: Readonly<Record<string, string>>): number {
  const asked = reader.word('mamba_ssm_dtype') ?? environment['SGLANG_MAMBA_SSM_DTYPE'] ?? null;
  return asked === 'bfloat16' || asked === 'float16' ? 2 : 4;
}
