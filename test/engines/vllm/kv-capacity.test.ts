import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { blocksPerRequest, kvCapacity, longestThatFits, neededBytes } from '../../../src/engines/vllm/kv-cache.ts';
import { estimateOf } from './catalogue.ts';
import { dense, LLAMA_8B } from './models.ts';
import { cached, launched, type Asked } from './launches.ts';

/** Tokens and concurrency that a log would state, from the memory that it states as available. */
function logged(asked: Asked, availableGib: number, index = 0) {
  const { layout, rules } = cached(asked, index);
  const blocks = Math.floor((availableGib * GIB) / layout.blockBytes);
  return { layout, rules, ...kvCapacity(layout, blocks, launched(asked).context.tokens, rules) };
}

/** Logs print two decimals of a GiB, so tokens may differ by what half a hundredth of a GiB holds. */
function near(tokens: number, loggedTokens: number, bytesPerToken: number): boolean {
  return Math.abs(tokens - loggedTokens) <= (0.005 * GIB) / bytesPerToken + 16;
}

describe('capacity from the memory that a log calls available (worked checks of start-up logs)', () => {
  it('Qwen3.6-27B: blocks of 784 tokens in four groups, 408 of them, 313,650 tokens and 1.20x', () => {
    const args = { max_model_len: 262_144, enable_prefix_caching: true };
    const { layout, rules, ...capacity } = logged({ model: 'Qwen/Qwen3.6-27B', version: '0.28.0', args }, 19.54);
    expect(layout).toMatchObject({ blockTokens: 784, blockBytes: 3_211_264 * 16, paddingLayers: 0 });
    expect(layout.groups.map(({ groups }) => groups).toSorted()).toEqual([1, 3]);
    expect(blocksPerRequest(layout, 262_144, rules)).toBe(335 + 3 * 2);
    expect(capacity.blocks).toBe(408);
    expect(capacity.concurrency.toFixed(2)).toBe('1.20');
    expect(Math.round(capacity.concurrency * 262_144)).toBe(313_650);
  });

  it('Qwen3.6-27B with one MTP layer: 17 layers a group, three of padding', () => {
    const args = { max_model_len: 262_144, speculative_config: { method: 'mtp', num_speculative_tokens: 1 } };
    const { layout } = cached({ model: 'Qwen/Qwen3.6-27B', version: '0.28.0', args });
    expect(layout.paddingLayers).toBe(3);
  });

  it('gpt-oss-20b on two GPUs: two groups of twelve, 2,591,776 tokens', () => {
    const { layout, tokens } = logged(
      { model: 'openai/gpt-oss-20b', args: { tensor_parallel_size: 2, max_model_len: 8192 } },
      59.32,
    );
    expect(layout.blockBytes).toBe(16 * 1024 * 12);
    expect(layout.groups.map(({ groups }) => groups)).toEqual([1, 1]);
    expect(near(tokens, 2_591_776, 1024 * 12 * 2)).toBe(true);
  });

  it('Gemma 3 27B: ten layers a group, six groups with a window and one without, 36,560 tokens', () => {
    const { layout, tokens } = logged({ model: 'google/gemma-3-27b-it', args: { max_model_len: 8192 } }, 19.53);
    expect(layout).toMatchObject({ blockBytes: 131_072 * 10, paddingLayers: 8 });
    expect(layout.groups.map(({ groups }) => groups).toSorted()).toEqual([1, 6]);
    expect(tokens).toBe(36_560);
  });

  it('DeepSeek-V2-Lite: a latent of 1,152 bytes in 27 layers, 1,505,552 tokens', () => {
    const { tokens } = logged({ model: 'deepseek-ai/DeepSeek-V2-Lite', args: { max_model_len: 8192 } }, 43.61);
    expect(near(tokens, 1_505_552, 27 * 1152)).toBe(true);
  });

  it('Llama 3.1 8B in two stages: the last one decides, 1,075,312 tokens', () => {
    const asked = { model: LLAMA_8B, args: { pipeline_parallel_size: 2, max_model_len: 8192 } };
    const first = logged(asked, 66.54);
    const last = logged(asked, 65.63, 1);
    expect(last.tokens).toBeLessThan(first.tokens);
    expect(near(last.tokens, 1_075_312, 65_536)).toBe(true);
  });

  it('MiniMax-M2.7 on two GPUs: refused with 23.25 GiB needed; about 190,272 tokens would fit', () => {
    const args = { tensor_parallel_size: 2, max_model_len: 196_608, trust_remote_code: true };
    const { layout, rules } = cached({ model: 'MiniMaxAI/MiniMax-M2.7', version: '0.28.0', gpu: 'h200:8', args });
    expect(layout.blockBytes).toBe(126_976 * 16);
    expect((neededBytes(layout, 196_608, rules) / GIB).toFixed(2)).toBe('23.25');
    expect(neededBytes(layout, 196_608, rules)).toBeGreaterThan(22.5 * GIB);
    // The log rounds what is available to a hundredth of a GiB: 84 tokens.
    const longest = longestThatFits(layout, 22.5 * GIB, 196_608, rules);
    expect(Math.abs(longest - 190_272)).toBeLessThanOrEqual(84 / 2 + 16);
  });
});

/** A model with 8 heads of 128 in every layer: 4,096 bytes a token and layer. */
const SIXTEEN = dense({
  id: 'sixteen',
  className: 'LlamaForCausalLM',
  hidden: 1024,
  intermediate: 4096,
  layers: 16,
  heads: 8,
  kvHeads: 8,
  headDim: 128,
  vocabulary: 32_000,
  positions: 131_072,
});
const PAGE = 16 * 4096;

describe('what the log states, by release', () => {
  it.each([
    // ≤0.8.5 and uniform models up to 0.20.0: whole blocks; from 0.20.1 on int(concurrency × max_model_len).
    ['0.8.5', 100 * 16, (100 * 16) / 1000],
    ['0.9.0', 100 * 16, (100 * 16) / 1000],
    // 1000 tokens are 63 blocks from 0.9.1 on.
    ['0.9.1', 100 * 16, 100 / 63],
    ['0.19.0', 100 * 16, 100 / 63],
    ['0.21.0', Math.floor((100 / 63) * 1000), 100 / 63],
    ['0.28.0', Math.floor((100 / 63) * 1000), 100 / 63],
  ])('%s', (version, tokens, concurrency) => {
    const { layout, rules } = cached({ model: SIXTEEN, version, args: { max_model_len: 1000 } });
    expect(kvCapacity(layout, 100, 1000, rules)).toEqual({ blocks: 100, tokens, concurrency });
  });

  it('multiplies by the ranks that share a request', () => {
    const args = { tensor_parallel_size: 8, decode_context_parallel_size: 8, max_model_len: 1024 };
    const asked = { model: 'deepseek-ai/DeepSeek-V2-Lite', args };
    const { layout, rules } = cached({ ...asked, version: '0.19.0' });
    // 1024 tokens over 8 ranks: 128 each (v1/kv_cache_interface.py, cdiv by dcp_world_size).
    expect(blocksPerRequest(layout, 1024, rules)).toBe(Math.ceil(128 / layout.blockTokens));
    expect(kvCapacity(layout, 1000, 1024, rules).tokens).toBe(1000 * layout.blockTokens * 8);
  });

  it('prefill ranks share the cache until July 2026 (#46570)', () => {
    const args = { prefill_context_parallel_size: 2, max_model_len: 1024 };
    const blocks = (version: string) => {
      const { layout, rules } = cached({ model: SIXTEEN, version, args });
      return blocksPerRequest(layout, 1024, rules);
    };
    expect(blocks('0.26.0')).toBe(32);
    expect(blocks('0.27.0')).toBe(64);
  });
});

describe('whether one request fits', () => {
  it('reserves the null block from 0.29 on', () => {
    const need = (version: string) => {
      const { layout, rules } = cached({ model: SIXTEEN, version, args: { max_model_len: 1024 } });
      return neededBytes(layout, 1024, rules);
    };
    expect(need('0.28.0')).toBe(64 * 16 * PAGE);
    expect(need('0.29.0')).toBe(65 * 16 * PAGE);
  });

  it('asked every layer by itself before 0.14, so that padding layers cost nothing', () => {
    const need = (version: string) => {
      const args = { max_model_len: 131_072, max_num_batched_tokens: 8192 };
      const { layout, rules } = cached({ model: 'google/gemma-3-27b-it', version, args });
      return neededBytes(layout, 131_072, rules) / 131_072;
    };
    // 52 layers with a window of 1024: ceil((1023 + 8192) ÷ 16) + 1 = 577 blocks; 10 full ones: 8192. Pages of 131,072 B.
    expect(need('0.13.0')).toBe(52 * 577 + 10 * 8192);
    expect(need('0.14.0')).toBe((6 * 577 + 8192) * 10);
  });

  it('held all stages against one worker from 0.14 to 0.16 (#33698)', () => {
    const need = (version: string) => {
      const args = { pipeline_parallel_size: 2, max_model_len: 1024 };
      const asked = { model: SIXTEEN, version, args };
      const { layout, rules } = cached(asked);
      return neededBytes(layout, 1024, rules);
    };
    expect(need('0.13.0')).toBe(64 * 8 * PAGE);
    expect(need('0.16.0')).toBe(64 * 16 * PAGE);
    expect(need('0.17.0')).toBe(64 * 8 * PAGE);
  });

  it('finds the longest request by the same test', () => {
    const { layout, rules } = cached({ model: SIXTEEN, args: { max_model_len: 1024 } });
    expect(longestThatFits(layout, 10 * 16 * PAGE - 1, 131_072, rules)).toBe(9 * 16);
    expect(longestThatFits(layout, 16 * PAGE - 1, 131_072, rules)).toBe(0);
    expect(longestThatFits(layout, 1e15, 131_072, rules)).toBe(131_072);
  });
});

describe('blocks of a request in layers with a window', () => {
  it.each([
    // max_num_batched_tokens up to 0.25, twice that with asynchronous scheduling from 0.26 on.
    ['0.19.0', {}, Math.ceil((1023 + 2048) / 16) + 1],
    ['0.26.0', {}, Math.ceil((1023 + 2 * 2048) / 16) + 1],
    ['0.26.0', { async_scheduling: false }, Math.ceil((1023 + 2048) / 16) + 1],
  ])('%s %o', (version, extra, blocks) => {
    const args = { max_model_len: 32_768, max_num_batched_tokens: 2048, max_num_seqs: 16, ...extra };
    const { layout, rules } = cached({ model: 'google/gemma-3-27b-it', version, args });
    expect(blocksPerRequest(layout, 32_768, rules)).toBe(2048 + 6 * blocks);
  });
});

describe('blocks that were asked for', () => {
  const estimate = (version: string, blocks: number) =>
    estimateOf({
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      version,
      gpu: 'h100',
      args: { max_model_len: 8192, num_gpu_blocks_override: blocks },
    });

  it('make the cache, and decide whether a request fits from 0.20.1 on (#41069)', () => {
    // One request of 8192 tokens takes 512 blocks of 2 MiB.
    expect(estimate('0.19.0', 511)).toMatchObject({ verdict: 'fits' });
    expect(estimate('0.21.0', 511)).toMatchObject({ verdict: 'fails', stage: 'kv_cache' });
    expect(estimate('0.19.0', 511).memory?.kvCacheBytes.value).toBe(511 * 2 ** 21);
  });

  it('overfill the card when they are too many', () => {
    expect(estimate('0.19.0', 60_000)).toMatchObject({ verdict: 'fails' });
  });
});
