/** A tensor of a file that a test makes. */
export interface MadeTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** A header as the safetensors format lays it down: tensors end to end, padded with spaces to 8 bytes. */
export function headerOf(tensors: Readonly<Record<string, MadeTensor>>): string {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const offsets = [at, at + bytes];
    at += bytes;
    return [name, { dtype, shape, data_offsets: offsets }] as const;
  });
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  return json.padEnd(Math.ceil(json.length / 8) * 8);
}

/** A whole file: the length of the header in 64 bits, the header, and zeros in the place of weights. */
export function safetensorsFile(tensors: Readonly<Record<string, MadeTensor>>): Buffer {
  const header = headerOf(tensors);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bytes = Object.values(tensors).reduce((sum, tensor) => sum + tensor.bytes, 0);
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(bytes)]);
}
