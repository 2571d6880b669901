import type { DType } from '../models/architecture.ts';

/** Bytes of one element of a plain dtype. */
export function bytesOf(dtype: DType): number {
  if (dtype === 'int64') return 8;
  if (dtype === 'float32' || dtype === 'int32') return 4;
  return dtype === 'bfloat16' || dtype === 'float16' ? 2 : 1;
}
