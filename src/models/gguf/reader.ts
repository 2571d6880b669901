/** Why reading ended before the header did. */
export type Stop = { readonly more: true } | { readonly problem: string };

/** A value of a GGUF header; long lists and lists of texts are kept by their length alone. */
export type GgufValue = string | number | boolean | readonly number[] | { readonly length: number };

/** Reads little-endian values one after another. Once it has stopped, it gives zeros and stays where it is. */
interface GgufReader {
  readonly stop: Stop | null;
  fail(problem: string): void;
  u32(): number;
  /** A 64-bit length or count. */
  size(): number;
  text(): string;
  value(kind: number): GgufValue;
}

const LONGEST_TEXT = 4_096;
/** Lists longer than this are vocabularies and the like. */
const LONGEST_LIST = 1_024;
const BOOLEAN = 7;
const TEXT = 8;
const LIST = 9;
/** Bytes of the scalar kinds (ggml docs/gguf.md, `gguf_metadata_value_type`). */
const BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  [BOOLEAN]: 1,
  10: 8,
  11: 8,
  12: 8,
};

export function ggufReader(bytes: Uint8Array): GgufReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let stop: Stop | null = null;
  /** Where the next so many bytes lie, or null when they do not lie here. */
  const take = (count: number): number | null => {
    if (stop === null && at + count > view.byteLength) stop = { more: true };
    if (stop !== null) return null;
    at += count;
    return at - count;
  };
  const fail = (problem: string): void => void (stop ??= { problem });
  const u32 = (): number => {
    const from = take(4);
    return from === null ? 0 : view.getUint32(from, true);
  };
  const size = (): number => {
    const from = take(8);
    const value = from === null ? 0 : Number(view.getBigUint64(from, true));
    if (!Number.isSafeInteger(value)) fail('a length in its header is none');
    return stop === null ? value : 0;
  };
  const text = (): string => {
    const length = size();
    const from = take(length);
    return from === null || length > LONGEST_TEXT ? '' : new TextDecoder().decode(bytes.subarray(from, from + length));
  };
  const scalar = (kind: number): number | boolean => {
    const from = take(BYTES[kind] ?? 0);
    if (from === null) return 0;
    switch (kind) {
      case 0:
        return view.getUint8(from);
      case 1:
        return view.getInt8(from);
      case 2:
        return view.getUint16(from, true);
      case 3:
        return view.getInt16(from, true);
      case 4:
        return view.getUint32(from, true);
      case 5:
        return view.getInt32(from, true);
      case 6:
        return view.getFloat32(from, true);
      case BOOLEAN:
        return view.getUint8(from) !== 0;
      case 10:
        return Number(view.getBigUint64(from, true));
      case 11:
        return Number(view.getBigInt64(from, true));
      default:
        return view.getFloat64(from, true);
    }
  };
  const listOf = (kind: number, length: number): GgufValue => {
    if (kind === TEXT) {
      for (let index = 0; index < length; index++) if (take(size()) === null) break;
      return { length };
    }
    const each = BYTES[kind];
    if (each === undefined) fail('its header holds a list of a kind that is not known');
    if (each === undefined || length > LONGEST_LIST) {
      take(length * (each ?? 0));
      return { length };
    }
    return Array.from({ length }, () => Number(scalar(kind)));
  };
  return {
    get stop() {
      return stop;
    },
    fail,
    u32,
    size,
    text,
    value(kind) {
      if (kind === TEXT) return text();
      if (kind === LIST) return listOf(u32(), size());
      if (BYTES[kind] === undefined) fail('its header holds a value of a kind that is not known');
      return scalar(kind);
    },
  };
}
