import { describe, expect, it } from 'vitest';
import { launched, type Asked } from './launches.ts';
import { LLAMA_8B } from './models.ts';

function plan(args: NonNullable<Asked['args']>, extra: Partial<Asked> = {}) {
  return launched({ model: LLAMA_8B, args, ...extra }).graphs;
}

const BOTH = { compilation_config: { cudagraph_mode: 'FULL_AND_PIECEWISE' } };

describe('sizes captured by default (config/vllm.py _set_cudagraph_sizes)', () => {
  it.each([
    // Up to 0.9: 1, 2, 4 and every eighth up to 512 whatever max_num_seqs is.
    ['0.8.5', 16, 67, 512],
    ['0.9.2', 1024, 67, 512],
    // 0.10 to 0.11.0: up to min(2R, 512).
    ['0.10.2', 16, 7, 32],
    ['0.10.2', 1024, 67, 512],
    // From 0.11.1 on every sixteenth beyond 256.
    ['0.19.0', 1024, 51, 512],
    ['0.19.0', 256, 51, 512],
    ['0.19.0', 16, 7, 32],
    ['0.19.0', 1, 2, 2],
  ])('%s with %i sequences: %i sizes up to %i', (version, seqs, count, largest) => {
    const graphs = plan({ max_num_seqs: seqs, ...BOTH }, { version });
    expect(graphs.piecewiseSizes).toHaveLength(count);
    expect(graphs.largest).toBe(largest);
  });

  it('is the list that the source spells out', () => {
    const { piecewiseSizes } = plan({});
    expect(piecewiseSizes.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(piecewiseSizes.filter((size) => size >= 240 && size <= 288)).toEqual([240, 248, 256, 272, 288]);
  });

  it.each([
    // As the profiler logs them: PIECEWISE=51 (largest=512), FULL=35 (largest=256) with 256 sequences.
    [256, 51, 35, 256],
    [1024, 51, 51, 512],
    [16, 7, 5, 16],
  ])('%i sequences: %i piecewise, %i whole up to %i', (seqs, pieces, wholes, largest) => {
    const graphs = plan({ max_num_seqs: seqs });
    expect(graphs.piecewiseSizes).toHaveLength(pieces);
    expect(graphs.fullSizes).toHaveLength(wholes);
    expect(graphs.fullSizes.at(-1)).toBe(largest);
  });

  it.each([
    // 83 sizes up to 1024: gpt-oss from 0.11.1 on anywhere, others on data-centre Blackwell from 0.28 on.
    ['openai/gpt-oss-20b', 'h100', '0.19.0', 83],
    [LLAMA_8B, 'b200', '0.28.0', 83],
    [LLAMA_8B, 'b200', '0.26.0', 51],
    [LLAMA_8B, 'rtx-pro-6000-blackwell', '0.28.0', 51],
  ])('the larger list', (model, gpu, version, count) => {
    const args = { max_num_seqs: 1024, max_num_batched_tokens: 8192 };
    expect(plan(args, { model, gpu, version }).piecewiseSizes).toHaveLength(count);
  });

  it('never passes max_num_batched_tokens, which is captured itself from 0.21 on', () => {
    const args = { max_num_batched_tokens: 300, max_num_seqs: 256 };
    expect(plan(args, { version: '0.20.0' }).largest).toBe(288);
    expect(plan(args, { version: '0.21.0' }).largest).toBe(300);
    expect(plan(args, { version: '0.8.5' }).largest).toBe(296);
  });

  it('captures every small batch in interactivity mode from 0.17 on', () => {
    const args = { performance_mode: 'interactivity', max_num_seqs: 256 };
    // 1 … 32, then 40 … 248 by eight, then 256 … 512 by sixteen.
    expect(plan(args, { version: '0.17.0' }).piecewiseSizes).toHaveLength(32 + 27 + 17);
    expect(plan(args, { version: '0.16.0' }).piecewiseSizes).toHaveLength(51);
  });

  it('V0 captures up to the first size that holds all sequences (v0.8.5 config.py)', () => {
    const v0 = { version: '0.8.5', environment: { VLLM_USE_V1: '0' } };
    const args = (seqs: number) => ({ max_num_seqs: seqs, max_model_len: 4096 });
    expect(plan(args(256), v0)).toMatchObject({ mode: 'FULL', largest: 256 });
    expect(plan(args(256), v0).fullSizes).toHaveLength(35);
    expect(plan(args(20), v0).fullSizes).toEqual([1, 2, 4, 8, 16, 24]);
    expect(plan(args(512), v0).largest).toBe(512);
  });
});

describe('sizes that the arguments give', () => {
  it.each([
    [{ max_cudagraph_capture_size: 64 }, 11, 64],
    [{ compilation_config: { max_cudagraph_capture_size: 64 } }, 11, 64],
    [{ cudagraph_capture_sizes: [1, 4, 2, 4] }, 3, 4],
    [{ compilation_config: { cudagraph_capture_sizes: [8, 16] } }, 2, 16],
    [{ compilation_config: '{"cudagraph_capture_sizes":[8,16]}' }, 2, 16],
  ])('%o: %i up to %i', (args, count, largest) => {
    const { piecewiseSizes } = plan(args);
    expect([piecewiseSizes.length, piecewiseSizes.at(-1)]).toEqual([count, largest]);
  });

  it('--cuda-graph-sizes is a largest size or a list (v0.10.2 config/__init__.py)', () => {
    expect(plan({ cuda_graph_sizes: 64, ...BOTH }, { version: '0.10.2' }).piecewiseSizes).toHaveLength(11);
    expect(plan({ cuda_graph_sizes: [8, 64], ...BOTH }, { version: '0.10.2' }).piecewiseSizes).toEqual([8, 64]);
  });

  it('sequence parallelism keeps multiples of the ranks', () => {
    const args = { tensor_parallel_size: 4, compilation_config: { pass_config: { enable_sp: true } } };
    expect(plan(args).piecewiseSizes.every((size) => size % 4 === 0)).toBe(true);
    expect(plan(args).piecewiseSizes).toHaveLength(49);
  });
});

describe('modes', () => {
  it.each([
    ['0.10.2', {}, 'PIECEWISE'],
    ['0.11.0', {}, 'FULL_AND_PIECEWISE'],
    ['0.19.0', { enforce_eager: true }, 'NONE'],
    ['0.19.0', { optimization_level: 0 }, 'NONE'],
    ['0.19.0', { optimization_level: 1 }, 'PIECEWISE'],
    ['0.19.0', { optimization_level: 2 }, 'FULL_AND_PIECEWISE'],
    ['0.19.0', { optimization_level: 3 }, 'FULL_AND_PIECEWISE'],
    // Before 0.12 -O is the compilation level, and only the highest cuts graphs into pieces.
    ['0.11.0', { optimization_level: 3 }, 'FULL_AND_PIECEWISE'],
    ['0.11.0', { optimization_level: 1 }, 'NONE'],
    ['0.19.0', { compilation_config: { mode: 0 } }, 'NONE'],
    ['0.19.0', { compilation_config: { mode: 'NONE', cudagraph_mode: 'FULL_DECODE_ONLY' } }, 'FULL_DECODE_ONLY'],
    ['0.19.0', { compilation_config: { cudagraph_mode: 'full' } }, 'FULL'],
    ['0.10.2', { compilation_config: { full_cuda_graph: true } }, 'FULL'],
  ])('%s %o: %s', (version, args, mode) => {
    expect(plan(args, { version }).mode).toBe(mode);
  });

  it('decode-only graphs are whole and no larger than the sequences', () => {
    const graphs = plan({ max_num_seqs: 64, compilation_config: { cudagraph_mode: 'FULL_DECODE_ONLY' } });
    expect(graphs.piecewiseSizes).toEqual([]);
    expect(graphs.fullSizes.at(-1)).toBe(64);
  });

  it('models that only embed have no decode graphs', () => {
    const embedding = { ...LLAMA_8B, architecture: { ...LLAMA_8B.architecture, task: 'pooling' as const } };
    expect(plan({}, { model: embedding }).mode).toBe('PIECEWISE');
  });
});

describe('drafting', () => {
  const speculative_config = { method: 'ngram', num_speculative_tokens: 3 };

  it('multiplies the largest size from 0.13 on', () => {
    expect(plan({ max_num_seqs: 16, speculative_config }, { version: '0.12.0' }).largest).toBe(32);
    expect(plan({ max_num_seqs: 16, speculative_config }, { version: '0.13.0' }).largest).toBe(128);
  });

  it('rounds sizes to whole steps on the first runner (adjust_cudagraph_sizes_for_spec_decode)', () => {
    const { piecewiseSizes, fullSizes } = plan({ max_num_seqs: 4, speculative_config });
    // 1, 2, 4, 8, 16, 24, 32 become multiples of 4; whole graphs hold at most 4 × 4 tokens.
    expect(piecewiseSizes).toEqual([4, 8, 16, 24, 32]);
    expect(fullSizes).toEqual([4, 8, 16]);
  });
});

describe('adapters (lora/utils.py get_captured_lora_counts)', () => {
  it.each([
    [{}, 1],
    [{ enable_lora: true }, 2],
    [{ enable_lora: true, max_loras: 4 }, 2],
    // 1, 2, 4 and 5 active ones; 1, 2 and 4 of up to three; and none.
    [{ enable_lora: true, max_loras: 4, specialize_active_lora: true }, 5],
    [{ enable_lora: true, max_loras: 3, specialize_active_lora: true }, 4],
    [{ enable_lora: true, max_loras: 1, specialize_active_lora: true }, 3],
    [{ enable_lora: true, compilation_config: { cudagraph_specialize_lora: false } }, 1],
  ])('%o: %i captures a size', (args, cases) => {
    expect(plan(args).casesPerSize).toBe(cases);
  });
});
