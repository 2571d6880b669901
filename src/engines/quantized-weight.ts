import type { Quantization, Tensor } from '../models/architecture.ts';
import { ignoreList, type IgnoreList } from './ignore-list.ts';
import type { Share } from './sharding.ts';

/** Bits per weight, scale and zero point of one linear layer under a quantization method. */
export interface WeightCode {
  readonly weightBits: number;
  /** Columns that share a scale; 0: one scale per output row; -1: one per matrix. */
  readonly groupSize: number;
  readonly block: readonly [number, number] | null;
  readonly scaleBits: number;
  readonly zeroPointBits: number;
  /** Bits per column that say its order. */
  readonly indexBits: number;
}

/**
 * The allocations that one rank makes for a tensor, in bytes: the weight, its scales, its zero points and its bias,
 * each a tensor of its own; the order of its columns where it is stored.
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
    (stack * columns * code.indexBits) / 8,
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
  'position_embedding',
  'norm',
  'router',
  'vision',
  'audio',
  'projector',
]);

/** A quantization with its patterns ready to match. */
export interface Precision {
  readonly quantization: Quantization;
  readonly ignored: IgnoreList;
  readonly groups: readonly { readonly targets: IgnoreList; readonly everything: boolean; readonly code: WeightCode }[];
  /** Whether a pattern names single layers, so that layers of one shape may differ. */
  readonly namesLayers: boolean;
  /** Patterns that could not be read. */
  readonly unread: readonly string[];
}

const precisions = new WeakMap<Quantization, Precision>();

/** Reads the patterns of a quantization once. */
export function precisionOf(quantization: Quantization): Precision {
  const known = precisions.get(quantization);
  if (known) return known;
  const ignored = ignoreList(quantization.ignore);
  const groups = quantization.groups.map((group) => ({
    targets: ignoreList(group.targets),
    everything: group.targets.includes('Linear'),
    code: group,
  }));
  const namesLayers = ignored.namesLayers || groups.some(({ targets }) => targets.namesLayers);
  const unread = [...ignored.unread, ...groups.flatMap(({ targets }) => targets.unread)];
  const precision = { quantization, ignored, groups, namesLayers, unread };
  precisions.set(quantization, precision);
  return precision;
}

/**
 * How a quantization stores this tensor, or null when the tensor keeps the model's dtype.
 * @param path module path with the layer's number (`layers.3.mlp.gate_up_proj`).
 */
export function codeOf(tensor: Tensor, path: string, precision: Precision | null): WeightCode | null {
  if (precision === null || tensor.dtype !== null) return null;
  const { quantization } = precision;
  const wholeFile = quantization.method === 'gguf';
  if (wholeFile && (tensor.role === 'embedding' || tensor.role === 'lm_head')) return quantization;
  if (!tensor.linear || NEVER_QUANTIZED.has(tensor.role)) return null;
  if (tensor.role === 'lm_head' && !quantization.quantizesHead) return null;
  if (quantization.onlyRoles !== null && !quantization.onlyRoles.includes(tensor.role)) return null;
  if (precision.ignored.matches(path)) return null;
  if (precision.groups.length === 0) return quantization;
  const group = precision.groups.find(({ everything, targets }) => everything || targets.matches(path));
  return group?.code ?? null;
}
