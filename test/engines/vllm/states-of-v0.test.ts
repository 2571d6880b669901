import { describe, expect, it } from 'vitest';
import { estimateOf, inGib, memoryOf } from './catalogue.ts';

const MODEL = 'nvidia/NVIDIA-Nemotron-Nano-9B-v2';

describe('models with states on V0', () => {
  it('makes a state for each of 256 sequences in the profile: 33.75 GiB in fp32, for which 26.88 are free (vllm#23230)', () => {
    const started = estimateOf({ model: MODEL, version: '0.10.1', gpu: 'l40s' });
    expect([started.verdict, started.stage]).toEqual(['fails', 'profile']);
    const few = { model: MODEL, version: '0.10.1', gpu: 'l40s', args: { max_num_seqs: 1 } };
    const many = { ...few, args: { max_num_seqs: 257 } };
    const eager = { enforce_eager: true };
    const grown =
      memoryOf({ ...many, args: { ...many.args, ...eager } }).nonTorchBytes.value -
      memoryOf({ ...few, args: { ...few.args, ...eager } }).nonTorchBytes.value;
    // 27 layers of 128 heads × 80 × 128 in fp32, and three columns of 128 × 80 + 2 × 8 × 128 channels in bf16.
    expect(inGib(grown)).toBeCloseTo(33.75 + (256 * 27 * 3 * 12_288 * 2) / 2 ** 30, 2);
  });

  it('makes as many as the captured batch has that holds them', () => {
    const held = (sequences: number): number =>
      memoryOf({ model: MODEL, version: '0.10.1', gpu: 'h100', args: { max_num_seqs: sequences } }).nonTorchBytes.value;
    expect(held(33)).toBe(held(40));
    expect(held(41)).toBeGreaterThan(held(40));
  });

  it('keeps four layers of attention in the KV cache, and nothing else', () => {
    const { kvCacheBytes, kvCacheTokens } = memoryOf({
      model: MODEL,
      version: '0.10.1',
      gpu: 'h100',
      args: { max_num_seqs: 8 },
    });
    expect(kvCacheBytes.value / kvCacheTokens.value).toBeCloseTo(4 * 2 * 8 * 128 * 2, -1);
  });

  it('leaves V1 its pages, which states share with attention', () => {
    const asked = { model: MODEL, version: '0.10.1', gpu: 'l40s', environment: { VLLM_USE_V1: '1' } };
    expect(estimateOf(asked).verdict).not.toBe('fails');
  });
});
