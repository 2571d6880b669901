/** One kind of GPU (or MIG slice), from the catalogue. */
export interface Gpu {
  readonly id: string;
  /** Every spelling: marketing name, nvidia-smi's, Kubernetes product label, cloud accelerator. */
  readonly names: readonly string[];
  readonly vendor: 'nvidia' | 'amd' | 'intel';
  readonly arch: string;
  /** `9.0`; null outside NVIDIA. */
  readonly computeCapability: string | null;
  readonly nominalGb: number;
  /** What nvidia-smi shows as total, MiB; null where it shows none (unified memory). */
  readonly smiMib: number | null;
  /** What CUDA (or ROCm) reports as total, bytes, with the spread seen between hosts. */
  readonly visibleBytes: number;
  readonly visibleLowBytes: number;
  readonly visibleHighBytes: number;
  readonly visibleMeasured: boolean;
  /** Streaming multiprocessors, or null when not listed. */
  readonly multiprocessors: number | null;
  readonly fp8: boolean;
  readonly fp4: boolean;
  readonly bf16: boolean;
  /** CPU and GPU share one memory. */
  readonly unifiedMemory: boolean;
  readonly mig: { readonly parent: string; readonly profile: string } | null;
  readonly sources: readonly string[];
}

/** One GPU type and count of the declared matrix, with the host's own figures where the policy gives them. */
export interface Target {
  readonly gpu: Gpu;
  /** GPUs available on it, or null when only the type is known. */
  readonly count: number | null;
  /** Overrides what CUDA shows, bytes. */
  readonly visibleBytes: number | null;
  /** Taken by other processes before the engine starts, bytes. */
  readonly takenByOthersBytes: number;
  /** Version of NVIDIA's driver on the hosts (`550.54.15`), where the policy gives it. */
  readonly driver?: string;
  /** `matrix` is gated; `config` comes from the config itself; `survey` is for information only. */
  readonly origin: 'matrix' | 'config' | 'survey';
}

/** Compute capability as a number, `8.9`; 0 where there is none. */
export function capabilityOf({ computeCapability }: Pick<Gpu, 'computeCapability'>): number {
  return Number.parseFloat(computeCapability ?? '0');
}

/** How a target is called in every output: `l4-24gb`, `h100-80gb-sxm × 8`. */
export function targetName(target: Target): string {
  return target.count !== null && target.count > 1 ? `${target.gpu.id} × ${target.count}` : target.gpu.id;
}
