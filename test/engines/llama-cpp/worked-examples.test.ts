import { describe, expect, it } from 'vitest';
import { MIB } from '../../../src/bytes.ts';
import type { ArgumentValue } from '../../../src/deployment.ts';
import { cellsOf, layerCacheBytes } from '../../../src/engines/llama-cpp/cache.ts';
import { computeBytes } from '../../../src/engines/llama-cpp/compute.ts';
import { type Settings, settingsOf } from '../../../src/engines/llama-cpp/settings.ts';
import { ggufWeights } from '../../../src/models/gguf/weights.ts';
import { workloadOf } from './facts.ts';

type Args = Readonly<Record<string, ArgumentValue>>;

function resolved(id: string, args: Args, version: string | null) {
  const workload = workloadOf(id, 'Q4_K_M', args, { version });
  const settings = settingsOf(workload) as Settings;
  expect(settings).toHaveProperty('build');
  return { settings, architecture: workload.model.architecture };
}

function cacheMib(id: string, args: Args, context: number, version: string | null): Record<string, number> {
  const { settings, architecture } = resolved(id, args, version);
  const cells = cellsOf(settings, architecture, context);
  const byKind: Record<string, number> = {};
  for (const layer of architecture.layers) {
    const kind = layer.caches[0]?.kind ?? 'none';
    byKind[kind] = (byKind[kind] ?? 0) + layerCacheBytes(layer, cells, settings, architecture) / MIB;
  }
  return byKind;
}

function computeMib(id: string, args: Args, context: number, version: string | null): number {
  const { settings, architecture } = resolved(id, { parallel: 1, ...args }, version);
  const cells = cellsOf(settings, architecture, context);
  const where = {
    hasOutput: true,
    pipelined: false,
    first: true,
    copiedBytes: 0,
    copiedPairBytes: 0,
    copiedCacheBytes: 0,
  };
  return computeBytes(architecture, settings)(cells, where).value / MIB;
}

// Sizes that llama.cpp printed as 'KV buffer size' and 'RS buffer size': logs of an RTX 5090 (Qwen3-Coder-Next: 397, 2647 and
// 6445 MiB in all), of Gemma 4 12B QAT, of DeepSeek-Coder-V2-Lite in eight slots of 2,048, of Qwen3.5-9B with a million tokens.
describe('caches', () => {
  it.each([
    ['Qwen/Qwen3-Coder-Next', { parallel: 4, kv_unified: true }, 4_096, null, { full: 96, state: 301.5 }],
    ['Qwen/Qwen3-Coder-Next', { parallel: 4, kv_unified: true }, 100_096, null, { full: 2346, state: 301.5 }],
    ['Qwen/Qwen3-Coder-Next', { parallel: 4, kv_unified: true }, 262_144, null, { full: 6144, state: 301.5 }],
    ['google/gemma-4-12B-it', { cache_type_k: 'q8_0', cache_type_v: 'q8_0' }, 8_192, null, { full: 68, sliding: 765 }],
    [
      'google/gemma-4-12B-it',
      { cache_type_k: 'q8_0', cache_type_v: 'q8_0', parallel: 1 },
      8_192,
      null,
      { full: 68, sliding: 255 },
    ],
    ['deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct', { parallel: 8 }, 16_384, 'b5000', { latent: 4320 }],
    [
      'Qwen/Qwen3.5-9B',
      { parallel: 4, cache_type_k: 'q8_0', cache_type_v: 'q8_0' },
      1_048_576,
      'b9000',
      { full: 17_408, state: 201 },
    ],
  ] as const)('%s %j at %d of %s', (id, args, context, version, wanted) => {
    expect(cacheMib(id, args, context, version)).toEqual(wanted);
  });
});

// Graphs that a CPU build of b10472 reserved for 512 tokens (unless -ub says otherwise) and one output, 8,192 tokens of context.
describe('compute buffers', () => {
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct', {}, 8_192, 124],
    ['meta-llama/Llama-3.1-8B-Instruct', { ubatch_size: 256 }, 8_192, 62],
    ['meta-llama/Llama-3.1-8B-Instruct', { ubatch_size: 1024 }, 8_192, 248],
    ['meta-llama/Llama-3.1-8B-Instruct', { ubatch_size: 2048 }, 8_192, 496],
    ['meta-llama/Llama-3.1-8B-Instruct', {}, 32_768, 148],
    ['meta-llama/Llama-3.1-8B-Instruct', {}, 131_072, 244],
    ['meta-llama/Llama-3.1-8B-Instruct', { flash_attn: 'off' }, 8_192, 572],
    ['meta-llama/Llama-3.1-8B-Instruct', { flash_attn: 'off' }, 32_768, 2156],
    ['meta-llama/Llama-3.1-70B-Instruct', {}, 8_192, 240],
    ['mistralai/Mistral-7B-v0.1', {}, 8_192, 124],
    ['meta-llama/Llama-3.2-1B-Instruct', {}, 8_192, 72],
    ['Qwen/Qwen3-8B', {}, 8_192, 112],
    ['Qwen/Qwen3-32B', {}, 8_192, 204],
    ['Qwen/Qwen3-30B-A3B', {}, 8_192, 96],
    ['openai/gpt-oss-20b', {}, 8_192, 101],
    ['google/gemma-3-27b-it', {}, 8_192, 175],
    ['Qwen/Qwen3.5-0.8B', {}, 2_048, 42.4],
    ['Qwen/Qwen3.5-9B', {}, 8_192, 104],
    ['Qwen/Qwen3.5-27B', {}, 8_192, 140],
    ['Qwen/Qwen3.5-35B-A3B', {}, 8_192, 80],
    ['Qwen/Qwen3-Next-80B-A3B-Instruct', {}, 8_192, 94],
    // Ollama's log of Llama 3.2 1B with batches of 1,024: 160.04 and 256.04 MiB with 16.04 and 64.04 of them on the host.
    ['meta-llama/Llama-3.2-1B-Instruct', { ubatch_size: 1024 }, 8_192, 144],
    ['meta-llama/Llama-3.2-1B-Instruct', { ubatch_size: 1024 }, 32_768, 192],
  ] as const)('%s %j at %d tokens', (id, args, context, wanted) => {
    expect(Math.abs(computeMib(id, args, context, null) - wanted)).toBeLessThanOrEqual(0.5);
  });

  // 'CUDA0 compute buffer size' of builds before June 2026, which computed logits for every token of a batch.
  it.each([
    ['meta-llama/Llama-3.1-8B-Instruct', 258.5],
    ['Qwen/Qwen3-8B', 304.75],
    ['openai/gpt-oss-20b', 398.38],
  ])('%s, logits of a whole batch', (id, wanted) => {
    expect(Math.abs(computeMib(id, {}, 8_192, 'b9000') - wanted)).toBeLessThanOrEqual(0.01);
  });
});

// Four P100 with the experts of 36 of 48 layers on the host (logs of b8829, miminashi/llm-server-ops): its first GPU casts the mask and
// brings the experts over, the others get a mask of 16 bits.
describe('compute buffers of one of several GPUs', () => {
  const gates = 432 * MIB;
  it.each([
    [512, 32_768, false, 146.02, 0.05],
    [1_586, 32_768, false, 452.31, 0.05],
    [8_192, 65_536, false, 2848.25, 0.05],
    [512, 32_768, true, 966.5, 0.01],
    [1_586, 32_768, true, 980.36, 0.02],
  ])('%d tokens of %d, the first: %s', (ubatch, context, first, logged, share) => {
    const args = { parallel: 1, batch_size: ubatch, ubatch_size: ubatch };
    const { settings, architecture } = resolved('Qwen/Qwen3.5-122B-A10B', args, 'b8829');
    const copiedBytes = first ? 528 * MIB : 0;
    const copiedPairBytes = first ? copiedBytes + gates : 0;
    const where = { hasOutput: false, pipelined: false, first, copiedBytes, copiedPairBytes, copiedCacheBytes: 0 };
    const found = computeBytes(architecture, settings)(cellsOf(settings, architecture, context), where);
    expect(Math.abs(found.value / MIB / logged - 1)).toBeLessThanOrEqual(share);
    expect(found.low / MIB).toBeLessThanOrEqual(logged);
    expect(found.high / MIB).toBeGreaterThanOrEqual(logged);
  });
});

// Issue 11200: four copies of inputs on each of two GPUs, the mask of 32 bits where it is cast, and beside the logits as well.
describe('compute buffers of GPUs that work on micro-batches one after the other', () => {
  it.each([
    [true, false, 233],
    [false, true, 237.51],
  ])('the first: %s', (first, hasOutput, logged) => {
    const args = { parallel: 1, ubatch_size: 256, flash_attn: true };
    const { settings, architecture } = resolved('Qwen/Qwen2.5-Coder-32B-Instruct', args, 'b4462');
    const where = { hasOutput, pipelined: true, first, copiedBytes: 0, copiedPairBytes: 0, copiedCacheBytes: 0 };
    const found = computeBytes(architecture, settings)(cellsOf(settings, architecture, 32_768), where);
    expect(Math.abs(found.value / MIB - logged)).toBeLessThanOrEqual(0.1);
  });
});

// Quantized caches: 'Off' of GenerelSchwerz/llama.cpp#55 on one GPU and on each of two, and a probe of Gemma 4 26B whose cache of
// 262,144 tokens lay on the host; before #23907 the copies were no part of the buffer.
describe('compute buffers over a quantized cache', () => {
  const alone = { hasOutput: true, pipelined: false, first: true, copiedBytes: 0, copiedPairBytes: 0 };
  const quantized = { parallel: 1, cache_type_k: 'q8_0', cache_type_v: 'q8_0' };
  it.each([
    ['Qwen/Qwen3.8-27B', 16_384, null, { copiedCacheBytes: 0 }, 160.28],
    ['Qwen/Qwen3.8-27B', 65_536, null, { copiedCacheBytes: 0, pipelined: true }, 633.13],
    ['google/gemma-4-26B-A4B-it', 262_144, null, { copiedCacheBytes: 544 * MIB }, 1887.86],
    ['Qwen/Qwen3.8-27B', 16_384, 'b9488', { copiedCacheBytes: 0 }, 148],
  ] as const)('%s of %d tokens, build %s', (id, context, version, place, logged) => {
    const { settings, architecture } = resolved(id, quantized, version);
    const cells = cellsOf(settings, architecture, context);
    const { value, low, high } = computeBytes(architecture, settings)(cells, { ...alone, ...place });
    expect(Math.abs(value / MIB / logged - 1)).toBeLessThanOrEqual(0.02);
    expect(low / MIB).toBeLessThanOrEqual(logged);
    expect(high / MIB).toBeGreaterThanOrEqual(logged);
  });
});

// 'model size' of llama.cpp's logs (issues 11044, 11083, 8760, 6112, 14740), and of the files that ggml-org and bartowski publish.
describe('weights by the name of the mix', () => {
  it.each([
    ['Qwen/Qwen2.5-1.5B-Instruct', 'Q4_K_M', 934.69],
    ['mistralai/Mistral-Large-Instruct-2407', 'IQ3_XS', 46.7 * 1024],
    ['CohereLabs/c4ai-command-r-v01', 'Q4_K_M', 20_519.41],
    ['microsoft/Phi-4-mini-instruct', 'BF16', 7317.01],
    ['meta-llama/Llama-3.1-8B-Instruct', 'Q4_K_M', 4685.3],
    ['openai/gpt-oss-20b', 'MXFP4_MOE', 11.27 * 1024],
  ])('%s as %s', (id, mix, mib) => {
    const weights = ggufWeights(workloadOf(id, mix, {}).model.architecture) ?? [];
    const sum = weights.reduce((all, { bytes }) => all + bytes, 0) / MIB;
    expect(Math.abs(sum / mib - 1)).toBeLessThan(0.001);
  });
});
