import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { cellsOf } from '../../../src/engines/sglang/cells.ts';
import { noPoolMessage } from '../../../src/engines/sglang/messages.ts';
import { poolOf, type Pool } from '../../../src/engines/sglang/pool.ts';
import { stagesOf } from '../../../src/engines/sglang/stages.ts';
import { launched, type Asked } from './launches.ts';

/** The pool of a launch from the free memory that its log prints before and after loading, GiB. */
function sized(
  asked: Asked,
  before: number,
  after: number,
): Pool & { readonly cell: number; readonly fraction: number } {
  const launch = launched(asked);
  const [stage] = stagesOf(launch);
  if (!stage) throw new Error('no stage');
  const cells = cellsOf(launch, stage);
  const rest = (after - before * (1 - launch.fraction)) * GIB;
  return { ...poolOf(launch, cells, rest), cell: cells.budgeted, fraction: launch.fraction };
}

interface Example {
  readonly name: string;
  readonly asked: Asked;
  /** Free before loading and behind it, GiB, as logged. */
  readonly before: number;
  readonly after: number;
  /** Bytes of one token, from the config: KV heads × 2 × head size × layers × 2, or as the comment says. */
  readonly cell: number;
  /** `max_total_num_tokens` of the log. */
  readonly logged: number;
}

/** Public start-up logs that state all of it; the sources stand in the rows of test/accuracy/sglang that name them. */
const EXAMPLES: readonly Example[] = [
  {
    name: 'Llama 3.1 8B on an H100, 0.4.1.post7: 8 × 2 × 128 × 32 × 2',
    asked: { version: '0.4.1.post7', args: { mem_fraction_static: 0.88 } },
    before: 78.81,
    after: 63.72,
    cell: 131_072,
    logged: 444_500,
  },
  {
    name: 'DeepSeek-R1-Distill-Qwen-7B on 24 GB, 0.4.2: 4 × 2 × 128 × 28 × 2',
    asked: {
      model: 'deepseek-ai/DeepSeek-R1-Distill-Qwen-7B',
      version: '0.4.2',
      gpu: 'a30',
      args: { mem_fraction_static: 0.88 },
    },
    before: 22.76,
    after: 8.37,
    cell: 57_344,
    logged: 105_531,
  },
  {
    name: 'QwQ 32B on four L4, 0.4.3.post4, the fraction of its own: 2 × 2 × 128 × 64 × 2',
    asked: { model: 'Qwen/QwQ-32B', version: '0.4.3.post4', gpu: 'l4:4', args: { tp_size: 4 } },
    before: 21.63,
    after: 6.09,
    cell: 65_536,
    logged: 46_611,
  },
  {
    name: 'Llama 3.1 8B on 24 GB, 0.4.9, the fraction of its own',
    asked: { version: '0.4.9', gpu: 'rtx-4090' },
    before: 22.39,
    after: 7.37,
    cell: 131_072,
    logged: 38_141,
  },
  {
    name: 'Qwen3 8B on a GB300, 0.5.12, the fraction of its own: 8 × 2 × 128 × 36 × 2',
    asked: { model: 'Qwen/Qwen3-8B', version: '0.5.12', gpu: 'gb300' },
    before: 275.75,
    after: 260.48,
    cell: 147_456,
    logged: 1_707_904,
  },
  {
    name: 'Kimi K2.5 on eight MI355X, 0.5.9, latent: (512 + 64) × 61 × 2 on every rank',
    asked: { model: 'moonshotai/Kimi-K2.5', version: '0.5.9', gpu: 'mi355x:8', args: { tp_size: 8 } },
    before: 283.56,
    after: 209.98,
    cell: 70_272,
    logged: 2_454_421,
  },
  {
    name: 'Qwen3 32B on an H100, 0.90: 8 × 2 × 128 × 64 × 2',
    asked: { model: 'Qwen/Qwen3-32B', args: { mem_fraction_static: 0.9 } },
    before: 78.47,
    after: 17.4,
    cell: 262_144,
    logged: 39_078,
  },
];

describe('the pool from logged free memory', () => {
  // Two decimals of a GiB and what is allocated between the two prints: 0.3 % of a pool is the most that is unexplained.
  it.each(EXAMPLES.map((example) => [example.name, example] as const))('%s', (_name, example) => {
    const pool = sized(example.asked, example.before, example.after);
    expect(pool.cell).toBe(example.cell);
    expect(Math.abs(pool.tokens / example.logged - 1)).toBeLessThan(0.003);
  });
});

describe('caches of several kinds', () => {
  // 4 attention layers of 8 KV heads of 64; 36 states of 76.4 MB in all. Logged: 38 slots, 2.74 and 0.03 GB, 399,740 tokens.
  it('Granite 4.0 H Micro on 16 GB, 0.5.8: states take 0.9 / 1.9 of what is left', () => {
    const asked = { model: 'ibm-granite/granite-4.0-h-micro', version: '0.5.8', gpu: 'rtx-5060-ti-16gb' };
    const pool = sized(asked, 15.24, 9.26);
    expect(pool.slots).toBe(38);
    expect(pool.cell).toBe(8192);
    expect(pool.stateBytes / GIB).toBeCloseTo(2.74 + 0.03, 1);
    // Two decimals of three figures and the last digit of the fraction are 0.5 % of a pool of 3 GiB.
    expect(Math.abs(pool.tokens / 399_740 - 1)).toBeLessThan(0.006);
  });

  // 0.5.9 sizes FP8 entries of sparse latent attention with 576 bytes and allocates 656; 132 of the index per layer beside.
  // Logged on eight MI355X without an FP8 cache: 3,262,823 tokens, 186.77 GiB allocated.
  it('DeepSeek V3.2 with an FP8 cache: 14 % more is allocated than was sized before 0.5.11', () => {
    const asked = (version: string): Asked => ({
      model: 'deepseek-ai/DeepSeek-V3.2',
      version,
      gpu: 'h200:8',
      args: { tp_size: 8, kv_cache_dtype: 'fp8_e4m3', mem_fraction_static: 0.85 },
    });
    const before = sized(asked('0.5.9'), 137.9, 50);
    const after = sized(asked('0.5.11'), 137.9, 50);
    expect(before.cell).toBe(61 * (576 + 132));
    expect(after.cell).toBe(61 * (656 + 132));
    const rest = (50 - 137.9 * 0.15) * GIB;
    expect(before.bytes / rest).toBeCloseTo((656 + 132) / (576 + 132), 2);
    expect(after.bytes / rest).toBeCloseTo(1, 2);
  });

  // 12 layers of 4096 bytes that keep every token and 36 whose windows have 0.8 of it; drafting with DFLASH is not counted
  // beside windows before 0.5.18. Logged on a GB10: 185,897 and 148,717 tokens at 0.85, 32,997 of another quantization at 0.88.
  it.each([
    [0.85, 115.36, 46.25, 185_897],
    [0.88, 115.26, 18.98, 32_997],
  ])('Laguna S on a GB10 at %f: windows in a pool of their own', (fraction, before, after, logged) => {
    const args = { mem_fraction_static: fraction, context_length: 65_536 };
    const pool = sized({ model: 'poolside/Laguna-S-2.1-INT4', gpu: 'gb10', version: '0.5.14', args }, before, after);
    expect(pool.cell).toBeCloseTo(12 * 4096 + 0.8 * 36 * 4096, 6);
    expect(Math.abs(pool.tokens / logged - 1)).toBeLessThan(0.003);
    expect(pool.windowTokens).toBe(Math.floor(pool.tokens * 0.8));
  });

  // 36 layers of 8 heads of 64, every second with a window of 128. Requests × (window + 128 + page + page) + 2 chunks + page.
  it('a given number of requests bounds the windows’ pool where nothing is cached, from 0.5.14 on', () => {
    const asked = (version: string): Asked => ({
      model: 'openai/gpt-oss-120b',
      version,
      args: {
        max_running_requests: 64,
        disable_radix_cache: true,
        chunked_prefill_size: 4096,
        mem_fraction_static: 0.9,
      },
    });
    expect(sized(asked('0.5.14'), 78, 20).windowTokens).toBe(64 * (128 + 128 + 1 + 1) + 2 * 4096 + 1);
    const ratio = sized(asked('0.5.13'), 78, 20);
    expect(ratio.windowTokens).toBe(Math.floor(ratio.tokens * 0.8));
  });

  // 2 layers × 94 × 128 × 2 × 1 byte on each of four ranks; 367,404 tokens take 8.23 + 8.23 GiB in the log.
  it('Qwen3 235B in FP8 on four H100 with an FP8 cache', () => {
    const asked = {
      model: 'Qwen/Qwen3-235B-A22B-Instruct-2507-FP8',
      gpu: 'h100:4',
      args: { tp_size: 4, kv_cache_dtype: 'fp8_e4m3', mem_fraction_static: 0.93 },
    };
    const { cell } = sized(asked, 78, 22);
    expect(cell).toBe(24_064);
  });

  it('GPT-OSS keeps windows in a pool of 0.8 of the tokens since 0.5.8, all tokens before', () => {
    // 36 layers of 8 KV heads of 64 in 2 bytes; every second one has a window of 128.
    const asked = (version: string): Asked => ({ model: 'openai/gpt-oss-120b', version });
    const each = 8 * 64 * 2 * 2;
    expect(sized(asked('0.5.9'), 78, 20).cell).toBeCloseTo(18 * each + 0.8 * 18 * each, 6);
    expect(sized(asked('0.5.5'), 78, 20).cell).toBe(36 * each);
  });

  // Logs of mattbucci/2x-3090-GA102-300-A1-sglang-inference, benchmarks/sprint-2026-06-kv-decode: 22.91 GiB before loading, what is
  // left behind it, and tokens. Up to 75 MiB are taken between the print and the sizing.
  it.each([
    ['12B', 'google/gemma-4-12B-it', 0.8, 17.5, 8 * 2048 + 0.8 * 40 * 4096, 102_094],
    ['12B', 'google/gemma-4-12B-it', 0.03, 17.5, 8 * 2048 + 0.03 * 40 * 4096, 706_807],
    ['26B', 'google/gemma-4-26B-A4B-it', 0.8, 13.57, 5 * 2048 + 0.8 * 25 * 4096, 117_840],
    ['31B', 'google/gemma-4-31B-it', 0.1, 11.84, 10 * 4096 + 0.1 * 50 * 8192, 109_120],
  ] as const)('Gemma 4 %s on two RTX 3090, %s, windows %f of the others', (_, model, ratio, after, cell, logged) => {
    const args = { tp_size: 2, mem_fraction_static: 0.85, swa_full_tokens_ratio: ratio };
    const pool = sized({ model, version: '0.5.12', gpu: 'rtx-3090:2', args }, 22.91, after);
    expect(pool.cell).toBeCloseTo(cell, 6);
    expect(Math.abs(pool.tokens / logged - 1)).toBeLessThan(0.01);
  });

  // sgl-project/sglang#18039: 375,360 and 300,288 tokens on four cards at 0.7. 48 layers × 640 B and 39 windows × 1280 B, shared
  // out as if 9 layers kept every token and 39 windows 0.8 of them; at their own shape since.
  it('MiMo-V2-Flash had its windows priced twice in 0.5.8', () => {
    const asked = (version: string): Asked => ({
      model: 'XiaomiMiMo/MiMo-V2-Flash',
      version,
      gpu: 'h200:4',
      args: { tp_size: 4, page_size: 64, mem_fraction_static: 0.7 },
    });
    const former = sized(asked('0.5.8'), 137, 65);
    expect(former.cell).toBeCloseTo(((48 * 640 + 39 * 1280) * (9 + 0.8 * 39)) / 48, 6);
    expect(former.windowTokens / former.tokens).toBeCloseTo(300_288 / 375_360, 3);
    expect(sized(asked('0.5.9'), 137, 65).cell).toBeCloseTo(9 * 640 + 0.8 * 39 * 1280, 6);
  });

  it('Gemma 3 is on no list, so that its windows keep every token', () => {
    const pool = sized({ model: 'google/gemma-3-27b-it', version: '0.5.18' }, 78, 25);
    expect(pool.windowTokens).toBe(0);
  });
});

// DeepSeek-V4-Pro on eight H200 at 0.88: 12.25 GiB behind 125.65 of weights; the log says 0.9113.
it('the refusal states the least fraction', () => {
  const launch = launched({ args: { mem_fraction_static: 0.88 } });
  const message = noPoolMessage(launch, 12.25 * GIB, (12.25 + 125.65) * GIB);
  expect(message).toContain('--mem-fraction-static=0.88');
  expect(message).toMatch(/minimum viable = 1 - available\/pre = 0\.911[123]\)/);
  expect(message).toContain('above 0.912');
});
