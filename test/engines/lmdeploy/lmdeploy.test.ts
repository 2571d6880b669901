import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { lmdeploy } from '../../../src/engines/lmdeploy/index.ts';
import { estimateOf, leftOver, memoryOf, read, valuesOf } from '../other-engines.ts';

describe('the options of lmdeploy serve api_server', () => {
  it('are read with the model in front of them, with dashes and underscores', () => {
    const parsed = read(lmdeploy, 'lmdeploy serve api_server org/m --tp 2 --enable_prefix_caching --quant-policy 8');
    expect(parsed.model?.value).toBe('org/m');
    expect(valuesOf(parsed)).toEqual({ tp: 2, enable_prefix_caching: true, quant_policy: '8' });
  });

  it.each(['lmdeploy serve api_client http://localhost', 'lmdeploy chat org/m', 'lmdeploy serve proxy'])(
    '%s is no launch',
    (command) => {
      expect(() => read(lmdeploy, command)).toThrow('does not know');
    },
  );

  it.each([
    ['openmmlab/lmdeploy:v0.9.2-cu12', '0.9.2'],
    ['openmmlab/lmdeploy:v0.7.2.post1-cu12', '0.7.2.post1'],
    ['openmmlab/lmdeploy:latest-cu12', null],
  ])('%s holds %s', (image, version) => {
    expect(lmdeploy.versionOfImage(image)?.version).toBe(version);
  });
});

describe('the accounting', () => {
  it.each([{}, { backend: 'pytorch' }, { tp: 2 }])('adds up (%j)', (args) => {
    expect(Math.abs(leftOver(memoryOf(lmdeploy, { gpu: 'h100:2', args })))).toBeLessThanOrEqual(2);
  });

  // Object cache budget: free after weights × ratio, in whole blocks of 64 tokens and 8 MiB (64 × 128 KiB).
  it('TurboMind takes its share of what is free after the weights', () => {
    const memory = memoryOf(lmdeploy, { args: { cache_max_entry_count: 0.5 } });
    const free = memory.totalBytes.value - memory.weightsBytes.value - memory.nonTorchBytes.value;
    const block = 64 * 128 * 1024;
    expect(memory.kvCacheBytes.value).toBe(Math.floor((free * 0.5) / block) * block);
  });

  // (8192 + 2·1024) · 152,064 · 2 B = 2.9 GiB of logits on an H100, whose batches hold 1024 requests.
  it('the PyTorch engine reserves logits first', () => {
    const args = { cache_max_entry_count: 0.5 };
    const model = 'Qwen/Qwen2.5-7B-Instruct';
    const whole = memoryOf(lmdeploy, { model, args }).kvCacheBytes.value;
    const rest = memoryOf(lmdeploy, { model, args: { ...args, backend: 'pytorch' } }).kvCacheBytes.value;
    expect((whole - rest) / 0.5 / GIB).toBeCloseTo(((8192 + 2 * 1024) * 152_064 * 2) / GIB, 1);
  });

  // One head of 128: 16 bits of keys and values are 512 B; 8 bits 256 B and four 16-bit scales and zero points.
  it.each([
    [0, 512],
    [8, 256 + 8],
    [4, 128 + 8],
    ['fp8', 256],
  ])('quant_policy %s costs %i B per head', (policy, each) => {
    const args = { quant_policy: policy, session_len: 1000 };
    expect(memoryOf(lmdeploy, { args }).kvCacheNeededBytes.value).toBe(1000 * 32 * 8 * each);
  });

  it('has two ends: too little for a cache, too much for what comes after it', () => {
    const tight = { model: 'Qwen/Qwen2.5-7B-Instruct', gpu: 'l4' };
    const small = { max_prefill_token_num: 64, max_batch_size: 1, session_len: 4096 };
    // 14.2 GiB of weights and 0.6 beside them: a tenth of what is left of 14.9 holds no three blocks.
    const args = { ...small, backend: 'pytorch', cache_max_entry_count: 0.1 };
    const low = estimateOf(lmdeploy, { ...tight, visibleGib: 14.9, args });
    expect(low).toMatchObject({ stage: 'kv_cache', message: 'No enough gpu memory for kv cache.', quotesEngine: true });
    expect(low.verdict).not.toBe('fits');
    const high = estimateOf(lmdeploy, { ...tight, args: { cache_max_entry_count: 0.95, session_len: 4096 } });
    expect(high).toMatchObject({ verdict: 'fails', stage: 'profile' });
    expect(estimateOf(lmdeploy, { ...tight, args: small }).verdict).toBe('fits');
  });

  it.each([
    { speculative_algorithm: 'eagle3' },
    { dp: 2 },
    { cache_max_entry_count: 100 },
    { quant_policy: 42 },
    { device: 'maca' },
  ])('does not guess (%j)', (args) => {
    expect(estimateOf(lmdeploy, { args })).toMatchObject({ verdict: 'unknown', memory: null });
  });
});

describe('heads that do not divide', () => {
  // turbomind/deploy/target_model/base.py: assertions on head_num and on kv_head_num, which may be repeated before.
  it.each([
    ['Qwen/Qwen2.5-7B-Instruct', 3, 'fails'],
    ['Qwen/Qwen2.5-7B-Instruct', 4, 'fits'],
    // 8 heads of keys over 16 ranks: each twice.
    ['meta-llama/Llama-3.1-8B-Instruct', 16, 'fits'],
  ] as const)('%s over %i ranks: %s', (model, tp, verdict) => {
    expect(estimateOf(lmdeploy, { model, gpu: 'h100:16', args: { tp } }).verdict).toBe(verdict);
  });

  it('are not judged for the PyTorch engine, whose cut is not modelled', () => {
    const asked = { model: 'Qwen/Qwen2.5-7B-Instruct', gpu: 'h100:4', args: { tp: 3, backend: 'pytorch' } };
    expect(estimateOf(lmdeploy, asked).verdict).toBe('unknown');
  });
});

// 0.2.0 and 0.2.1 took half of the whole card.
it.each([
  ['0.2.1', 'unknown'],
  ['0.1.0', 'unknown'],
  ['0.2.2', 'fits'],
  ['0.10.1', 'fits'],
  ['0.16.0', 'fits'],
] as const)('release %s: %s', (version, verdict) => {
  expect(estimateOf(lmdeploy, { version }).verdict).toBe(verdict);
});

it('needs a GPU for every rank', () => {
  expect(estimateOf(lmdeploy, { gpu: 'h100:2', args: { tp: 4 } })).toMatchObject({
    verdict: 'fails',
    message: 'It spreads over 4 GPUs, and 2 are there',
    quotesEngine: false,
  });
});

it('does not guess what a checkpoint in a precision that it does not load becomes', () => {
  const { verdict } = estimateOf(lmdeploy, { model: 'unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit' });
  expect(verdict).toBe('unknown');
});
