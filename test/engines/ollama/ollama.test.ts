import { describe, expect, it } from 'vitest';
import { loadCatalogues } from '../../../src/cli/catalogues.ts';
import { GIB } from '../../../src/bytes.ts';
import type { ArgumentValue } from '../../../src/deployment.ts';
import { ollama } from '../../../src/engines/ollama/index.ts';
import { libraryIds, libraryModel } from '../../../src/engines/ollama/library.ts';
import { contextOf } from '../../../src/engines/ollama/settings.ts';
import { workloadOf } from '../llama-cpp/facts.ts';

const { models } = loadCatalogues();

describe('names of the library', () => {
  // As ollama.com/library lists them.
  it.each([
    ['llama3.1:8b-instruct-q4_K_M', 'meta-llama/Llama-3.1-8B-Instruct', 'Q4_K_M'],
    ['llama3.1', 'meta-llama/Llama-3.1-8B-Instruct', 'Q4_K_M'],
    ['library/qwen3:30b-a3b', 'Qwen/Qwen3-30B-A3B', 'Q4_K_M'],
    ['registry.ollama.ai/library/llama3:70b-instruct-fp16', 'meta-llama/Meta-Llama-3-70B-Instruct', 'F16'],
    ['mistral:instruct', 'mistralai/Mistral-7B-Instruct-v0.3', 'Q4_K_M'],
    ['gpt-oss:20b', 'openai/gpt-oss-20b', 'MXFP4_MOE'],
    ['gemma3:27b-it-qat', 'google/gemma-3-27b-it', 'Q4_0'],
    ['llama3.2:1b', 'meta-llama/Llama-3.2-1B-Instruct', 'Q8_0'],
  ])('%s', (name, hubId, mix) => {
    expect(libraryModel(name)).toEqual({ hubId, mix });
  });

  it.each(['llama9:8b', 'qwen3:31b', 'kimi-k2.5:cloud', 'me/mine:latest', ''])('%s is none of them', (name) => {
    expect(libraryModel(name)).toBeNull();
  });

  it('lead to models of the catalogue, but for families that it cannot compute', () => {
    const missing = libraryIds().filter((id) => models.find(id) === null);
    expect(missing.every((id) => /^google\/gemma-(?:3n|4)-E[24]B-it$/.test(id))).toBe(true);
  });
});

// server/routes.go: 262,144 tokens from 47 GiB of VRAM on, 32,768 from 23 GiB on, else 4,096; never more than the model has.
describe('the context that nobody sets', () => {
  const at = (gpu: string, args: Readonly<Record<string, ArgumentValue>> = {}, minor: number | null = null) =>
    contextOf(workloadOf('meta-llama/Llama-3.1-8B-Instruct', 'Q4_K_M', args, { gpu }), minor);

  it.each([
    ['t4-16gb', 4_096],
    ['rtx-4090', 32_768],
    ['h100-80gb-sxm', 131_072],
  ])('on %s', (gpu, tokens) => {
    expect(at(gpu)).toBe(tokens);
  });

  it('was 4,096 before 0.17, and gives way to what is set', () => {
    expect(at('h100-80gb-sxm', {}, 12)).toBe(4096);
    expect(at('t4-16gb', { context_length: 16_384 })).toBe(16_384);
    expect(at('t4-16gb', { context_length: 16_384, num_ctx: 8192 })).toBe(8192);
    expect(at('t4-16gb', { num_ctx: 1_000_000 })).toBe(131_072);
  });
});

describe('what becomes of a model', () => {
  const estimate = (
    id: string,
    args: Readonly<Record<string, ArgumentValue>>,
    options: Parameters<typeof workloadOf>[3] = {},
  ) => ollama.estimate(workloadOf(id, 'Q4_K_M', args, options));

  it('multiplies the context by the requests at once', () => {
    const one = estimate('Qwen/Qwen3-8B', { num_ctx: 8192 }).memory?.kvCacheBytes.value;
    // 36 layers of 8 heads of 128 keys and values in 16 bits: 144 KiB a token.
    expect(one).toBe(8192 * 144 * 1024);
    expect(estimate('Qwen/Qwen3-8B', { num_ctx: 8192, num_parallel: 4 }).memory?.kvCacheBytes.value).toBe(
      4 * (one ?? 0),
    );
  });

  it('moves layers to the CPU where they do not fit, and fails only where layers are pinned', () => {
    const moved = estimate('meta-llama/Llama-3.3-70B-Instruct', { num_ctx: 8192 });
    expect(moved.verdict).toBe('degraded');
    expect(moved.message).toMatch(/Ollama moves \d+ of 81 layers/);
    expect(estimate('meta-llama/Llama-3.3-70B-Instruct', { num_ctx: 8192, num_gpu: 99 }).verdict).toBe('fails');
  });

  it('uses a second GPU only where one does not hold it, or it is told to', () => {
    const small = estimate('Qwen/Qwen3-8B', { num_ctx: 8192 }, { count: 2 });
    expect(small.gpusNeeded).toBe(1);
    expect(estimate('Qwen/Qwen3-8B', { num_ctx: 8192, sched_spread: true }, { count: 2 }).gpusNeeded).toBe(2);
    const large = estimate('meta-llama/Llama-3.3-70B-Instruct', { num_ctx: 8192 }, { gpu: 'rtx-5090', count: 2 });
    expect([large.verdict, large.gpusNeeded]).toEqual(['fits', 2]);
  });

  it('leaves free what it is told to', () => {
    const plain = estimate('Qwen/Qwen3-8B', { num_ctx: 8192 }).memory?.freeBytes.value ?? 0;
    const less = estimate('Qwen/Qwen3-8B', { num_ctx: 8192, gpu_overhead: 2 * GIB }).memory?.freeBytes.value ?? 0;
    expect(plain - less).toBe(2 * GIB);
  });

  // FAQ of Ollama: a quantized cache needs flash attention. 144 KiB a token in 16 bits, 17/32 of it in q8_0.
  it('keeps a cache in 16 bits where flash attention is off', () => {
    const cacheAt = (args: Readonly<Record<string, ArgumentValue>>) =>
      estimate('Qwen/Qwen3-8B', { num_ctx: 8192, kv_cache_type: 'q8_0', ...args }).memory?.kvCacheBytes.value;
    expect(cacheAt({ flash_attention: false })).toBe(8192 * 144 * 1024);
    expect(cacheAt({ flash_attention: true })).toBe((8192 * 144 * 1024 * 17) / 32);
  });
});
