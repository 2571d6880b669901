import { describe, expect, it } from 'vitest';
import { decodeSizes, prefillSizes } from '../../../src/engines/sglang/graph-sizes.ts';
import { parseVersion } from '../../../src/engines/sglang/versions.ts';
import { launched, type Asked } from './launches.ts';

const plain = { speculative: false, unpadded: false };

describe('sizes that are captured (srt/server_args.py at each release)', () => {
  // The lists of the engine's own log: 42, 50, 58 and 74 prefill graphs for its four tiers of chunks.
  it.each([
    [2048, 42],
    [4096, 50],
    [8192, 58],
    [16_384, 74],
  ])('prefill up to %i tokens: %i', (tokens, count) => {
    const sizes = prefillSizes(tokens);
    expect(sizes).toHaveLength(count);
    expect(sizes.at(-1)).toBe(tokens);
    expect(sizes.slice(0, 3)).toEqual([4, 8, 12]);
  });

  // 52 sizes up to 512 in the log of an 8B on a GB300 (0.5.12).
  it('decoding, since 0.5.3', () => {
    const sizes = decodeSizes(parseVersion('0.5.12'), 512, plain);
    expect(sizes).toHaveLength(52);
    expect(decodeSizes(parseVersion('0.5.12'), 24, plain)).toEqual([1, 2, 4, 8, 12, 16, 24]);
    expect(decodeSizes(parseVersion('0.5.12'), 8, plain)).toEqual([1, 2, 4, 8]);
  });

  // 1, 2, 4, 8, 16, 24, …, 160: 23 batches in the logs of 0.4.
  it('decoding before', () => {
    expect(decodeSizes(parseVersion('0.4.3'), 160, plain)).toHaveLength(23);
  });

  it('end with the largest, are ascending, and none is twice', () => {
    for (const version of ['0.4.3', '0.5.18'])
      for (const largest of [1, 7, 100, 160, 300, 513, 5000])
        for (const speculative of [false, true]) {
          const sizes = decodeSizes(parseVersion(version), largest, { speculative, unpadded: false });
          expect(sizes.at(-1)).toBe(largest);
          expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
        }
  });
});

/** Reference tiers of 0.5.3.post3 to 0.5.18: [GPU, chunk, largest decode batch below four ranks, from four ranks on]. */
const TIERS: readonly (readonly [string, number, number, number])[] = [
  ['t4', 2048, 8, 8],
  ['l4', 2048, 24, 80],
  ['rtx-5090', 2048, 24, 80],
  ['l40s', 4096, 32, 160],
  ['a100-40gb', 4096, 32, 160],
  ['h100', 8192, 256, 512],
  ['h200', 8192, 256, 512],
  ['b200', 16_384, 512, 512],
];

describe('defaults by the size of the card', () => {
  it.each(TIERS)('%s: chunks of %i, graphs up to %i and %i', (gpu, chunk, few, many) => {
    const on = (ranks: number, args: NonNullable<Asked['args']> = {}) =>
      launched({ gpu: `${gpu}:${ranks}`, version: '0.5.9', args: { tp_size: ranks, ...args } });
    expect(on(1).chunkTokens).toBe(chunk);
    expect(on(1).graphs.decode.at(-1)).toBe(few);
    expect(on(4).graphs.decode.at(-1)).toBe(many);
    expect(on(1, { cuda_graph_max_bs: 40 }).graphs.decode.at(-1)).toBe(40);
    expect(on(1, { disable_cuda_graph: true }).graphs.decode).toEqual([]);
  });

  it('prefill has graphs by default from 0.5.10 on, unless they are turned off', () => {
    expect(launched({ version: '0.5.9' }).graphs.prefill).toEqual([]);
    expect(launched({ version: '0.5.10' }).graphs.prefill).toHaveLength(58);
    expect(launched({ version: '0.5.18' }).graphs.prefill).toHaveLength(58);
    for (const name of ['disable_piecewise_cuda_graph', 'disable_prefill_cuda_graph', 'disable_cuda_graph'])
      expect(launched({ args: { [name]: true } }).graphs.prefill, name).toEqual([]);
  });

  it('DP attention divides the chunk', () => {
    const args = { tp_size: 8, dp_size: 8, enable_dp_attention: true };
    expect(launched({ model: 'deepseek-ai/DeepSeek-V3', gpu: 'h200:8', args }).chunkTokens).toBe(1024);
  });
});
