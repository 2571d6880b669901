import { ggmlBytes, ggmlTypeOf } from './ggml-types.ts';
import { ggufReader, type GgufValue, type Stop } from './reader.ts';

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
    const type = ggmlTypeOf(reader.u32());
    if (!type) reader.fail('it holds a tensor of a type that is not known');
    // Where it lies; sizes follow from shapes.
    reader.size();
    const size = type ? ggmlBytes(type, elements) : 0;
    if (!Number.isSafeInteger(size)) reader.fail('it describes a tensor larger than any');
    tensors.push({ name, type: type?.name ?? '', dimensions, elements, bytes: size });
  }
  return reader.stop ?? { metadata, tensors };
}
