import type { Quantization, Tensor } from '../models/architecture.ts';
import type { Share } from './sharding.ts';

/** Bits per weight, scale and zero point of one linear layer under a quantization method. */
export interface WeightCode {
  readonly weightBits: number;
  /** Columns that share a scale; 0: one scale per output row; -1: one per matrix. */
  readonly groupSize: number;
  readonly block: readonly [number, number] | null;
  readonly scaleBits: number;
  readonly zeroPointBits: number;
}

/**
 * The allocations that one rank makes for a tensor, in bytes: the weight, its scales, its zero points and its bias,
 * each a tensor of its own.
 * @param code null keeps the tensor in `elementBytes` per element.
 */
export function allocationsOf(share: Share, elementBytes: number, code: WeightCode | null): readonly number[] {
  const { stack, rows, columns, biasElements } = share;
  const bias = biasElements * elementBytes;
  if (code === null) return [stack * rows * columns * elementBytes, bias];
  const scales = stack * scalesPerMatrix(rows, columns, code);
  return [
    Math.ceil((stack * rows * columns * code.weightBits) / 8),
    Math.ceil((scales * code.scaleBits) / 8),
    Math.ceil((scales * code.zeroPointBits) / 8),
    bias,
  ];
}

function scalesPerMatrix(rows: number, columns: number, code: WeightCode): number {
  if (code.block) return Math.ceil(rows / code.block[0]) * Math.ceil(columns / code.block[1]);
  if (code.groupSize > 0) return rows * Math.ceil(columns / code.groupSize);
  return code.groupSize === 0 ? rows : 1;
}

/** Roles that weight-only and activation quantization leave in the model's dtype whatever the config says. */
const NEVER_QUANTIZED: ReadonlySet<Tensor['role']> = new Set([
  'embedding',
  'lm_head',
  'position_embedding',
  'norm',
  'router',
  'vision',
  'audio',
  'projector',
]);

/**
 * How a quantization stores this tensor, or null when the tensor keeps the model's dtype.
 * @param ignored whether the ignore list of the config names the tensor.
 */
export function codeOf(tensor: Tensor, quantization: Quantization | null, ignored: boolean): WeightCode | null {
  if (quantization === null || ignored || tensor.dtype !== null) return null;
  const wholeFile = quantization.method === 'gguf';
  if (wholeFile && (tensor.role === 'embedding' || tensor.role === 'lm_head')) return quantization;
  if (!tensor.linear || NEVER_QUANTIZED.has(tensor.role)) return null;
  if (quantization.onlyRoles !== null && !quantization.onlyRoles.includes(tensor.role)) return null;
  const group = quantization.groups.find((candidate) => candidate.targets.some((target) => names(target, tensor)));
  return group ? { ...quantization, weightBits: group.weightBits, groupSize: group.groupSize } : quantization;
}

/** A target of a mixed checkpoint: the class `Linear`, or a part of the module path. */
function names(target: string, tensor: Tensor): boolean {
  return target === 'Linear' || tensor.name.includes(target.replace(/^re:/, '').replace(/[.*^$\\]+/g, ''));
}
