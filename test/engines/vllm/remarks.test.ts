import { describe, expect, it } from 'vitest';
import { allocatedBytes } from '../../../src/engines/caching-allocator.ts';
import { MIB } from '../../../src/bytes.ts';
import { launchOf } from '../../../src/engines/vllm/launch.ts';
import { modelOf, targetOf } from './catalogue.ts';
import { launched, refused } from './launches.ts';

const QWEN = { model: 'Qwen/Qwen3-8B', gpu: 'h100' };

describe('arguments whose effect is said aloud', () => {
  it.each([
    [{ enable_sleep_mode: true }, /steps of 2 MiB/],
    [{ enable_cumem_allocator: true }, /steps of 2 MiB/],
    [{ enable_dbo: true }, /DBO/],
    [{ ubatch_size: 2 }, /DBO/],
    [{ model_impl: 'transformers' }, /model_impl transformers/],
    [{ load_format: 'fastsafetensors' }, /load_format fastsafetensors/],
  ])('%o', (args, words) => {
    expect(launched({ ...QWEN, args }).remarks.join()).toMatch(words);
    expect(launched(QWEN).remarks).toEqual([]);
  });

  it('a start-up plan, since there are any (#47388)', () => {
    const environment = { VLLM_ENABLE_STARTUP_PLAN: '1' };
    expect(launched({ ...QWEN, version: '0.26.0', environment }).remarks.join()).toMatch(/plan in its cache/);
    expect(launched({ ...QWEN, version: '0.20.0', environment }).remarks).toEqual([]);
  });

  it.each(['gguf', 'bitsandbytes'])('load_format %s of a 16-bit checkpoint is unknown', (load_format) => {
    const launch = launchOf({
      engineVersion: '0.19.0',
      arguments: { load_format },
      environment: {},
      model: modelOf(QWEN.model),
      drafter: null,
      target: targetOf('h100'),
    });
    expect(launch).toHaveProperty('unknown');
  });
});

describe('expandable segments (c10/cuda/CUDACachingAllocator.cpp should_split)', () => {
  it('leave blocks as large as was asked for, in steps of 512 bytes', () => {
    expect(allocatedBytes(15 * MIB + 1, 'usual')).toBe(16 * MIB);
    expect(allocatedBytes(21 * MIB, 'limited')).toBe(22 * MIB);
    expect(allocatedBytes(15 * MIB + 1, 'exact')).toBe(15 * MIB + 512);
  });

  it.each(['PYTORCH_CUDA_ALLOC_CONF', 'PYTORCH_ALLOC_CONF'])('by %s', (name) => {
    const environment = { [name]: 'max_split_size_mb:512,expandable_segments:True' };
    expect(launched({ ...QWEN, environment }).exactBlocks).toBe(true);
    expect(launched({ ...QWEN, environment: { [name]: 'expandable_segments:False' } }).exactBlocks).toBe(false);
  });

  it('are refused by sleep mode until 0.20 (device_allocator/cumem.py) and off in its pools since', () => {
    const environment = { PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True' };
    const args = { enable_sleep_mode: true };
    expect(refused({ ...QWEN, version: '0.20.0', args, environment })).toMatch(
      /^Expandable segments are not compatible/,
    );
    expect(launched({ ...QWEN, version: '0.21.0', args, environment }).exactBlocks).toBe(false);
  });
});
