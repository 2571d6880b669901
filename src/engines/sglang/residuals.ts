import { GIB } from '../../bytes.ts';
import { between, type Quantity } from '../../quantity.ts';
import type { Launch } from './launch.ts';

/** 'mem usage' of loading counts kernels' modules and segments that are not full, beside the tensors. GiB, from calibration logs. */
const LOADING = { low: 0, value: 0.1, high: 0.35 } as const;
/** Layouts of quantized kernels differ from the checkpoint's by so much of the weights. */
const QUANTIZED_SPREAD = 0.025;

/** Weights as the free memory shows them, from the bytes of the tensors. */
export function loadedBytes(bytes: number, { quantization }: Pick<Launch, 'quantization'>): Quantity {
  const spread = quantization === null ? 0.002 : QUANTIZED_SPREAD;
  return between(
    Math.floor(bytes * (1 - spread) + LOADING.low * GIB),
    Math.round(bytes + LOADING.value * GIB),
    Math.ceil(bytes * (1 + spread) + LOADING.high * GIB),
    'calibrated',
  );
}
