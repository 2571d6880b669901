import type { Gpu } from '../../hardware/gpu.ts';
import { roundUp } from '../caching-allocator.ts';
import type { ArgumentValue } from '../../deployment.ts';
import { objectOf, readArguments, type ArgumentReader } from './argument-reader.ts';
import { has, type EngineVersion } from './versions.ts';

export const GRAPH_MODES = ['NONE', 'PIECEWISE', 'FULL', 'FULL_DECODE_ONLY', 'FULL_AND_PIECEWISE'] as const;
export type GraphMode = (typeof GRAPH_MODES)[number];

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
}

export interface GraphContext {
  readonly engine: 'v0' | 'v1' | 'v2';
  readonly gpu: Gpu;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  /** Query tokens of one decode step: 1 + speculative tokens. */
  readonly decodeTokens: number;
  readonly pooling: boolean;
  readonly encoderDecoder: boolean;
  readonly modelType: string;
  readonly lora: boolean;
}

/** Reads mode and sizes from the arguments, with the defaults of the version (vLLM config/vllm.py _set_cudagraph_sizes). */
export function graphPlan(
  version: EngineVersion,
  compilationConfig: ArgumentValue,
  reader: ArgumentReader,
  context: GraphContext,
): GraphPlan {
  const config = readArguments(objectOf(compilationConfig) ?? {});
  const mode = modeOf(version, reader, config, context);
  const sizes = mode === 'NONE' ? [] : capturedSizes(version, reader, config, context);
  const { decodeTokens } = context;
  const decodeSizes = sizes.filter((size) => size <= context.maxNumSeqs * decodeTokens && size >= decodeTokens);
  return {
    mode,
    piecewiseSizes: mode === 'PIECEWISE' || mode === 'FULL_AND_PIECEWISE' ? sizes : [],
    fullSizes:
      mode === 'FULL' ? sizes : mode === 'FULL_DECODE_ONLY' || mode === 'FULL_AND_PIECEWISE' ? decodeSizes : [],
    casesPerSize: context.lora ? 2 : 1,
    largest: sizes.at(-1) ?? 0,
  };
}

function modeOf(
  version: EngineVersion,
  reader: ArgumentReader,
  config: ArgumentReader,
  context: GraphContext,
): GraphMode {
  if (reader.flag('enforce_eager') === true) return 'NONE';
  if (context.engine === 'v0') return 'FULL';
  const asked = (config.word('cudagraph_mode') ?? reader.word('cudagraph_mode'))?.toUpperCase();
  const known = GRAPH_MODES.find((mode) => mode === asked);
  const level = reader.integer('optimization_level', 0) ?? 2;
  const usual =
    has(version, 'fullAndPiecewise') && level >= 2 ? 'FULL_AND_PIECEWISE' : level === 0 ? 'NONE' : 'PIECEWISE';
  const mode = known ?? usual;
  if (mode === 'NONE') return mode;
  if (context.pooling) return 'PIECEWISE';
  if (context.encoderDecoder && mode === 'FULL_AND_PIECEWISE') return 'FULL_DECODE_ONLY';
  return mode;
}

function capturedSizes(
  version: EngineVersion,
  reader: ArgumentReader,
  config: ArgumentReader,
  context: GraphContext,
): readonly number[] {
  const written = config.integers('cudagraph_capture_sizes') ?? reader.integers('cudagraph_capture_sizes');
  if (written) {
    const distinct = [...new Set(written)].sort((a, b) => a - b);
    return distinct.filter((size) => size <= context.maxNumBatchedTokens);
  }
  const { maxNumSeqs, maxNumBatchedTokens, decodeTokens, gpu } = context;
  if (context.engine === 'v0') return everyEighth(Math.min(256, roundUp(maxNumSeqs, 8)));
  if (!has(version, 'captureSizesBySeqs')) return everyEighth(512);
  if (!has(version, 'captureStride16')) return everyEighth(Math.min(2 * maxNumSeqs, 512, maxNumBatchedTokens));
  const asked = config.integer('max_cudagraph_capture_size', 0) ?? reader.integer('max_cudagraph_capture_size', 0);
  const wide = context.modelType === 'gpt_oss' || (has(version, 'captureSizes1024') && isBlackwellDatacenter(gpu));
  const perRequest = has(version, 'speculativeCaptureSizes') ? decodeTokens : 1;
  const usual = Math.min(2 * maxNumSeqs * perRequest, wide ? 1024 : 512);
  const largest = Math.min(
    asked ?? (context.modelType === 'gpt_oss' ? 1024 : usual),
    maxNumBatchedTokens,
    LARGEST_SIZE,
  );
  const sizes = [1, 2, 4].filter((size) => size <= largest);
  for (let size = 8; size <= Math.min(largest, 255); size += 8) sizes.push(size);
  for (let size = 256; size <= largest; size += 16) sizes.push(size);
  if (has(version, 'splitLimit') && maxNumBatchedTokens <= largest && sizes.at(-1) !== maxNumBatchedTokens) {
    sizes.push(maxNumBatchedTokens);
  }
  return sizes;
}

/** Beyond this no list of sizes is built, whatever the arguments say. */
const LARGEST_SIZE = 65_536;

function everyEighth(largest: number): readonly number[] {
  const sizes = [1, 2, 4].filter((size) => size <= largest);
  for (let size = 8; size <= largest; size += 8) sizes.push(size);
  return sizes;
}

function isBlackwellDatacenter(gpu: Gpu): boolean {
  return gpu.computeCapability?.startsWith('10.') ?? false;
}
