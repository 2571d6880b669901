import type { Gpu } from '../../hardware/gpu.ts';
import { roundUp } from '../caching-allocator.ts';
import type { ArgumentValue } from '../../deployment.ts';
import { objectOf, readArguments, type ArgumentReader } from '../argument-reader.ts';
import type { Runner } from './runner.ts';
import { has, type EngineVersion } from './versions.ts';

const GRAPH_MODES = ['NONE', 'PIECEWISE', 'FULL', 'FULL_DECODE_ONLY', 'FULL_AND_PIECEWISE'] as const;
type GraphMode = (typeof GRAPH_MODES)[number];

/** Which batch sizes are captured as graphs, and in which way. */
export interface GraphPlan {
  readonly mode: GraphMode;
  /** Sizes captured piece by piece (attention left out), for mixed batches. */
  readonly piecewiseSizes: readonly number[];
  /** Sizes captured whole. */
  readonly fullSizes: readonly number[];
  /** Each size is captured once per LoRA case. */
  readonly casesPerSize: number;
  readonly largest: number;
  /** Why the engine refuses the sizes, in its words, or null. */
  readonly refusal: string | null;
}

interface GraphContext {
  readonly engine: Runner;
  readonly gpu: Gpu;
  readonly tensorParallelSize: number;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Query tokens of one decode step: 1 + speculative tokens. */
  readonly decodeTokens: number;
  /** Attention whose decode graphs take one token a request. */
  readonly singleTokenDecodes: boolean;
  readonly pooling: boolean;
  readonly encoderDecoder: boolean;
  readonly modelType: string;
  /** Adapters that may be active at once; 0 without LoRA. */
  readonly loraSlots: number;
}

interface Asked {
  readonly reader: ArgumentReader;
  /** Inside `--compilation-config`. */
  readonly config: ArgumentReader;
}

/** Reads mode and sizes from the arguments, with the defaults of the version (vLLM config/vllm.py _set_cudagraph_sizes). */
export function graphPlan(
  version: EngineVersion,
  compilationConfig: ArgumentValue,
  reader: ArgumentReader,
  context: GraphContext,
): GraphPlan {
  const asked = { reader, config: readArguments(objectOf(compilationConfig) ?? {}) };
  const mode = modeOf(version, asked, context);
  const listed = mode === 'NONE' ? [] : capturedSizes(version, asked, context);
  const sizes = forDrafting(version, mode, listed, context);
  const { decodeTokens } = context;
  const decodeSizes = sizes.filter((size) => size <= context.maxNumSeqs * decodeTokens && size >= decodeTokens);
  return {
    mode,
    piecewiseSizes: mode === 'PIECEWISE' || mode === 'FULL_AND_PIECEWISE' ? sizes : [],
    fullSizes:
      mode === 'FULL' ? sizes : mode === 'FULL_DECODE_ONLY' || mode === 'FULL_AND_PIECEWISE' ? decodeSizes : [],
    casesPerSize: casesPerSize(asked, context.loraSlots),
    largest: sizes.at(-1) ?? 0,
    refusal: mode === 'NONE' ? null : refusalOf(version, asked, listed),
  };
}

/** Compilation modes below the one that cuts graphs into pieces (vLLM config/compilation.py CompilationMode). */
const UNCUT: ReadonlySet<string> = new Set(['0', '1', '2', 'NONE', 'STOCK_TORCH_COMPILE', 'DYNAMO_TRACE_ONCE']);

function modeOf(version: EngineVersion, { reader, config }: Asked, context: GraphContext): GraphMode {
  if (reader.flag('enforce_eager') === true) return 'NONE';
  if (context.engine === 'v0') return 'FULL';
  const level = reader.integer('optimization_level', 0);
  const compiled = config.word('mode') ?? (config.word('level') || (levelOfCompilation(version, level) ?? null));
  const uncut = (compiled !== null && UNCUT.has(compiled.toUpperCase())) || level === 0;
  const word = (config.word('cudagraph_mode') ?? reader.word('cudagraph_mode'))?.toUpperCase();
  const known = GRAPH_MODES.find((mode) => mode === word) ?? (config.flag('full_cuda_graph') === true ? 'FULL' : null);
  const both = has(version, 'fullAndPiecewise') && (level === null || level >= 2);
  const usual = both ? 'FULL_AND_PIECEWISE' : level === 0 ? 'NONE' : 'PIECEWISE';
  const mode = known ?? usual;
  if (mode === 'NONE' || (uncut && (mode === 'PIECEWISE' || mode === 'FULL_AND_PIECEWISE'))) return 'NONE';
  if (context.pooling) return uncut ? 'NONE' : 'PIECEWISE';
  // 'CUDAGraphMode.FULL_AND_PIECEWISE is not supported with spec-decode for attention backend FlashInferBackend'.
  const drafts = context.decodeTokens > 1 && context.singleTokenDecodes;
  if (drafts && (mode === 'FULL_AND_PIECEWISE' || mode === 'FULL')) return uncut ? 'NONE' : 'PIECEWISE';
  if (context.encoderDecoder && mode === 'FULL_AND_PIECEWISE') return 'FULL_DECODE_ONLY';
  return mode;
}

/** `-O` before 0.12, a compilation level of which only the highest cuts graphs. */
function levelOfCompilation(version: EngineVersion, level: number | null): string | null {
  return level === null || has(version, 'optimizationLevels') ? null : String(level);
}

function capturedSizes(version: EngineVersion, asked: Asked, context: GraphContext): readonly number[] {
  const { maxNumBatchedTokens: tokens, tensorParallelSize } = context;
  const sizes =
    context.engine === 'v0' ? listUpTo(version, sizeOfV0(context.maxNumSeqs)) : sizesOfV1(version, asked, context);
  const fitting = context.engine === 'v0' ? sizes : sizes.filter((size) => size <= tokens);
  const passes = readArguments(asked.config.object('pass_config') ?? {});
  const cut = passes.flag('enable_sp') === true || passes.flag('enable_sequence_parallelism') === true;
  return cut && tensorParallelSize > 1 ? fitting.filter((size) => size % tensorParallelSize === 0) : fitting;
}

/** V0 captures up to the first size that holds `max_num_seqs`. */
function sizeOfV0(maxNumSeqs: number): number {
  if (maxNumSeqs <= 2) return maxNumSeqs;
  return maxNumSeqs <= 4 ? 4 : Math.min(8192, roundUp(maxNumSeqs, 8));
}

function sizesOfV1(version: EngineVersion, asked: Asked, context: GraphContext): readonly number[] {
  const { maxNumSeqs, maxNumBatchedTokens, decodeTokens, gpu, modelType } = context;
  const written = writtenSizes(asked);
  if (written && (written.length > 1 || has(version, 'maxCaptureSize') || asked.config.integers(SIZES))) return written;
  const named = written?.[0] ?? largestAsked(asked);
  if (!has(version, 'captureSizesBySeqs')) return listUpTo(version, named ?? 512);
  if (!has(version, 'maxCaptureSize')) return listUpTo(version, named ?? Math.min(2 * maxNumSeqs, 512));
  const gptOss = modelType === 'gpt_oss';
  const wide = has(version, 'captureSizes1024') && isBlackwellDatacenter(gpu);
  const perRequest = has(version, 'speculativeCaptureSizes') ? decodeTokens : 1;
  const usual = gptOss ? 1024 : Math.min(2 * maxNumSeqs * perRequest, wide ? 1024 : 512);
  const largest = Math.min(named ?? usual, maxNumBatchedTokens, LARGEST_SIZE);
  const fine = asked.reader.word('performance_mode') === 'interactivity' && has(version, 'performanceMode');
  const usualSizes = listUpTo(version, largest);
  const whole = has(version, 'captureWholeBatch') && maxNumBatchedTokens <= largest;
  if (!fine && !whole) return usualSizes;
  const sizes = new Set(usualSizes);
  const finest = fine ? Math.min(largest, 32) : 0;
  for (let size = 1; size <= finest; size++) sizes.add(size);
  if (whole) sizes.add(maxNumBatchedTokens);
  return [...sizes].sort((a, b) => a - b);
}

const SIZES = 'cudagraph_capture_sizes';

function writtenSizes({ reader, config }: Asked): readonly number[] | null {
  const written = config.integers(SIZES) ?? reader.integers(SIZES) ?? reader.integers('cuda_graph_sizes');
  return written && [...new Set(written)].sort((a, b) => a - b);
}

function largestAsked({ reader, config }: Asked): number | null {
  return config.integer('max_cudagraph_capture_size', 0) ?? reader.integer('max_cudagraph_capture_size', 0);
}

/** Beyond this no list of sizes is built, whatever the arguments say. */
const LARGEST_SIZE = 65_536;

/** 1, 2, 4 and every eighth; from 256 on every sixteenth in newer versions. */
function listUpTo(version: EngineVersion, wanted: number): readonly number[] {
  const largest = Math.min(wanted, LARGEST_SIZE);
  const stride = has(version, 'captureStride16') ? 16 : 8;
  const sizes = [1, 2, 4].filter((size) => size <= largest);
  for (let size = 8; size <= largest; size += size < 256 ? 8 : stride) sizes.push(size);
  return sizes;
}

function isBlackwellDatacenter(gpu: Gpu): boolean {
  return gpu.computeCapability?.startsWith('10.') ?? false;
}

/** The first runner rounds sizes up to whole decode steps (config/compilation.py adjust_cudagraph_sizes_for_spec_decode). */
function forDrafting(
  version: EngineVersion,
  mode: GraphMode,
  sizes: readonly number[],
  { engine, decodeTokens }: GraphContext,
): readonly number[] {
  const whole = mode === 'FULL' || mode === 'FULL_DECODE_ONLY' || mode === 'FULL_AND_PIECEWISE';
  if (!whole || engine !== 'v1' || decodeTokens <= 1 || !has(version, 'drafterCaptureSizes')) return sizes;
  const largest = sizes.at(-1) ?? 0;
  const rounded = new Set(sizes.map((size) => roundUp(size, decodeTokens)).filter((size) => size <= largest));
  return [...rounded].sort((a, b) => a - b);
}

/**
 * Without LoRA once; with it also with all adapters active, or for every power of two of active ones (vLLM
 * lora/utils.py get_captured_lora_counts).
 */
function casesPerSize({ reader, config }: Asked, loraSlots: number): number {
  if (loraSlots === 0 || config.flag('cudagraph_specialize_lora') === false) return 1;
  if (reader.flag('specialize_active_lora') !== true) return 2;
  const powers = Math.floor(Math.log2(loraSlots + 1)) + 1;
  return 1 + powers + (Number.isInteger(Math.log2(loraSlots + 1)) ? 0 : 1);
}

function refusalOf(version: EngineVersion, asked: Asked, sizes: readonly number[]): string | null {
  const largest = largestAsked(asked);
  const written = asked.config.integers(SIZES) ?? asked.reader.integers(SIZES);
  const last = sizes.at(-1) ?? 0;
  if (!has(version, 'maxCaptureSize') || largest === null || written === null || largest === last) return null;
  return (
    `customized max_cudagraph_capture_size(=${largest}) should be consistent with the max value of ` +
    `cudagraph_capture_sizes(=${last})`
  );
}
