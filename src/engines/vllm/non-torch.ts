import { GIB, MIB } from '../../bytes.ts';
import { between, type Basis, type Quantity } from '../../quantity.ts';
import type { KvLayout } from './kv-cache.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

function gibibytes(low: number, value: number, high: number, basis: Basis = 'calibrated'): Quantity {
  return between(Math.round(low * GIB), Math.round(value * GIB), Math.round(high * GIB), basis);
}

const CONTEXT_ONLY = gibibytes(0.3, 0.5, 0.7);

/**
 * Memory in use when the engine takes its baseline: CUDA context, and NCCL where it starts first (vLLM
 * v1/worker/gpu_worker.py init_device). It is not charged to the budget. Before 0.9.1 the V1 engine charged all of it.
 */
export function initialBytes(launch: Launch): Quantity {
  const { parallelism, version, runner, gpu, architecture } = launch;
  if (runner === 'v1' && !has(version, 'memorySnapshot')) return gibibytes(0, 0, 0);
  const capability = Number.parseFloat(gpu.computeCapability ?? '0');
  const ranks = parallelism.tensor * parallelism.pipeline;
  if (ranks === 1 || !has(version, 'snapshotAfterNccl')) {
    if (capability === 9) return gibibytes(0.49, 0.51, 0.54);
    return capability === 8 ? gibibytes(0.41, 0.45, 0.51) : CONTEXT_ONLY;
  }
  if (capability >= 10 && capability < 12) return gibibytes(2.0, 2.5, 2.6);
  if (capability !== 9) return gibibytes(0.6, 1.0, 1.5, 'assumed');
  if (parallelism.tensor === 1) return gibibytes(1.43, 1.45, 1.48);
  const extra = architecture.moe ? 0.5 : 0;
  return parallelism.tensor === 2
    ? gibibytes(1.48 + extra, 1.51 + extra, 1.55 + extra)
    : gibibytes(1.5 + extra, 1.53 + extra, 1.6 + extra);
}

/** Growth outside PyTorch during loading and profiling, which is charged: modules, NCCL channels, fused all-reduce. */
export function nonTorchGrowth(launch: Launch, lastStage: boolean): Quantity {
  const { parallelism, version, runner, gpu } = launch;
  const { tensor } = parallelism;
  const capability = Number.parseFloat(gpu.computeCapability ?? '0');
  if (runner === 'v0') {
    if (tensor === 1) return gibibytes(0.01, 0.09, 0.25);
    return tensor <= 4 ? gibibytes(1.0, 1.6, 2.1) : gibibytes(1.6, 2.6, 3.6);
  }
  if (!has(version, 'memorySnapshot'))
    return tensor === 1 ? gibibytes(0.3, 0.6, 0.9) : gibibytes(1.2, 2.0, 3.0, 'assumed');
  if (!has(version, 'snapshotAfterNccl') && tensor > 1) return gibibytes(1.1, 1.55, 2.1, 'assumed');
  if (tensor === 1) return singleGrowth(launch, capability, lastStage);
  const datacenter = capability >= 9 && capability < 12;
  const fused = has(version, 'allReduceFusion') && datacenter && launch.graphs.mode !== 'NONE';
  if (!fused) return gibibytes(0.3, 0.55, 0.9);
  if (capability >= 10) return gibibytes(0.6, 0.95, 2.1);
  return tensor === 2 ? gibibytes(2.0, 2.07, 2.15) : gibibytes(2.0, 2.15, 2.4);
}

function singleGrowth({ version }: Launch, capability: number, lastStage: boolean): Quantity {
  const datacenter = capability === 8 || (capability >= 9 && capability < 12);
  if (!datacenter) return gibibytes(0.02, 0.06, 0.2);
  if (!lastStage) return gibibytes(0.05, 0.07, 0.13);
  if (has(version, 'totalConsumed')) return gibibytes(0.05, 0.13, 0.4);
  return has(version, 'graphProfiler') ? gibibytes(0.2, 0.25, 0.46) : gibibytes(0.1, 0.13, 0.25);
}

/** State that the second runner and drafters keep between loading and the profile, in bytes. */
export function runnerStateBytes(launch: Launch): number {
  const { runner, architecture, speculation, maxNumBatchedTokens, elementBytes } = launch;
  const rows = Math.min(launch.maxNumSeqs, maxNumBatchedTokens);
  const counts =
    runner === 'v2'
      ? 4 * rows * architecture.vocabSize + Math.ceil((rows * architecture.vocabSize) / 8) + 20 * maxNumBatchedTokens
      : 0;
  if (speculation === null || speculation.layers.length === 0) return counts;
  const buffers = runner === 'v2' && architecture.encoders.length === 0 ? 1 : 2;
  const drafted = buffers * maxNumBatchedTokens * architecture.hiddenSize * elementBytes + 40 * maxNumBatchedTokens;
  const kept =
    speculation.probabilistic && runner === 'v2'
      ? rows * speculation.tokens * architecture.vocabSize * elementBytes
      : 0;
  return counts + drafted + kept;
}

/** Whether the profiler sees that state (it compares free memory since 0.27, PyTorch's counters before). */
export function chargesRunnerState(launch: Launch): boolean {
  return launch.runner !== 'v0' && has(launch.version, 'totalConsumed');
}

const FLASHINFER_WORKSPACE = 394 * MIB;

/** Allocated after the KV cache was sized: block tables and the attention backend's workspace, in bytes. */
export function lateBytes(launch: Launch, layout: KvLayout | null): number {
  if (layout === null) return 0;
  const copies = launch.runner === 'v2' ? 2 : 1;
  let tables = 0;
  for (const group of layout.groups) {
    if (group.blockTokens > 0)
      tables += group.groups * launch.maxNumSeqs * Math.ceil(launch.context.tokens / group.blockTokens) * 4 * copies;
  }
  return tables + (usesFlashInfer(launch) ? FLASHINFER_WORKSPACE : 0);
}

/** FlashInfer is the default attention on datacenter Blackwell. */
export function usesFlashInfer(launch: Launch): boolean {
  const backend = launch.attentionBackend?.toUpperCase() ?? null;
  if (backend !== null) return backend.includes('FLASHINFER');
  return launch.runner !== 'v0' && (launch.gpu.computeCapability?.startsWith('10.') ?? false);
}
