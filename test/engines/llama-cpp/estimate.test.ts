import { describe, expect, it } from 'vitest';
import { GIB, MIB } from '../../../src/bytes.ts';
import { llamaCpp } from '../../../src/engines/llama-cpp/index.ts';
import { serves } from '../../../src/recommend/goal.ts';
import { workloadOf } from './facts.ts';

const estimate = (...args: Parameters<typeof workloadOf>) => llamaCpp.estimate(workloadOf(...args));
const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
const LLAMA_70B = 'meta-llama/Llama-3.3-70B-Instruct';
const MOE = 'openai/gpt-oss-120b';

describe('what becomes of a launch', () => {
  it('adds up to the total', () => {
    const { memory } = estimate(LLAMA, 'Q4_K_M', { ctx_size: 8192, mmproj: 'x.gguf' });
    const parts = [
      memory?.weightsBytes,
      memory?.drafterBytes,
      memory?.kvCacheBytes,
      memory?.activationBytes,
      memory?.cudaGraphBytes,
    ]
      .concat([memory?.nonTorchBytes, memory?.outsideBudgetBytes, memory?.freeBytes])
      .reduce((sum, part) => sum + (part?.value ?? Number.NaN), 0);
    expect(parts).toBe(memory?.totalBytes.value);
  });

  it('fits where there is room', () => {
    expect(estimate(LLAMA, 'Q4_K_M', { ctx_size: 8192 }).verdict).toBe('fits');
  });

  it('starts with a shorter context where none was asked for', () => {
    const { verdict, message, effective } = estimate('Qwen/Qwen3-32B', 'Q4_K_M', {});
    expect(verdict).toBe('degraded');
    expect(message).toMatch(/--fit shortens the context from 40,960 to [\d,]+ tokens/);
    expect(Number(effective['ctx_size'])).toBeLessThan(40_960);
  });

  it('leaves a context of 0 alone, and moves layers', () => {
    const { verdict, message } = estimate(LLAMA_70B, 'Q4_K_M', { ctx_size: 0 });
    expect(verdict).toBe('degraded');
    expect(message).toMatch(/moves \d+ of 81 layers, the output counted, to the CPU/);
  });

  it('moves experts before layers', () => {
    const { verdict, message, effective } = estimate(MOE, 'MXFP4_MOE', { ctx_size: 8192 });
    expect(verdict).toBe('degraded');
    expect(message).toMatch(/moves the experts of \d+ of 36 layers to the CPU/);
    expect(effective['n_gpu_layers']).toBe(37);
  });

  it('runs out of memory where the layers are pinned, or --fit is off, or older than --fit', () => {
    for (const [args, version] of [
      [{ ctx_size: 8192, n_gpu_layers: 99 }, null],
      [{ ctx_size: 8192, fit: 'off' }, null],
      [{ ctx_size: 8192, n_gpu_layers: 99 }, 'b6500'],
    ] as const) {
      const { verdict, stage, message, quotesEngine } = estimate(LLAMA_70B, 'Q4_K_M', args, { version });
      expect([verdict, stage, quotesEngine]).toEqual(['fails', 'load', true]);
      expect(message).toMatch(/allocating \d+\.\d\d MiB on device 0: cudaMalloc failed: out of memory/);
    }
  });

  it('starts without pipeline parallelism where its copies find no room, in builds that try again', () => {
    // A public log of 2026: 6,360 MiB on each of two GPUs, where with copies it were 25,128.
    const args = { ctx_size: 524_288, ubatch_size: 2048, parallel: 4, kv_unified: true, n_gpu_layers: 99 };
    const of = (version: string, more = {}) =>
      estimate('Qwen/Qwen3.6-27B', 'Q4_K_M', { ...args, ...more }, { gpu: 'rtx-5090', count: 2, version });
    const { verdict, message, memory } = of('b9200');
    expect(verdict).toBe('degraded');
    expect(message).toMatch(/starts without it/);
    expect(memory?.activationBytes.value).toBeCloseTo(6536 * MIB, -8);
    expect(of('b6856').verdict).toBe('fails');
    expect(of('b9200', { ctx_size: 32_768 }).verdict).toBe('fits');
  });

  it('runs out of the memory that --fit of an older build gave away', () => {
    // ggml-org/llama.cpp#18111: an RTX 3060 of 12 GB that --fit filled, until an image came.
    const of = (version: string) =>
      estimate('google/gemma-3-27b-it', 'Q4_0', { mmproj: 'mmproj-f16.gguf' }, { gpu: 'rtx-3060-12gb', version });
    const [before, after] = [of('b7437'), of('b9251')];
    expect([before.verdict, after.verdict]).toEqual(['tight', 'degraded']);
    expect(before.notes.join()).toMatch(/--fit of builds before b9251/);
    expect(after.notes.join()).not.toMatch(/--fit of builds/);
  });

  it('counts the 16-bit copies of a quantized cache, at the start or while it serves', () => {
    // ggml-org/llama.cpp#24135: what b9460 starts, b9501 does not. 1 GiB of copies for 262,144 tokens.
    const args = { ctx_size: 262_144, parallel: 1, n_gpu_layers: 99, cache_type_k: 'q8_0', cache_type_v: 'q8_0' };
    const of = (version: string, more = {}) =>
      estimate('Qwen/Qwen3.6-27B', 'Q3_K_M', { ...args, ...more }, { gpu: 'rtx-4090', version });
    const [early, late] = [of('b9488'), of('b9489')];
    expect(late.memory?.activationBytes.value).toBeGreaterThan(GIB + 256 * MIB);
    expect(early.memory?.activationBytes.value).toBeLessThan(400 * MIB);
    expect((early.memory?.nonTorchBytes.value ?? 0) - (late.memory?.nonTorchBytes.value ?? 0)).toBe(GIB);
    const tight = of('b9488', { ctx_size: 245_760 });
    expect([tight.verdict, tight.stage]).toEqual(['tight', 'serving']);
    expect(of('b9488', { ctx_size: 32_768 }).verdict).toBe('fits');
  });

  it('says when an older build leaves the GPU idle', () => {
    const { verdict, message } = estimate(LLAMA, 'Q4_K_M', { ctx_size: 8192 }, { version: 'b6000' });
    expect(verdict).toBe('degraded');
    expect(message).toContain('runs on the CPU');
    expect(estimate(LLAMA, 'Q4_K_M', { ctx_size: 8192, n_gpu_layers: 99 }, { version: 'b6000' }).verdict).toBe('fits');
  });

  it('divides layers among GPUs, evenly or as asked', () => {
    const even = estimate(LLAMA_70B, 'Q4_K_M', { ctx_size: 8192 }, { count: 2 });
    expect(even.verdict).toBe('fits');
    expect(even.memory?.weightsBytes.value).toBeLessThan(21 * GIB);
    const skewed = estimate(LLAMA_70B, 'Q4_K_M', { ctx_size: 8192, tensor_split: '3,1' }, { count: 2 });
    expect(skewed.memory?.weightsBytes.value).toBeGreaterThan(28 * GIB);
  });

  it('takes tensors out of the GPU by override and by --n-cpu-moe alike', () => {
    const all = estimate(MOE, 'MXFP4_MOE', { ctx_size: 8192, cpu_moe: true });
    const named = estimate(MOE, 'MXFP4_MOE', { ctx_size: 8192, override_tensor: '.ffn_.*_exps.=CPU' });
    expect(named.memory?.weightsBytes).toEqual(all.memory?.weightsBytes);
    expect(all.memory?.weightsBytes.value).toBeLessThan(3 * GIB);
    const half =
      estimate(MOE, 'MXFP4_MOE', { ctx_size: 8192, n_cpu_moe: 18, n_gpu_layers: 99 }).memory?.weightsBytes.value ?? 0;
    expect(half).toBeGreaterThan(27 * GIB);
    expect(half).toBeLessThan(32 * GIB);
  });

  it('reads no pattern that it cannot read whole', () => {
    const { verdict, message } = estimate(MOE, 'MXFP4_MOE', { override_tensor: 'blk\\.((1|2)+)*x=CPU' });
    expect(verdict).toBe('unknown');
    expect(message).toContain('--override-tensor');
  });

  it('refuses what llama-server refuses', () => {
    expect(estimate(LLAMA, 'Q4_K_M', { cache_type_k: 'q3_0' }).message).toBe('Unsupported cache type: q3_0');
    expect(estimate(LLAMA, 'Q4_K_M', { cache_type_v: 'q8_0', flash_attn: 'off' }).message).toBe(
      'V cache quantization requires flash_attn',
    );
  });

  it('asks for a value behind --flash-attn since b6325', () => {
    const args = { ctx_size: 8192, n_gpu_layers: 99, flash_attn: true };
    expect(estimate(LLAMA, 'Q4_K_M', args, { version: 'b6324' }).verdict).toBe('fits');
    expect(estimate(LLAMA, 'Q4_K_M', args, { version: 'b6325' }).verdict).toBe('fails');
    const { verdict, notes } = estimate(LLAMA, 'Q4_K_M', args);
    expect([verdict, notes.some((note) => note.includes('--flash-attn without a value'))]).toEqual(['fits', true]);
  });

  // src/llama-context.cpp: n_ubatch = min(n_batch, n_ubatch == 0 ? n_batch : n_ubatch).
  it('takes a micro-batch of none for the whole batch', () => {
    const at = (ubatch_size: number) =>
      estimate(LLAMA, 'Q4_K_M', { ctx_size: 8192, n_gpu_layers: 99, ubatch_size }).memory?.activationBytes;
    expect(at(0)).toEqual(at(2048));
    expect(at(4096)).toEqual(at(2048));
  });

  it('does not guess what a context below zero becomes', () => {
    expect(estimate(LLAMA, 'Q4_K_M', { ctx_size: -5 }).verdict).toBe('unknown');
  });

  it('models no fork', () => {
    expect(estimate(LLAMA, 'Q4_K_M', { fused_moe: true }).verdict).toBe('unknown');
  });

  it('counts a draft model', () => {
    const workload = workloadOf(LLAMA, 'Q4_K_M', { ctx_size: 8192, model_draft: 'x' });
    const drafter = workloadOf('meta-llama/Llama-3.2-1B-Instruct', 'Q8_0', {}).model;
    const { memory } = llamaCpp.estimate({ ...workload, drafter });
    // 1,252 MiB of weights (issue 10176), 256 MiB of cache for 8,192 tokens of 32 KiB, a graph.
    expect((memory?.drafterBytes.value ?? 0) / GIB).toBeGreaterThan((1252 + 256) / 1024);
    expect((memory?.drafterBytes.value ?? 0) / GIB).toBeLessThan(1.8);
  });
});

describe('slots that are too short for what is needed', () => {
  const args = { ctx_size: 16_384, parallel: 4 };
  const need = { requests: 4, tokens: 8192 };
  const meetsNeed = (changed: Readonly<Record<string, number>>, wanted = need) =>
    serves(
      wanted,
      llamaCpp,
      workloadOf(LLAMA, 'Q4_K_M', { ...args, ...changed }),
      estimate(LLAMA, 'Q4_K_M', { ...args, ...changed }),
    );

  it('serves no request that is longer than a slot', () => {
    expect(meetsNeed({})).toBe(false);
    expect(meetsNeed({}, { requests: 4, tokens: 4096 })).toBe(true);
    expect(meetsNeed({}, { requests: 5, tokens: 2048 })).toBe(false);
    expect(meetsNeed({ ctx_size: 32_768 })).toBe(true);
  });

  it('offers longer contexts only where they have room', () => {
    const longer = (model: string, wanted: Readonly<Record<string, number>>) =>
      llamaCpp.knobs
        .find(({ argument, kind }) => argument === 'ctx_size' && kind === 'reserve')
        ?.candidates(workloadOf(model, 'Q4_K_M', wanted), estimate(model, 'Q4_K_M', wanted));
    expect(longer(LLAMA, args)?.[0]).toBe(32_768);
    for (const value of longer(LLAMA, args) ?? [])
      expect(estimate(LLAMA, 'Q4_K_M', { ...args, ctx_size: Number(value) }).verdict).toBe('fits');
    expect(longer(LLAMA_70B, { ...args, n_gpu_layers: 99 })).toEqual([]);
  });
});
