import gpuRows from '../catalogue/gpus.json' with { type: 'json' };
import instanceRows from '../catalogue/instances.json' with { type: 'json' };
import { GIB } from '../bytes.ts';
import type { Gpu } from './gpu.ts';
import type { HardwareCatalogue } from './lookup.ts';

interface GpuRow {
  id: string;
  names: string[];
  vendor: string;
  arch: string;
  compute_capability: string | null;
  memory_nominal_gb: number;
  memory_mib_nvidia_smi: number | null;
  memory_visible_gib: number;
  memory_visible_gib_range: number[];
  memory_visible_confidence: string;
  multiprocessors: number | null;
  mig_parent?: string;
  mig_profile?: string;
  fp8: boolean;
  fp4: boolean;
  bf16: boolean;
  unified_memory?: boolean;
  sources: string[];
}

/**
 * The catalogue of GPUs and cloud instance types. To add one, add a row with its sources to
 * `catalogue/gpus.json` or `catalogue/instances.json`; nothing else.
 */
export function loadHardware(): HardwareCatalogue {
  const gpus = (gpuRows.gpus as GpuRow[]).map(gpuOfRow);
  return { gpus, instances: instanceRows.instances };
}

function gpuOfRow(row: GpuRow): Gpu {
  const [rangeLow = row.memory_visible_gib, rangeHigh = row.memory_visible_gib] = row.memory_visible_gib_range;
  return {
    id: row.id,
    names: row.names,
    vendor: row.vendor as Gpu['vendor'],
    arch: row.arch,
    computeCapability: row.compute_capability,
    nominalGb: row.memory_nominal_gb,
    smiMib: row.memory_mib_nvidia_smi,
    visibleBytes: bytesOfGib(row.memory_visible_gib),
    visibleLowBytes: bytesOfGib(Math.min(rangeLow, row.memory_visible_gib)),
    visibleHighBytes: bytesOfGib(Math.max(rangeHigh, row.memory_visible_gib)),
    visibleMeasured: row.memory_visible_confidence.startsWith('measured'),
    multiprocessors: row.multiprocessors,
    fp8: row.fp8,
    fp4: row.fp4,
    bf16: row.bf16,
    unifiedMemory: row.unified_memory ?? false,
    mig: row.mig_parent && row.mig_profile ? { parent: row.mig_parent, profile: row.mig_profile } : null,
    sources: row.sources,
  };
}

function bytesOfGib(figure: number): number {
  return Math.round(figure * GIB);
}
