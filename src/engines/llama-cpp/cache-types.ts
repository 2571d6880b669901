import { type GgmlType, ggmlTypeNamed } from '../../models/gguf/ggml-types.ts';

/** What `--cache-type-k` and `--cache-type-v` take (llama.cpp common/arg.cpp, kv_cache_types). */
const ALLOWED = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0', 'q4_1', 'iq4_nl', 'q5_0', 'q5_1'];

/** The type that a cache is kept in; null for one that llama.cpp refuses. */
export function cacheTypeOf(name: string): GgmlType | null {
  return ALLOWED.includes(name) ? ggmlTypeNamed(name) : null;
}

/** Bytes of one token's keys or values of so many elements. */
export function rowBytes({ weights, bytes }: GgmlType, elements: number): number {
  return (elements / weights) * bytes;
}
