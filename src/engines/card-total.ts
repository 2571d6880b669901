import type { Target } from '../hardware/gpu.ts';
import { exactly, type Quantity } from '../quantity.ts';

/** What CUDA shows as the card's total, or what the policy says that the host shows. */
export function totalOf({ gpu, visibleBytes }: Target): Quantity {
  if (visibleBytes !== null) return exactly(Math.max(1, Math.round(visibleBytes)));
  const { visibleBytes: value, visibleLowBytes: low, visibleHighBytes: high, visibleMeasured } = gpu;
  return { value, low, high, basis: visibleMeasured ? 'calibrated' : 'assumed' };
}
