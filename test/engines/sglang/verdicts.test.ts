import { describe, expect, it } from 'vitest';
import { aiterWorkspace } from '../../../src/engines/sglang/outside.ts';
import { estimateOf, launched, memoryOf, type Asked } from './launches.ts';

const GIB = 2 ** 30;
const large: Asked = { model: 'Qwen/Qwen3-32B' };
const at = (asked: Asked, fraction: number, more: Asked['args'] = {}): Asked => ({
  ...asked,
  args: { ...asked.args, ...more, mem_fraction_static: fraction },
});

describe('AITER’s workspace on AMD, which is made after the pool', () => {
  const workspace = (asked: Asked, rows: number): number => aiterWorkspace(launched(asked), rows) / GIB;
  const llama: Asked = { gpu: 'mi300x', version: '0.5.9' };

  // GiB as published, of 128k tokens of context where nothing else is said.
  it.each([
    ['32 heads of 128, 2048 requests (sglang#20888)', llama, 2048, 16.25],
    ['8 of them on each of four ranks (sglang#36563)', { ...llama, gpu: 'mi300x:4', args: { tp_size: 4 } }, 2048, 4.06],
    [
      '32 heads of 128, 256k, 3261 requests (sglang#18263)',
      { gpu: 'mi355x', version: '0.5.15', model: 'Qwen/Qwen3-30B-A3B-Instruct-2507' },
      3261,
      51.75,
    ],
  ] as const)('%s', (_, asked, rows, published) => {
    expect(workspace(asked, rows)).toBeCloseTo(published, 1);
  });

  // sglang#18263: 60.65 GiB are left when it asks for 4096 requests' worth.
  it('is what the defaults have no room for', () => {
    const asked: Asked = { gpu: 'mi355x', version: '0.5.15', model: 'Qwen/Qwen3-30B-A3B-Instruct-2507-FP8' };
    expect(estimateOf(asked)).toMatchObject({ verdict: 'fails', stage: 'kv_cache' });
    expect(estimateOf({ ...asked, args: { max_running_requests: 512 } }).verdict).toBe('fits');
  });

  it('is none of latent attention, of other backends, and of kernels without it', () => {
    expect(workspace({ ...llama, model: 'deepseek-ai/DeepSeek-R1', gpu: 'mi300x:8', args: { tp_size: 8 } }, 2048)).toBe(
      0,
    );
    const unified = { SGLANG_USE_AITER_UNIFIED_ATTN: '1' };
    expect(workspace({ ...llama, environment: unified }, 2048)).toBeGreaterThan(16);
    expect(workspace({ ...llama, version: '0.5.11', environment: unified }, 2048)).toBe(0);
    const outside = (backend: string): number =>
      memoryOf({ ...llama, args: { attention_backend: backend } }).outsideBudgetBytes.value;
    expect(outside('aiter') - outside('triton')).toBeGreaterThan(16 * GIB);
  });
});

describe('a budget that the weights use up: the fraction has to go up', () => {
  // 61 GiB of an H100's 79.
  it('in the words of each release', () => {
    const now = estimateOf(at(large, 0.7));
    expect(now).toMatchObject({ verdict: 'fails', stage: 'kv_cache', quotesEngine: true });
    // srt/model_executor/model_runner_kv_cache_mixin.py since 0.5.14
    expect(now.message).toMatch(
      /^Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0\.7\. Raise/,
    );
    expect(now.message).toMatch(/minimum viable = 1 - available\/pre = 0\.77\d\d\)/);
    // model_runner.py init_memory_pool before, with the present value since 0.5.3
    expect(estimateOf({ ...at(large, 0.7), version: '0.5.9' }).message).toBe(
      'Not enough memory. Please try to increase --mem-fraction-static. Current value: mem_fraction_static=0.7',
    );
    expect(estimateOf({ ...at(large, 0.7), version: '0.4.9' }).message).toBe(
      'Not enough memory. Please try to increase --mem-fraction-static.',
    );
  });

  it('leaves a cache below zero, which the refused fraction states', () => {
    const { kvCacheBytes, budgetBytes, weightsBytes } = memoryOf(at(large, 0.7));
    expect(kvCacheBytes.value).toBeLessThan(0);
    expect(kvCacheBytes.value / GIB).toBeCloseTo((budgetBytes.value - weightsBytes.value) / GIB, 1);
  });
});

describe('too little outside the budget: the fraction has to go down', () => {
  const small: Asked = { gpu: 'rtx-4090', version: '0.5.9', args: { context_length: 8192 } };

  it('fails when graphs are captured, in the words of each release', () => {
    const captured = (version: string): string[] =>
      [0.93, 0.94, 0.95, 0.96, 0.97].flatMap((fraction) => {
        const { verdict, stage, message, quotesEngine } = estimateOf({ ...at(small, fraction), version });
        return verdict !== 'fits' && stage === 'graph_capture' && quotesEngine && message !== null ? [message] : [];
      });
    for (const message of captured('0.5.9')) expect(message).toContain('--disable-cuda-graph');
    for (const message of captured('0.5.18')) expect(message).toContain('--cuda-graph-max-bs-decode');
    expect(captured('0.5.9').length + captured('0.5.18').length).toBeGreaterThan(0);
  });

  it('fails in the first long prefill where no graphs are captured', () => {
    const asked = at({ version: '0.5.9' }, 0.97, { chunked_prefill_size: 65_536, disable_cuda_graph: true });
    const { verdict, stage, message } = estimateOf(asked);
    expect([verdict, stage]).toEqual(['fails', 'serving']);
    expect(message).toContain('Lower --mem-fraction-static or --chunked-prefill-size');
    expect(
      estimateOf(at({ version: '0.5.9' }, 0.97, { chunked_prefill_size: 2048, disable_cuda_graph: true })).verdict,
    ).not.toBe('fails');
  });

  it('never asks for both: between too little and too much there are the fractions that start', () => {
    const way = (fraction: number): 'raise' | 'starts' | 'lower' => {
      const { verdict, stage, message } = estimateOf(at({ ...small, version: '0.5.18' }, fraction));
      if (verdict === 'fits' || verdict === 'degraded' || (stage === 'serving' && message?.startsWith('Input')))
        return 'starts';
      return message?.includes('Raise') || message?.includes('increase') ? 'raise' : 'lower';
    };
    const ways = Array.from({ length: 55 }, (_, index) => way(0.45 + index / 100));
    expect([...new Set(ways)]).toEqual(['raise', 'starts', 'lower']);
    expect(ways.filter((one, index) => one !== ways[index - 1])).toEqual(['raise', 'starts', 'lower']);
  });
});

describe('a pool that is smaller than one request of the full context', () => {
  // 8B on 24 GB: some 34,000 of 131,072 tokens. The engine starts and says so with each long request.
  it('starts, and serves less than asked for', () => {
    const { verdict, stage, message, quotesEngine } = estimateOf({ gpu: 'rtx-4090' });
    expect([verdict, stage, quotesEngine]).toEqual(['degraded', 'serving', true]);
    expect(message).toMatch(/^Input length \(131071 tokens\) exceeds the maximum allowed length \(\d+ tokens\)/);
  });

  it('serves all of a shorter one', () => {
    expect(estimateOf({ gpu: 'rtx-4090', args: { context_length: 8192 } }).verdict).toBe('fits');
  });

  it('is so too where an argument caps the tokens', () => {
    const { verdict, memory } = estimateOf({ args: { max_total_tokens: 4096 } });
    expect(verdict).toBe('degraded');
    expect(memory?.kvCacheTokens.value).toBe(4096);
  });
});

describe('the table of the places of tokens, one row per request', () => {
  const outside = (version: string, args: NonNullable<Asked['args']>): number =>
    memoryOf({ version, gpu: 'h100:8', args: { context_length: 4096, max_total_tokens: 1000, ...args } })
      .outsideBudgetBytes.value;
  const row = (4096 + 4) * 4;

  it('has no more rows than half the tokens from 0.5.10 on (sglang#20142), and as many as asked for before', () => {
    const more = (version: string): number =>
      outside(version, { max_running_requests: 2000 }) - outside(version, { max_running_requests: 1000 });
    expect(more('0.5.9')).toBe(1000 * row);
    expect(more('0.5.10')).toBe(0);
  });

  it('has the rows of all replicas before that', () => {
    const args = { max_total_tokens: 100_000, tp_size: 8, dp_size: 8, enable_dp_attention: true };
    const more = (version: string): number =>
      outside(version, { ...args, max_running_requests: 1600 }) -
      outside(version, { ...args, max_running_requests: 800 });
    expect(more('0.5.9')).toBe(800 * row);
    expect(more('0.5.10')).toBe(100 * row);
  });
});

describe('what SGLang refuses by its arguments', () => {
  it.each<[string, Asked, string | RegExp]>([
    ['a card without its kernels', { gpu: 'v100-16gb' }, 'SGLang only supports sm75 and above.'],
    ['a fraction above one', { args: { mem_fraction_static: 1.5 } }, /mem-fraction-static 1\.5/],
    [
      'a context longer than the model’s',
      { args: { context_length: 1_000_000 } },
      /User-specified context_length \(1000000\)/,
    ],
    ['ranks that do not divide the heads', { gpu: 'h100:8', args: { tp_size: 3 } }, /./],
  ])('%s', (_what, asked, message) => {
    const estimate = estimateOf(asked);
    expect([estimate.verdict, estimate.stage, estimate.memory]).toEqual(['fails', 'arguments', null]);
    expect(estimate.message).toMatch(message);
  });

  it('a longer context passes where the variable allows it', () => {
    const environment = { SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN: '1' };
    expect(estimateOf({ args: { context_length: 1_000_000 }, environment }).stage).not.toBe('arguments');
  });

  it.each([
    ['torchao_config', 'int4wo-128'],
    ['enable_hisparse', true],
    ['offload_group_size', 4],
  ] as const)('%s is not modelled, so that nothing is said of it', (name, value) => {
    expect(estimateOf({ args: { [name]: value } })).toMatchObject({ verdict: 'unknown', memory: null });
  });
});

describe('parallelism', () => {
  const llama = 'meta-llama/Llama-3.1-70B-Instruct';
  const on = (args: NonNullable<Asked['args']>) => memoryOf({ model: llama, gpu: 'h100:8', version: '0.5.9', args });

  it('tensor parallelism divides weights and tokens’ bytes', () => {
    const [four, eight] = [on({ tp_size: 4 }), on({ tp_size: 8 })];
    expect(eight.weightsBytes.value / four.weightsBytes.value).toBeCloseTo(0.5, 1);
    // 8 KV heads: one per rank, 80 layers of 128 + 128 in 2 bytes.
    expect(eight.kvCacheNeededBytes.value).toBe(131_072 * 80 * 256 * 2);
  });

  it('DP attention keeps attention whole on every rank and gives each a cache of its own', () => {
    const plain = memoryOf({ model: 'deepseek-ai/DeepSeek-V3', gpu: 'h200:8', args: { tp_size: 8 } });
    const dp = memoryOf({
      model: 'deepseek-ai/DeepSeek-V3',
      gpu: 'h200:8',
      args: { tp_size: 8, dp_size: 8, enable_dp_attention: true },
    });
    expect(dp.weightsBytes.value).toBeGreaterThan(plain.weightsBytes.value + 5 * GIB);
    // Latent: the same bytes per token on every rank either way.
    expect(dp.kvCacheNeededBytes.value).toBe(plain.kvCacheNeededBytes.value);
  });

  it('data parallelism alone copies the launch', () => {
    const [one, two] = [on({ tp_size: 4 }), on({ tp_size: 4, dp_size: 2 })];
    expect(two.weightsBytes.value).toBe(one.weightsBytes.value);
    expect(estimateOf({ model: llama, gpu: 'h100:8', args: { tp_size: 4, dp_size: 2 } }).gpusNeeded).toBe(8);
  });
});

describe('drafting', () => {
  const drafter = 'lmsys/SGLang-EAGLE3-Qwen3-30B-A3B-Instruct-2507-SpecForge-Nex';
  const asked = (version: string): Asked => ({
    model: 'Qwen/Qwen3-30B-A3B-Instruct-2507',
    drafter,
    version,
    args: {
      mem_fraction_static: 0.9,
      speculative_algorithm: 'EAGLE3',
      speculative_draft_model_path: drafter,
      speculative_num_steps: 3,
      speculative_eagle_topk: 1,
      speculative_num_draft_tokens: 4,
    },
  });

  it('takes weights and a cache of its own', () => {
    expect(memoryOf(asked('0.5.18')).drafterBytes.value).toBeGreaterThan(0.1 * GIB);
  });

  // Before 0.5.14 the drafter loads behind the pool, so that the pool does not shrink by it.
  it('shrinks the pool since 0.5.14 only', () => {
    const without = (version: string) => ({
      ...asked(version),
      drafter: undefined,
      args: { mem_fraction_static: 0.9 },
    });
    const tokens = (one: object): number => memoryOf(one as Asked).kvCacheTokens.value;
    expect(tokens(asked('0.5.13'))).toBe(tokens(without('0.5.13')));
    expect(tokens(asked('0.5.14'))).toBeLessThan(tokens(without('0.5.14')));
  });

  it('by n-grams needs no model', () => {
    const estimate = estimateOf({ args: { speculative_algorithm: 'NGRAM' } });
    expect(estimate.memory?.drafterBytes.value).toBe(0);
  });
});

describe('what is said and what is quoted', () => {
  // server_args.py and the models' attention only have `assert tp_size % dp_size == 0`, `assert num_heads % tp_size == 0`.
  it.each([
    [{ tp_size: 3 }, '32 attention heads do not divide over 3 ranks'],
    [{ tp_size: 4, dp_size: 3, enable_dp_attention: true }, 'tp_size 4 is no multiple of dp_size 3'],
    [{ mem_fraction_static: 1.5 }, '--mem-fraction-static 1.5 is no share of a GPU: it lies between 0 and 1'],
    [{ page_size: 0 }, '--page-size cannot be 0'],
    [{ max_total_tokens: -5 }, '--max-total-tokens cannot be -5'],
    [{ max_mamba_cache_size: 0 }, '--max-mamba-cache-size cannot be 0'],
  ] as const)('%j fails in words of ours', (args, message) => {
    expect(estimateOf({ args })).toMatchObject({ verdict: 'fails', stage: 'arguments', message, quotesEngine: false });
  });

  it('what argparse cannot read is in its words', () => {
    const { message, quotesEngine } = estimateOf({ args: { page_size: 'many' } });
    expect([message, quotesEngine]).toEqual(["argument --page-size: invalid int value: 'many'", true]);
  });

  // 0.5.18: (81559 − 512 − 1.5 · 131072 − …) ÷ 81559 is below zero, which leaves nothing for the pool; a fraction helps.
  it('a fraction that SGLang itself works out to less than nothing fails when the pool is sized', () => {
    const args = { chunked_prefill_size: -1, max_prefill_tokens: 131_072 };
    const chosen = estimateOf({ args });
    expect(chosen).toMatchObject({ verdict: 'fails', stage: 'kv_cache', quotesEngine: true });
    expect(chosen.message).toMatch(/--mem-fraction-static=-1\.\d+\. Raise/);
    expect(estimateOf({ args: { ...args, mem_fraction_static: 0.7 } }).verdict).not.toBe('fails');
  });

  // One process a GPU, set by its index (managers/scheduler.py): the third finds none.
  it.each([
    ['h100:2', { tp_size: 4 }, 'fails'],
    ['h100:2', { tp_size: 2, dp_size: 2 }, 'fails'],
    ['h100:4', { tp_size: 4, dp_size: 2, enable_dp_attention: true }, 'fits'],
    ['h100:2', { tp_size: 4, nnodes: 2 }, 'fits'],
    // Nobody says how many there are.
    ['h100', { tp_size: 4 }, 'fits'],
  ] as const)('%s with %j: %s', (gpu, args, verdict) => {
    const estimate = estimateOf({ gpu, args });
    expect(estimate.verdict).toBe(verdict);
    if (verdict === 'fails')
      expect(estimate).toMatchObject({ message: 'It spreads over 4 GPUs, and 2 are there', quotesEngine: false });
  });
});

describe('features of images', () => {
  const vision: Asked = { model: 'Qwen/Qwen2.5-VL-7B-Instruct' };
  const cacheAt = (version: string, args: Asked['args'] = {}) =>
    memoryOf({ ...vision, version, args }).kvCacheBytes.value / GIB;

  // An upgrade from 0.5.16 to 0.5.17 took 18,560 tokens of 64 KiB and 4 of 43 states of 75 MiB, 1.43 GiB, off a server with
  // images; `--mm-feature-transport cpu` gave them back, and 0.5.18 lost no more than 1,600 tokens.
  it('take 1 GiB and a CUDA context in 0.5.17', () => {
    const fraction = { mem_fraction_static: 0.9 };
    const before = cacheAt('0.5.16', fraction);
    expect(cacheAt('0.5.17', { ...fraction, mm_feature_transport: 'cpu' })).toBeCloseTo(before, 2);
    expect(before - cacheAt('0.5.17', fraction)).toBeCloseTo((1 + 440 / 1024) * 0.9, 2);
    expect(cacheAt('0.5.18', fraction)).toBeCloseTo(before - 100 / 1024, 2);
    expect(cacheAt('0.5.18', { ...fraction, mm_feature_transport: 'cuda_ipc' })).toBeCloseTo(
      before - 1 - 100 / 1024,
      2,
    );
  });

  it('take nothing where the model is served for text alone, or on several nodes', () => {
    const [text, nodes] = [{ language_only: true }, { nnodes: 2, tp_size: 2 }];
    for (const args of [text, nodes])
      expect(cacheAt('0.5.17', { mem_fraction_static: 0.9, ...args })).toBeCloseTo(
        cacheAt('0.5.17', { mem_fraction_static: 0.9, ...args, mm_feature_transport: 'cpu' }),
        6,
      );
  });

  // kv_cache_configurator.py mm_runtime_reservation_gb since 0.5.18: 100 MiB for encoded items.
  it('are cached in 100 MiB since 0.5.18', () => {
    expect(
      cacheAt('0.5.15', { mem_fraction_static: 0.9 }) - cacheAt('0.5.18', { mem_fraction_static: 0.9 }),
    ).toBeCloseTo(100 / 1024, 2);
  });
});
