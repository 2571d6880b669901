import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import type { Architecture, DType } from '../../models/architecture.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { table } from '../../table.ts';

const DTYPES: Readonly<Record<string, DType>> = table({
  half: 'float16',
  float16: 'float16',
  bfloat16: 'bfloat16',
  float: 'float32',
  float32: 'float32',
});

/**
 * Dtype of the weights (srt/configs/model_config.py _get_and_verify_dtype): the checkpoint's, 16 bits for fp32 ones, and fp16
 * below compute capability 8.0 (srt/model_executor/model_runner.py load_model).
 */
export function dtypeOf(
  reader: ArgumentReader,
  { dtype: own, modelType }: Architecture,
  gpu: Gpu,
): DType | { readonly refusal: string } {
  if (gpu.vendor === 'nvidia' && capabilityOf(gpu) < 8) return 'float16';
  const asked = reader.word('dtype') ?? 'auto';
  if (asked === 'auto') return own === 'float32' ? (modelType.startsWith('gemma') ? 'bfloat16' : 'float16') : own;
  const known = DTYPES[asked];
  if (known) return known;
  const choices = "'auto', 'half', 'float16', 'bfloat16', 'float', 'float32'";
  return { refusal: `argument --dtype: invalid choice: '${asked.slice(0, 40)}' (choose from ${choices})` };
}

/** How keys and values are stored. */
export interface CacheDtype {
  readonly name: string;
  /** Bytes of one element, scales apart. */
  readonly elementBytes: number;
  /** Elements that share one byte of scale; 0 without scales. */
  readonly scaleBlock: number;
}

const CACHE_DTYPES: Readonly<Record<string, Omit<CacheDtype, 'name'>>> = table({
  fp8_e5m2: { elementBytes: 1, scaleBlock: 0 },
  fp8_e4m3: { elementBytes: 1, scaleBlock: 0 },
  mxfp8: { elementBytes: 1, scaleBlock: 32 },
  bf16: { elementBytes: 2, scaleBlock: 0 },
  bfloat16: { elementBytes: 2, scaleBlock: 0 },
  fp4_e2m1: { elementBytes: 0.5, scaleBlock: 16 },
  fp4_mx_block16: { elementBytes: 0.5, scaleBlock: 16 },
  nvfp4: { elementBytes: 0.5, scaleBlock: 16 },
});

/** A `kv_cache_dtype` by its name; null for one that SGLang does not have. */
export function cacheDtype(name: string): CacheDtype | null {
  const known = CACHE_DTYPES[name];
  return known ? { name, ...known } : null;
}
