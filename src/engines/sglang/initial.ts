import { GIB } from '../../bytes.ts';
import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import { add, between, exactly, type Basis, type Quantity } from '../../quantity.ts';
import { featureBytes } from './feature-pool.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

function gibibytes(low: number, value: number, high: number, basis: Basis = 'calibrated'): Quantity {
  return between(Math.round(low * GIB), Math.round(value * GIB), Math.round(high * GIB), basis);
}

/**
 * What is in use when SGLang measures the free memory that its fraction applies to: CUDA context, communicators and
 * all-reduce buffers (srt/model_executor/model_runner.py init_torch_distributed). The figures are total memory less 'Load
 * weight begin. avail mem' of the calibration logs.
 */
export function initialBytes(launch: Launch): Quantity {
  if (has(launch.version, 'multimodalReserve')) return contextBytes(launch);
  return add(contextBytes(launch), exactly(featureBytes(launch.featurePoolBytes)));
}

function contextBytes({ gpu, division, architecture }: Launch): Quantity {
  // The operating system counts what is available, whatever the total is: 112 to 115 of 121.7 GiB on four GB10.
  if (gpu.unifiedMemory) return gibibytes(3, 8, 12, 'assumed');
  const communicating =
    division.tensor * division.pipeline * (architecture.moe && division.data > 1 ? division.data : 1);
  if (gpu.vendor !== 'nvidia')
    return communicating > 1 ? gibibytes(4.3, 5.5, 6.8) : gibibytes(0.3, 1.2, 2.5, 'assumed');
  // 23.16 GiB of an RTX 4090, 78.65 of an H100 PCIe, 78.94 of an A800, 22.76 of a 24 GB card.
  if (communicating === 1) return gibibytes(0.2, 0.42, 0.75);
  // 38.71 GiB on two A100 PCIe, 21.63 on four L4, 21.65 on eight.
  if (!hasFastLinks(gpu)) return gibibytes(0.3, 0.45, 1.1);
  // 76.86 GiB on eight A100 SXM, 76.94 on sixteen H800, 137.9 on eight H200.
  return communicating >= 8 ? gibibytes(1.7, 2.2, 2.6) : gibibytes(0.6, 1.5, 2.4, 'assumed');
}

/** Cards with NVLink, over which communicators take larger buffers. */
function hasFastLinks(gpu: Gpu): boolean {
  const capability = capabilityOf(gpu);
  const server = capability === 8 || capability === 9 || (capability >= 10 && capability < 12);
  return server && !/pcie|nvl/.test(gpu.id);
}
