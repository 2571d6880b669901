import { has, type EngineVersion } from './versions.ts';

/** Beyond this no list of sizes is built, whatever the arguments say. */
const LARGEST = 16_384;

/** Batches that are captured for decoding (srt/server_args.py _generate_decode_cuda_graph_batch_sizes). */
export function decodeSizes(
  version: EngineVersion,
  largest: number,
  { speculative, unpadded }: { readonly speculative: boolean; readonly unpadded: boolean },
): readonly number[] {
  const most = Math.max(1, Math.min(largest, LARGEST));
  const listed = unpadded
    ? steps(1, most, 1)
    : has(version, 'reservedByChunk')
      ? speculative
        ? [...steps(1, 8, 1), ...steps(10, 32, 2), ...steps(40, 64, 4), ...steps(72, 256, 8), ...steps(272, most, 16)]
        : [1, 2, 4, 8, 12, ...steps(16, 256, 8), ...steps(272, 496, 16), ...steps(512, most, 32)]
      : [1, 2, 4, 8, ...steps(16, 256, 8), ...steps(272, most, 16)];
  const sizes = listed.filter((size) => size <= most);
  return sizes.at(-1) === most ? sizes : [...sizes, most];
}

/** Token counts that are captured for prefill (_generate_prefill_cuda_graph_batch_sizes). */
export function prefillSizes(largest: number): readonly number[] {
  const most = Math.min(largest, LARGEST * 4);
  return [
    ...steps(4, 32, 4),
    ...steps(48, 256, 16),
    ...steps(288, 512, 32),
    ...steps(576, 1024, 64),
    ...steps(1280, 4096, 256),
    ...steps(4608, most, 512),
  ].filter((size) => size <= most);
}

function steps(from: number, to: number, step: number): number[] {
  const count = to < from ? 0 : Math.floor((to - from) / step) + 1;
  return Array.from({ length: count }, (_, index) => from + index * step);
}
