import type { Quantization } from '../models/architecture.ts';
import { NESTED_SCALE_BITS } from '../models/quantization/quantization.ts';
import { table } from '../table.ts';

const PLAIN = {
  groupSize: -1,
  block: null,
  scaleBits: 32,
  zeroPointBits: 0,
  indexBits: 0,
  quantizesActivations: true,
  quantizesHead: false,
  onlyRoles: null,
  ignore: ['lm_head'],
  kvCacheDtype: null,
  groups: [],
} as const satisfies Partial<Quantization>;

const EXPERTS_INT8: Quantization = {
  ...PLAIN,
  method: 'experts_int8',
  weightBits: 8,
  groupSize: 0,
  onlyRoles: ['experts'],
};

/** Methods that engines apply to a 16-bit checkpoint while it loads, by vLLM's names. */
export const ONLINE: Readonly<Record<string, Quantization>> = table({
  fp8: { ...PLAIN, method: 'fp8', weightBits: 8 },
  fp8_per_tensor: { ...PLAIN, method: 'fp8', weightBits: 8 },
  fp8_per_channel: { ...PLAIN, method: 'fp8', weightBits: 8, groupSize: 0 },
  fp8_per_block: { ...PLAIN, method: 'fp8', weightBits: 8, block: [128, 128] },
  mxfp8: { ...PLAIN, method: 'mxfp8', weightBits: 8, groupSize: 32, scaleBits: 8 },
  mxfp4: { ...PLAIN, method: 'mxfp4', weightBits: 4, groupSize: 32, scaleBits: 8, onlyRoles: ['experts'] },
  // Quantized while it loads, with scales of scales (quantize_4bit, compress_statistics).
  bitsandbytes: {
    ...PLAIN,
    method: 'bitsandbytes',
    weightBits: 4,
    groupSize: 64,
    scaleBits: NESTED_SCALE_BITS,
    quantizesActivations: false,
  },
  experts_int8: EXPERTS_INT8,
  int8_per_channel_weight_only: EXPERTS_INT8,
});

/** Methods whose weights must already be in the checkpoint. */
export const FROM_CHECKPOINT: ReadonlySet<string> = new Set([
  'awq',
  'awq_marlin',
  'gptq',
  'gptq_marlin',
  'compressed-tensors',
  'modelopt',
  'modelopt_fp4',
  'auto-round',
  'hqq',
  'moe_wna16',
  'fbgemm_fp8',
  'quark',
  'exl3',
  'nvfp4',
]);
