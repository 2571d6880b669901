import { ggufReader, type GgufValue, type Stop } from './gguf-reader.ts';

/** One tensor as the header describes it. */
export interface GgufTensor {
  readonly name: string;
  /** ggml's name of how it is stored (`Q4_K`). */
  readonly type: string;
  readonly dimensions: number;
  readonly elements: number;
  readonly bytes: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
}

/** Weights of a block and its bytes, by ggml's number of the type (ggml.h `ggml_type`; gguf-py constants.py GGML_QUANT_SIZES). */
const TYPES: Readonly<Record<number, readonly [name: string, weights: number, bytes: number]>> = {
  0: ['F32', 1, 4],
  1: ['F16', 1, 2],
  2: ['Q4_0', 32, 18],
  3: ['Q4_1', 32, 20],
  6: ['Q5_0', 32, 22],
  7: ['Q5_1', 32, 24],
  8: ['Q8_0', 32, 34],
  10: ['Q2_K', 256, 84],
  11: ['Q3_K', 256, 110],
  12: ['Q4_K', 256, 144],
  13: ['Q5_K', 256, 176],
  14: ['Q6_K', 256, 210],
  16: ['IQ2_XXS', 256, 66],
  17: ['IQ2_XS', 256, 74],
  18: ['IQ3_XXS', 256, 98],
  19: ['IQ1_S', 256, 50],
  20: ['IQ4_NL', 32, 18],
  21: ['IQ3_S', 256, 110],
  22: ['IQ2_S', 256, 82],
  23: ['IQ4_XS', 256, 136],
  29: ['IQ1_M', 256, 56],
  30: ['BF16', 1, 2],
  34: ['TQ1_0', 256, 54],
  35: ['TQ2_0', 256, 66],
  39: ['MXFP4', 32, 17],
};

/** `GGUF`, lowest byte first. */
const MAGIC = 0x46554747;
const MOST_FIELDS = 10_000;
const MOST_TENSORS = 100_000;
/** ggml's own limit (GGML_MAX_DIMS). */
const MOST_DIMENSIONS = 4;

/**
 * Reads the header of a GGUF file from its first bytes (ggml docs/gguf.md, versions 2 and 3).
 * @returns `more` when the header goes on behind them; a `problem` for what is no such header. Never throws.
 */
export function parseGguf(bytes: Uint8Array): GgufHeader | Stop {
  const reader = ggufReader(bytes);
  if (reader.u32() !== MAGIC) reader.fail('it is no GGUF file');
  const version = reader.u32();
  if (version !== 2 && version !== 3) reader.fail('its version of GGUF is not known');
  const tensorCount = reader.size();
  const fieldCount = reader.size();
  if (tensorCount > MOST_TENSORS || fieldCount > MOST_FIELDS) reader.fail('its header counts more than any model has');
  const metadata = new Map<string, GgufValue>();
  for (let index = 0; index < fieldCount && reader.stop === null; index++) {
    const key = reader.text();
    metadata.set(key, reader.value(reader.u32()));
  }
  const tensors: GgufTensor[] = [];
  for (let index = 0; index < tensorCount && reader.stop === null; index++) {
    const name = reader.text();
    const dimensions = reader.u32();
    if (dimensions > MOST_DIMENSIONS) reader.fail('it describes a tensor of more than four dimensions');
    let elements = 1;
    for (let side = 0; side < dimensions && reader.stop === null; side++) elements *= reader.size();
    const type = TYPES[reader.u32()];
    if (!type) reader.fail('it holds a tensor of a type that is not known');
    // Where it lies; sizes follow from shapes.
    reader.size();
    const [typeName, weights, blockBytes] = type ?? ['', 1, 0];
    const size = Math.ceil(elements / weights) * blockBytes;
    if (!Number.isSafeInteger(size)) reader.fail('it describes a tensor larger than any');
    tensors.push({ name, type: typeName, dimensions, elements, bytes: size });
  }
  return reader.stop ?? { metadata, tensors };
}
