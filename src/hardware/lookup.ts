import type { Gpu } from './gpu.ts';

/** GPUs and cloud instance types, as the catalogue holds them. */
export interface HardwareCatalogue {
  readonly gpus: readonly Gpu[];
  readonly instances: readonly {
    readonly cloud: string;
    readonly type: string;
    readonly gpu: string;
    readonly count: number;
  }[];
}

/** A name that the catalogue knows, with the count that the name itself states (an instance type, `l4x4`), else null. */
export interface GpuMatch {
  readonly gpu: Gpu;
  readonly count: number | null;
}

/** A name that nothing matches, with the nearest names. */
export interface NoGpu {
  readonly name: string;
  readonly suggestions: readonly string[];
}
