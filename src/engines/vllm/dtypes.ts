import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture, DType } from '../../models/architecture.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { bytesOf } from '../dtype-bytes.ts';
import { table } from '../../table.ts';

/** Names that `--dtype` and its like take (vLLM config/model.py _STR_DTYPE_TO_TORCH_DTYPE). */
const DTYPES: Readonly<Record<string, DType>> = table({
  half: 'float16',
  float16: 'float16',
  bfloat16: 'bfloat16',
  float: 'float32',
  float32: 'float32',
});

/** Model types that overflow in fp16 (vLLM config/model.py _FLOAT16_NOT_SUPPORTED_MODELS). */
const NO_FLOAT16: ReadonlySet<string> = new Set(['gemma2', 'gemma3', 'gemma3_text', 'plamo2', 'glm4']);

/**
 * Dtype that the weights are kept in. `auto` takes 16 bits even for fp32 checkpoints, and fp16 where the GPU has no
 * bf16 — or fp32, when the model cannot be fp16 (vLLM config/model.py _resolve_auto_dtype).
 */
export function dtypeOf(reader: ArgumentReader, architecture: Architecture, gpu: Gpu): DType | { refusal: string } {
  const { modelType, task, dtype: own } = architecture;
  const asked = reader.word('dtype');
  if (asked !== null && asked !== 'auto') {
    const dtype = DTYPES[asked];
    if (dtype === undefined) return { refusal: unknownDtype(asked) };
    if (dtype === 'float16' && NO_FLOAT16.has(modelType)) return { refusal: noFloat16(modelType) };
    return dtype;
  }
  const half = NO_FLOAT16.has(modelType) ? null : 'float16';
  const brain = gpu.bf16 ? 'bfloat16' : null;
  if (own === 'float16') return half ?? brain ?? 'float32';
  if (own === 'float32' && task === 'pooling') return half ?? brain ?? 'float32';
  return brain ?? half ?? 'float32';
}

function unknownDtype(asked: string): string {
  const known = "'auto', 'half', 'float16', 'bfloat16', 'float', 'float32'";
  return `argument --dtype: invalid choice: '${asked.slice(0, 40)}' (choose from ${known})`;
}

function noFloat16(modelType: string): string {
  return `The model type '${modelType}' does not support float16. Reason: Numerical instability. Please use bfloat16 or float32 instead.`;
}

/** A dtype's name as it is written, or null for `auto` and what is no dtype. */
export function knownDtype(word: string | null): string | null {
  return word !== null && word in DTYPES ? word : null;
}

/** Bytes of an element under a written dtype (`--mamba-cache-dtype`, `--lora-dtype`); null leaves it to the model. */
export function dtypeBytes(word: string | null): number | null {
  const dtype = word === null ? undefined : DTYPES[word];
  return dtype ? bytesOf(dtype) : null;
}
