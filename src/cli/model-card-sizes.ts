import { codeOf, precisionOf } from '../engines/quantized-weight.ts';
import type { Architecture, Tensor } from '../models/architecture.ts';

/** Whether a model can be cut into so many parts, and what stands against it. */
export interface TensorParallelSize {
  readonly size: number;
  /** Null where it divides evenly. */
  readonly obstacle: string | null;
}

/** Sizes that people use: powers of two, and what a node of three, five, six or seven free GPUs would give. */
const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32, 64];

/**
 * What cuts a decoder by tensor parallelism alone: whole query heads, whole or copied key-value heads, whole widths (vLLM
 * distributed/utils.py `divide`, layers/linear.py), and whole groups or blocks of a quantization that does not pad (vLLM
 * quantization/awq.py and gptq.py refuse a part of a group, fp8.py a part of a block; MXFP4 and NVFP4 are padded).
 */
export function tensorParallelSizes(architecture: Architecture): readonly TensorParallelSize[] {
  return SIZES.map((size) => ({ size, obstacle: size === 1 ? null : obstacleOf(architecture, size) }));
}

function obstacleOf({ attentionHeads, layers, quantization }: Architecture, size: number): string | null {
  if (attentionHeads % size !== 0) return `${attentionHeads} query heads`;
  const precision = quantization === null ? null : precisionOf(quantization);
  for (const [index, { tensors }] of [...new Map(layers.map((layer, at) => [layer, at]))].map(
    ([layer, at]) => [at, layer] as const,
  )) {
    for (const tensor of tensors) {
      const uneven = unevenSide(tensor, size);
      if (uneven !== null) return uneven;
      const code = codeOf(tensor, `layers.${index}.${tensor.name}`, precision);
      const group = code ? groupAcross(tensor, code, quantization?.method ?? '') : null;
      if (group && (group.cut / size) % group.of !== 0)
        return `${group.cut / size} of ${tensor.name} is not whole groups of ${group.of}`;
    }
  }
  return null;
}

function unevenSide({ shard, rows, columns, name }: Tensor, size: number): string | null {
  const divides = (whole: number): boolean => whole % size === 0;
  switch (shard.kind) {
    case 'column':
      return divides(rows) ? null : `${rows} rows of ${name}`;
    case 'row':
      return divides(columns) ? null : `${columns} columns of ${name}`;
    case 'experts':
      return divides(shard.side === 'column' ? rows : columns)
        ? null
        : `${shard.side === 'column' ? rows : columns} of ${name}`;
    case 'qkv':
      if (!divides(shard.queryHeads)) return `${shard.queryHeads} query heads`;
      return divides(shard.kvHeads) || size % shard.kvHeads === 0 ? null : `${shard.kvHeads} key-value heads`;
    default:
      return null;
  }
}

/** The side that is cut and the group that it must hold whole, or null where scales do not lie along it. */
function groupAcross(
  { shard, rows, columns }: Tensor,
  { groupSize, block }: { readonly groupSize: number; readonly block: readonly [number, number] | null },
  method: string,
): { readonly cut: number; readonly of: number } | null {
  const side = shard.kind === 'experts' ? shard.side : shard.kind;
  if (side === 'row') {
    const refuses = /^(?:awq|gptq)/.test(method) && shard.kind === 'row';
    const of = block?.[1] ?? (refuses ? groupSize : 0);
    return of > 0 ? { cut: columns, of } : null;
  }
  // Heads are smaller than a block, and q, k and v are checked apart from it; experts keep gate and up apart.
  return side === 'column' && block ? { cut: rows, of: block[0] } : null;
}
