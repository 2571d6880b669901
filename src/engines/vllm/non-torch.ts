import { GIB } from '../../bytes.ts';
import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import { add, between, type Basis, type Quantity } from '../../quantity.ts';
import type { Launch } from './launch.ts';
import { accountingOf, measuredNonTorch, rankClass } from './residuals.ts';
import { has } from './versions.ts';

function gibibytes(low: number, value: number, high: number, basis: Basis = 'calibrated'): Quantity {
  return between(Math.round(low * GIB), Math.round(value * GIB), Math.round(high * GIB), basis);
}

/** The accounting that has the context among what it charges. */
const WHOLE_CARD = 'whole card';

/** A CUDA context on other cards: 0.10 GiB on a T4 and 0.19 on an L4 (v0.28 logs), 0.3 to 0.7 on desktop cards. */
const CONTEXT_ONLY = gibibytes(0.1, 0.4, 0.7);

/** Of the largest GPUs that are sliced: GB100's 148. */
const WHOLE_MULTIPROCESSORS = 148;

/**
 * Memory in use when the engine takes its baseline: CUDA context, and NCCL where it starts first (vLLM
 * v1/worker/gpu_worker.py init_device). It is not charged to the budget. Before 0.9.1 the V1 engine charged all of it. The
 * figures of Hopper are those that 21 calibration logs of v0.19 print, which differ by less than 0.05 GiB.
 */
export function initialBytes(launch: Launch): Quantity {
  const { parallelism, version, runner, gpu, architecture } = launch;
  if (accountingOf(runner, version) === WHOLE_CARD) return gibibytes(0, 0, 0);
  const capability = capabilityOf(gpu);
  const ranks = communicatingRanks(launch);
  if (ranks === 1 || !has(version, 'snapshotAfterNccl')) {
    return contextBytes(gpu);
  }
  if (capability >= 10 && capability < 12) return gibibytes(2.0, 2.5, 2.6);
  const replicasTalk = ranks > parallelism.tensor * parallelism.pipeline;
  // Four L4 with data-parallel experts (v0.29) had 0.29 GiB free where one GiB outside the budget would leave 0.9.
  if (capability !== 9) return replicasTalk ? gibibytes(1.0, 1.6, 2.1) : gibibytes(0.6, 1.0, 1.5, 'assumed');
  if (replicasTalk) return gibibytes(1.4, 2.0, 2.6, 'assumed');
  if (parallelism.tensor === 1) return gibibytes(1.43, 1.45, 1.48);
  const extra = architecture.moe ? 0.5 : 0;
  return parallelism.tensor === 2
    ? gibibytes(1.48 + extra, 1.51 + extra, 1.55 + extra)
    : gibibytes(1.5 + extra, 1.53 + extra, 1.6 + extra);
}

/**
 * Growth outside PyTorch during loading and profiling, which is charged: modules, NCCL channels, fused all-reduce. Where
 * no calibration log covers a setup, what other published logs state.
 */
export function nonTorchGrowth(launch: Launch, lastStage: boolean): Quantity {
  const keys = nonTorchKeys(launch, lastStage);
  const measured = statedGrowth(launch) ?? measuredNonTorch(keys) ?? gibibytes(0, 0.3, 2.5, 'assumed');
  const whole = accountingOf(launch.runner, launch.version) === WHOLE_CARD;
  // Logs of other accountings have the context in their baseline.
  const contained = measuredNonTorch(keys.filter((key) => key.startsWith(WHOLE_CARD))) !== null;
  return whole && !contained ? add(measured, contextBytes(launch.gpu)) : measured;
}

/** The CUDA context of one process. */
function contextBytes(gpu: Gpu): Quantity {
  const capability = capabilityOf(gpu);
  const whole =
    capability === 9 ? gibibytes(0.49, 0.51, 0.54) : capability === 8 ? gibibytes(0.41, 0.45, 0.51) : CONTEXT_ONLY;
  if (gpu.mig === null) return whole;
  // Much of it is room per multiprocessor, of which a slice has few; no log of one prints it.
  const low = Math.round((whole.low * (gpu.multiprocessors ?? 0)) / WHOLE_MULTIPROCESSORS);
  return between(low, Math.round((low + whole.value) / 2), whole.high, 'assumed');
}

/**
 * Ranks that share communicators: those of one replica, and with experts the data-parallel ones too, which exchange tokens
 * in every layer (vLLM distributed/parallel_state.py). Dense data-parallel replicas do not talk.
 */
function communicatingRanks({ parallelism, architecture }: Launch): number {
  const replica = parallelism.tensor * parallelism.pipeline;
  return architecture.moe ? replica * parallelism.data : replica;
}

/** Setups that only published figures without a log cover (one rank per figure, so no spread of their own). */
export function statedGrowth(launch: Launch): Quantity | null {
  const { parallelism, version, runner, gpu } = launch;
  const { tensor, expert } = parallelism;
  const capability = capabilityOf(gpu);
  // Two and four L4 with data-parallel experts (v0.29) took 2.0 and 2.1 GiB; DeepEP and NVSHMEM buffers take gigabytes.
  if (communicatingRanks(launch) > tensor * parallelism.pipeline) return gibibytes(0.5, 2.1, 4.0, 'assumed');
  if (tensor === 1) return null;
  // NCCL is charged to the budget. Six logs of cards without NVLink state 0.2 to 0.36 GiB, on two to sixteen ranks.
  if (runner === 'v0' && gpuFamily(gpu) === 'workstation') return gibibytes(0.1, 0.25, 0.5);
  // V0 on two to four ranks 1.4 to 2.0 GiB, on eight 2.0 to 3.6.
  if (runner === 'v0') return tensor <= 4 ? gibibytes(1.0, 1.6, 2.1) : gibibytes(1.6, 2.6, 3.6);
  // The same buffers, where NVLink lets NCCL take them.
  if (!has(version, 'snapshotAfterNccl') && capability === 9) return gibibytes(1.1, 1.55, 2.1, 'assumed');
  // One log of a B200 with expert parallelism (0.26): the experts' own exchange takes the place of the fused all-reduce.
  if (expert > 1 && capability >= 10 && capability < 12) return gibibytes(0.6, 0.95, 2.3, 'assumed');
  return null;
}

/**
 * Keys of the table of measured growth, the most specific first. How memory is accounted matters more than the card,
 * except on AMD, where another runtime holds it, and on unified memory, where the system's own use counts.
 */
export function nonTorchKeys(launch: Launch, lastStage: boolean): readonly string[] {
  const { parallelism, version, runner, gpu } = launch;
  const accounting = accountingOf(runner, version);
  const family = gpuFamily(gpu);
  const others = gpu.vendor === 'nvidia' && !gpu.unifiedMemory ? 'NVIDIA' : family;
  const ranks = rankClass(parallelism.tensor);
  if (ranks === 1) {
    const inner = lastStage ? [] : [`${accounting}, ${family}, inner stage`];
    return [
      ...inner,
      `${accounting}, ${family}, 1`,
      `${accounting}, ${others}, 1`,
      `any, ${family}, 1`,
      `any, ${others}, 1`,
    ];
  }
  const fused = fusesAllReduce(launch) ? ' fused' : '';
  return [
    `${accounting}, ${family}, ${ranks}${fused}`,
    `${accounting}, ${family}, many${fused}`,
    `${accounting}, ${others}, many${fused}`,
    `any, ${family}, many${fused}`,
    `any, ${others}, many${fused}`,
  ];
}

/** AllReduce and RMSNorm in one kernel, with a workspace of its own, at the default optimisation on SM90 and SM100. */
function fusesAllReduce({ version, gpu, graphs }: Launch): boolean {
  const capability = capabilityOf(gpu);
  return has(version, 'allReduceFusion') && capability >= 9 && capability < 12 && graphs.mode !== 'NONE';
}

/** GPUs whose drivers and libraries hold about the same. */
export function gpuFamily(gpu: Gpu): string {
  if (gpu.vendor !== 'nvidia') return 'AMD';
  if (gpu.unifiedMemory) return 'unified memory';
  const capability = capabilityOf(gpu);
  if (capability === 8) return 'A100 class';
  if (capability === 9) return 'Hopper';
  return capability >= 10 && capability < 12 ? 'Blackwell datacenter' : 'workstation';
}
