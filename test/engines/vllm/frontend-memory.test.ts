import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { GIB, MIB } from '../../../src/bytes.ts';
import { estimateOf, memoryOf, modelOf, targetOf } from './catalogue.ts';
import { launched } from './launches.ts';

const GEMMA = { model: 'google/gemma-3-4b-it', gpu: 'h100', version: '0.31.0' };
const ARGS = { max_model_len: 8192 };

describe('media decoded on the GPU by API servers (multimodal/gpu_ipc_memory.py)', () => {
  it('comes out of the cache, gibibyte by gibibyte, and out of what is free', () => {
    const without = memoryOf({ ...GEMMA, args: ARGS });
    const some = memoryOf({ ...GEMMA, args: { ...ARGS, mm_ipc_gpu_memory_gb: 2.5 } });
    expect(without.kvCacheBytes.value - some.kvCacheBytes.value).toBe(2.5 * GIB);
    expect(without.freeBytes.value).toBe(some.freeBytes.value);
  });

  it('also out of a cache whose size is given', () => {
    const args = { ...ARGS, kv_cache_memory_bytes: 10 * GIB, mm_ipc_gpu_memory_gb: 2 };
    expect(memoryOf({ ...GEMMA, args }).kvCacheBytes.value).toBe(8 * GIB);
  });

  it('is nothing before 0.25 and for models without media', () => {
    const args = { ...ARGS, mm_ipc_gpu_memory_gb: 2 };
    expect(launched({ ...GEMMA, version: '0.24.0', args }).frontend.frames).toBe(0);
    expect(launched({ ...GEMMA, model: 'Qwen/Qwen3-8B', args }).frontend.frames).toBe(0);
  });

  it('leaves nothing: the ValueError of reserve_mm_ipc_gpu_memory', () => {
    const { verdict, stage, message } = estimateOf({ ...GEMMA, args: { ...ARGS, mm_ipc_gpu_memory_gb: 75 } });
    expect([verdict, stage]).toEqual(['fails', 'kv_cache']);
    expect(message).toMatch(
      /^frontend multimodal GPU decoding reserves 75\.0 GiB \(75\.0 GiB raw-frame budget, 0\.0 GiB/,
    );
  });

  it('a GPU video decoder takes 128 MiB for each of two decoders and 1.8 GiB of context in every process (video.py)', () => {
    const video = { media_io_kwargs: { video: { backend: 'pynvvideocodec' } }, api_server_count: 2 };
    const { decoders } = launched({ ...GEMMA, args: { ...ARGS, ...video } }).frontend;
    expect(decoders / MIB).toBeCloseTo(2 * (2 * 128 + 1.8 * 1024), 3);
    const { notes } = vllm.estimate({
      engineVersion: '0.31.0',
      arguments: ARGS,
      environment: { VLLM_VIDEO_LOADER_BACKEND: 'pynvvideocodec' },
      model: modelOf(GEMMA.model),
      drafter: null,
      target: targetOf('h100'),
    });
    expect(notes.join()).toContain('2.05 GiB are left to API servers');
  });
});
