import { GIB } from '../../bytes.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import type { Quantization } from '../../models/architecture.ts';
import { between, type Quantity } from '../../quantity.ts';

/**
 * 'mem usage' of loading beside the segments of the tensors: modules of kernels, and what was freed and given back. GiB, the
 * median and a little more than the range of the calibration logs (−0.06 to 0.09).
 */
const LOADING = { low: -0.08, value: 0.015, high: 0.12 } as const;
/** On unified memory what the host takes meanwhile counts too. GiB; no calibration log has one. */
const LOADING_UNIFIED = { low: -0.1, value: 0.1, high: 0.8 } as const;
/** Layouts of quantized kernels differ from the checkpoint's by so much of the weights. */
const QUANTIZED_SPREAD = 0.025;
/** AMD's kernels of quantized experts take so much more: 2.5 and 3 % of two calibration logs, 0.4 % of a third. */
const QUANTIZED_AMD = { low: 0, value: 0.02, high: 0.04 } as const;

/** Weights as the free memory shows them, from the bytes of the tensors. */
export function loadedBytes(
  bytes: number,
  quantization: Quantization | null,
  { vendor, unifiedMemory }: Gpu,
): Quantity {
  const loading = unifiedMemory ? LOADING_UNIFIED : LOADING;
  const spread = quantization === null ? 0.002 : QUANTIZED_SPREAD;
  const grown = quantization !== null && vendor === 'amd' ? QUANTIZED_AMD : { low: 0, value: 0, high: 0 };
  return between(
    Math.max(0, Math.floor(bytes * (1 + grown.low - spread) + loading.low * GIB)),
    Math.round(bytes * (1 + grown.value) + loading.value * GIB),
    Math.ceil(bytes * (1 + grown.high + spread) + loading.high * GIB),
    'calibrated',
  );
}
