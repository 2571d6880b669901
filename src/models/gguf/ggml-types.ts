/** How ggml stores a tensor: so many weights in a block of so many bytes. */
export interface GgmlType {
  readonly name: string;
  readonly weights: number;
  readonly bytes: number;
}

/** By ggml's number of the type (ggml.h `ggml_type`; gguf-py constants.py GGML_QUANT_SIZES). */
const ROWS: readonly (readonly [number: number, name: string, weights: number, bytes: number])[] = [
  [0, 'F32', 1, 4],
  [1, 'F16', 1, 2],
  [2, 'Q4_0', 32, 18],
  [3, 'Q4_1', 32, 20],
  [6, 'Q5_0', 32, 22],
  [7, 'Q5_1', 32, 24],
  [8, 'Q8_0', 32, 34],
  [10, 'Q2_K', 256, 84],
  [11, 'Q3_K', 256, 110],
  [12, 'Q4_K', 256, 144],
  [13, 'Q5_K', 256, 176],
  [14, 'Q6_K', 256, 210],
  [16, 'IQ2_XXS', 256, 66],
  [17, 'IQ2_XS', 256, 74],
  [18, 'IQ3_XXS', 256, 98],
  [19, 'IQ1_S', 256, 50],
  [20, 'IQ4_NL', 32, 18],
  [21, 'IQ3_S', 256, 110],
  [22, 'IQ2_S', 256, 82],
  [23, 'IQ4_XS', 256, 136],
  [24, 'I8', 1, 1],
  [25, 'I16', 1, 2],
  [26, 'I32', 1, 4],
  [27, 'I64', 1, 8],
  [28, 'F64', 1, 8],
  [29, 'IQ1_M', 256, 56],
  [30, 'BF16', 1, 2],
  [34, 'TQ1_0', 256, 54],
  [35, 'TQ2_0', 256, 66],
  [39, 'MXFP4', 32, 17],
  [40, 'NVFP4', 64, 36],
  [41, 'Q1_0', 128, 18],
  [42, 'Q2_0', 64, 18],
];

const BY_NUMBER = new Map(ROWS.map(([number, name, weights, bytes]) => [number, { name, weights, bytes }]));
const BY_NAME = new Map(ROWS.map(([, name, weights, bytes]) => [name, { name, weights, bytes }]));

/** The type of a number in a GGUF header; null for one that is not known. */
export function ggmlTypeOf(number: number): GgmlType | null {
  return BY_NUMBER.get(number) ?? null;
}

/** The type of a name, in any case (`q8_0`); null for one that is not known. */
export function ggmlTypeNamed(name: string): GgmlType | null {
  return BY_NAME.get(name.toUpperCase()) ?? null;
}

/** Bytes of so many weights; rows that are no whole number of blocks do not occur. */
export function ggmlBytes({ weights, bytes }: GgmlType, elements: number): number {
  return Math.ceil(elements / weights) * bytes;
}
