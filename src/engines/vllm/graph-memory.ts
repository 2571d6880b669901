import { MIB } from '../../bytes.ts';
import { capabilityOf } from '../../hardware/gpu.ts';
import { exactly, type Quantity } from '../../quantity.ts';
import { roundUp } from '../caching-allocator.ts';
import { split } from '../sharding.ts';
import { forwardOf } from './activations.ts';
import type { Launch } from './launch.ts';
import { flashInferWorkspace, usesFlashInfer } from './attention-backend.ts';
import { gpuFamily } from './non-torch.ts';
import { spreadOf } from './residuals.ts';
import type { Stage } from './stages.ts';
import { has, mayMiss } from './versions.ts';

/** KV splits for which FlashAttention 3 keeps partial results in a captured decode graph. */
const FLASH_SPLITS = 32;
const CAPTURED_TOKENS = 512;
const LEAST_CAPTURE = MIB;
const CAPTURE_STEP = 2 * MIB;
/** What a second capture adds per layer (fitted on 58 H100 runs of v0.19). */
const PIECEWISE_PER_LAYER = 0.2 * MIB;
const FULL_PER_LAYER = 0.15 * MIB;
/** Up to the driver of CUDA 12.2 (535) graphs keep 3.81 GiB where from that of 12.4 (550) on they keep 1.14 (vllm#5517, A10G and L4). */
const OLD_DRIVER = { before: 550, times: 3.81 / 1.14 };

/**
 * First capture of the whole decode graph, in bytes: partial results of FlashAttention 3 on Hopper
 * (`splits × sequences × heads × value dim × 4 B`), a few MiB elsewhere.
 */
export function firstFullCapture(launch: Launch): number {
  const { architecture, gpu, graphs, parallelism } = launch;
  const largest = Math.min(CAPTURED_TOKENS, graphs.fullSizes.at(-1) ?? 0);
  if (largest === 0) return 0;
  const capability = capabilityOf(gpu);
  const fallback =
    6 * MIB + (estimatesWorkspace(launch) && usesFlashInfer(launch) === 'yes' ? flashInferWorkspace(launch) : 0);
  if (capability !== 9 || launch.runner === 'v0' || usesFlashInfer(launch) === 'yes') return fallback;
  const valueDim = architecture.latentAttention?.kvLoraRank ?? architecture.headDim;
  return FLASH_SPLITS * largest * split(architecture.attentionHeads, parallelism.tensor) * valueDim * 4 + 4 * MIB;
}

/** Memory of all captured graphs of one stage, as the profiler estimates it or as capture takes it: the one that counts. */
export function graphBytes(launch: Launch, stage: Stage): Quantity {
  const formula = graphFormula(launch, stage);
  if (formula === 0) return exactly(0);
  const spread = spreadOf('graphs', graphKeys(launch, chargesGraphs(launch)), formula);
  const perhaps = estimatesWorkspace(launch) && usesFlashInfer(launch) === 'perhaps' ? flashInferWorkspace(launch) : 0;
  const bytes = { ...spread, high: Math.max(spread.high + perhaps, onOldDriver(launch, spread.value)) };
  // A development build may not charge them yet.
  return mayMiss(launch.version, 'graphProfilerDefault') ? { ...bytes, low: 0 } : bytes;
}

/** What graphs may take where the policy states a driver that keeps more for each. */
function onOldDriver({ driver }: Launch, bytes: number): number {
  return driver !== null && Number.parseInt(driver, 10) < OLD_DRIVER.before ? bytes * OLD_DRIVER.times : 0;
}

/** The largest first capture, and how many further graphs add what a second capture does. Bytes. */
interface Captures {
  readonly first: number;
  readonly piecewise: { readonly count: number; readonly each: number };
  readonly full: { readonly count: number; readonly each: number };
}

/** The profiler's own sum, bytes. */
export function graphFormula(launch: Launch, stage: Stage): number {
  return capturedBytes(capturesOf(launch, stage));
}

export function capturedBytes(captures: Captures | null): number {
  if (captures === null) return 0;
  const { first, piecewise, full } = captures;
  return first + piecewise.count * piecewise.each + full.count * full.each;
}

/** What is captured on a stage; null when nothing is. */
export function capturesOf(launch: Launch, stage: Stage): Captures | null {
  const { graphs, architecture } = launch;
  const { piecewiseSizes, fullSizes, casesPerSize } = graphs;
  if (graphs.mode === 'NONE' || piecewiseSizes.length + fullSizes.length === 0) return null;
  const layers = stage.layers.length + (stage.last ? (launch.speculation?.layers.length ?? 0) : 0);
  const forward = forwardOf(launch, stage, Math.min(CAPTURED_TOKENS, graphs.largest));
  const firstPiece = piecewiseSizes.length > 0 ? 70 * MIB + forward : 0;
  const first = Math.max(firstPiece, firstFullCapture(launch));
  const piece = capture(PIECEWISE_PER_LAYER * layers * (architecture.moe ? 1.25 : 1));
  const full = capture(FULL_PER_LAYER * layers * (architecture.moe ? 1.75 : 1));
  return {
    first,
    piecewise: { count: Math.max(0, piecewiseSizes.length * casesPerSize - 1), each: piece },
    full: { count: Math.max(0, fullSizes.length * casesPerSize - 1), each: full },
  };
}

/**
 * The profiler's estimate is one thing, what a capture takes another; both differ with kernels and kinds of graph, and on
 * unified memory with what the system does meanwhile.
 */
export function graphKeys({ runner, gpu, version }: Launch, estimated: boolean): readonly string[] {
  if (runner === 'v0') return ['V0', 'any'];
  const figure = estimated ? 'estimate' : has(version, 'fullAndPiecewise') ? 'capture' : 'capture to 0.10';
  const own = `${figure}, ${gpuFamily(gpu)}`;
  return gpu.vendor === 'nvidia' && !gpu.unifiedMemory ? [own, figure, 'any'] : [own, 'any'];
}

function capture(bytes: number): number {
  return Math.max(LEAST_CAPTURE, roundUp(bytes - CAPTURE_STEP / 2, CAPTURE_STEP));
}

/**
 * Whether the profiler's estimate has FlashInfer's workspace in it, which the first decode graph makes (v1/worker/
 * gpu_model_runner.py profile_cudagraph_memory; 0.39 and 0.42 GiB on an RTX 5090 with one and two sequences).
 */
export function estimatesWorkspace(launch: Launch): boolean {
  return chargesGraphs(launch) && launch.graphs.mode !== 'NONE' && launch.graphs.fullSizes.length > 0;
}

/** Whether the estimate is taken off the budget before the KV cache is sized. */
export function chargesGraphs(launch: Launch): boolean {
  const { version, runner, environment, gpu } = launch;
  const asked = environment['VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS'];
  if (runner === 'v0' || !has(version, 'graphProfiler') || asked === '0') return false;
  // Not taken on ROCm until July 2026 (commits e8f9dbc36c, 05eed72ae0).
  if (gpu.vendor === 'amd' && !has(version, 'rocmGraphProfiler')) return false;
  if (runner === 'v2' && !has(version, 'runnerV2GraphProfiler')) return false;
  return has(version, 'graphProfilerDefault') || asked === '1';
}
