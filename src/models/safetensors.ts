import { list, recordOf, text } from './config/fields.ts';
import { table } from '../table.ts';

/** Elements by dtype as a checkpoint stores them (`BF16`, `F8_E4M3`, `I32`). */
export type ElementCounts = Readonly<Record<string, number>>;

/** What the header of one safetensors file says. */
export interface SafetensorsHeader {
  readonly elements: ElementCounts;
  /** Bytes of all tensors. */
  readonly bytes: number;
}

/** A file begins with the length of its header, 64 bits, lowest byte first. */
export const LENGTH_BYTES = 8;
/** The format's own limit (safetensors, tensor.rs MAX_HEADER_SIZE). */
const LONGEST_HEADER = 100_000_000;

/** Bits of one element (safetensors, tensor.rs Dtype). */
const BITS: Readonly<Record<string, number>> = table({
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
});

/** Length of the header, from the first bytes of a file. */
export function headerLength(start: Uint8Array): number | { readonly problem: string } {
  if (start.byteLength < LENGTH_BYTES) return { problem: 'it is shorter than a safetensors file can be' };
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length < 2n || length > BigInt(LONGEST_HEADER)) return { problem: 'the length of its header is none' };
  return Number(length);
}

/**
 * Reads a header. Nothing in it is believed that does not agree with the rest: shapes with sizes, sizes with each other
 * (they lie end to end), and all with the length of the file.
 * @param dataBytes bytes behind the header, or null where nobody says.
 */
export function parseSafetensors(
  json: string,
  dataBytes: number | null,
): SafetensorsHeader | { readonly problem: string } {
  const header = parsed(json);
  if (!header) return { problem: 'its header is not a JSON object' };
  const elements: Record<string, number> = {};
  const spans: (readonly [number, number])[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const tensor = recordOf(value);
    const dtype = tensor ? text(tensor, 'dtype') : null;
    const bits = dtype !== null && Object.hasOwn(BITS, dtype) ? BITS[dtype] : undefined;
    const shape = tensor ? list(tensor, 'shape') : null;
    const [start, end] = (tensor ? list(tensor, 'data_offsets') : null) ?? [];
    if (dtype === null || bits === undefined || !shape || !isSize(start) || !isSize(end) || !shape.every(isSize))
      return { problem: 'its header describes a tensor in a way that is not known' };
    const count = shape.reduce((product, side) => product * side, 1);
    if (!Number.isSafeInteger(count * bits) || Math.ceil((count * bits) / 8) !== end - start)
      return { problem: 'its header gives a tensor a size that its shape does not have' };
    elements[dtype] = (elements[dtype] ?? 0) + count;
    if (end > start) spans.push([start, end]);
  }
  let bytes = 0;
  for (const [start, end] of spans.sort(([a], [b]) => a - b)) {
    if (start !== bytes) return { problem: 'its header describes tensors that do not lie end to end' };
    bytes = end;
  }
  if (dataBytes !== null && bytes !== dataBytes) return { problem: 'it is not as long as its header says' };
  return { elements, bytes };
}

function parsed(json: string): Readonly<Record<string, unknown>> | null {
  try {
    return recordOf(JSON.parse(json));
  } catch {
    return null;
  }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Counts of several files together. */
export function sumElements(counts: readonly ElementCounts[]): ElementCounts {
  const sum: Record<string, number> = {};
  for (const one of counts) for (const [dtype, count] of Object.entries(one)) sum[dtype] = (sum[dtype] ?? 0) + count;
  return sum;
}
