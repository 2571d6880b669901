/** A value as GGUF writes it: whole numbers as 32 bits, other numbers as floats, lists of texts. */
export type MadeValue = string | number | boolean | readonly string[] | readonly number[];

/** ggml's number of a type and the sides of the tensor, the shortest run of memory first. */
export type MadeGgufTensor = readonly [type: number, ...sides: number[]];

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

export const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function valueOf(value: MadeValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)]);
  if (typeof value === 'boolean') return Buffer.concat([u32(7), Buffer.from([value ? 1 : 0])]);
  if (typeof value === 'number')
    return Number.isInteger(value) ? Buffer.concat([u32(4), u32(value)]) : Buffer.concat([u32(6), float(value)]);
  const [first] = value;
  if (typeof first === 'number')
    return Buffer.concat([u32(9), u32(4), u64(value.length), ...value.map((one) => u32(Number(one)))]);
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map((one) => text(String(one)))]);
}

/** The header of a GGUF file as ggml's docs/gguf.md lays it down, version 3. */
export function ggufHeader(
  metadata: Readonly<Record<string, MadeValue>>,
  tensors: Readonly<Record<string, MadeGgufTensor>>,
): Buffer {
  return Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(Object.keys(tensors).length),
    u64(Object.keys(metadata).length),
    ...Object.entries(metadata).flatMap(([key, value]) => [text(key), valueOf(value)]),
    ...Object.entries(tensors).flatMap(([name, [type, ...sides]]) => [
      text(name),
      u32(sides.length),
      ...sides.map(u64),
      u32(type),
      u64(0),
    ]),
  ]);
}
