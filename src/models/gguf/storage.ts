/** Bytes of every tensor as a header states them, or the name of the mix that a file's name states. */
export type GgufStorage =
  | { readonly kind: 'tensors'; readonly tensors: readonly GgufTensorBytes[] }
  | {
      readonly kind: 'mix';
      /** As llama-quantize calls it (`Q4_K_M`, `UD-Q4_K_XL`). */
      readonly mix: string;
      /** The type in which the model was published and its experts stay (`MXFP4`), or null. */
      readonly expertsType: string | null;
      /** Trained for the quantization: whoever published it kept the embeddings as they were, or did not. */
      readonly quantizationAware: boolean;
      /** Nobody states the mix: it is the one that the engine takes where there is one, and may be another. */
      readonly assumed: boolean;
    };

export interface GgufTensorBytes {
  readonly name: string;
  readonly bytes: number;
}
