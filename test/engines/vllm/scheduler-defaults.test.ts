import { describe, expect, it } from 'vitest';
import {
  chunkedPrefillOf,
  defaultUtilization,
  schedulerDefaults,
  type SchedulerContext,
} from '../../../src/engines/vllm/defaults.ts';
import { readArguments } from '../../../src/engines/argument-reader.ts';
import { parseVersion } from '../../../src/engines/vllm/versions.ts';
import { targetOf } from './catalogue.ts';
import { launched, type Asked } from './launches.ts';
import { LLAMA_8B } from './models.ts';

const CONTEXT: SchedulerContext = {
  maxModelLen: 131_072,
  chunkedPrefill: true,
  pooling: false,
  multimodal: false,
  engine: 'v1',
};

function defaults(version: string, gpu: string, context: Partial<SchedulerContext> = {}): [number, number] {
  const sizes = schedulerDefaults(parseVersion(version), targetOf(gpu).gpu, { ...CONTEXT, ...context });
  return [sizes.maxNumBatchedTokens, sizes.maxNumSeqs];
}

describe('max_num_batched_tokens and max_num_seqs by release and GPU (engine/arg_utils.py)', () => {
  it.each([
    // v0.8.3: H100 and H200 by name; 1024 sequences everywhere.
    ['0.8.3', 'h100', [8192, 1024]],
    ['0.8.3', 'h200', [8192, 1024]],
    ['0.8.3', 'a100-80gb', [2048, 1024]],
    ['0.8.3', 'h20', [2048, 1024]],
    // v0.8.5: 70 GiB and more.
    ['0.8.5', 'a100-80gb', [8192, 1024]],
    ['0.8.5', 'l40s', [2048, 256]],
    // v0.9.1, v0.14.0: not an A100.
    ['0.9.1', 'a100-80gb', [2048, 256]],
    ['0.9.1', 'h20', [8192, 1024]],
    ['0.14.0', 'h100', [8192, 1024]],
    ['0.14.0', 'rtx-pro-6000-blackwell', [8192, 1024]],
    ['0.14.0', 'gh200-96gb', [8192, 1024]],
    ['0.14.0', 'l4', [2048, 256]],
    ['0.14.0', 'b200', [8192, 1024]],
    // NVML states no memory on unified memory (interface.py get_device_total_memory raises, and get_batch_defaults takes 0).
    ['0.13.0', 'gb10-128gb', [2048, 256]],
    // main (August 2026): 160 GiB and more.
    ['0.28.0', 'b200', [16_384, 1024]],
    ['0.28.0', 'mi300x', [16_384, 1024]],
    ['0.28.0', 'h200', [8192, 1024]],
    ['0.28.0', 'a100-80gb', [2048, 256]],
  ])('%s on %s: %j', (version, gpu, server) => {
    expect(defaults(version, gpu)).toEqual(server);
  });

  it.each([
    // UsageContext.LLM_CLASS in get_batch_defaults at v0.8.0, v0.9.2 and on main (August 2026).
    ['0.8.3', 'h100', [16_384, 1024]],
    ['0.9.2', 'a100-80gb', [8192, 256]],
    ['0.14.0', 'l4', [8192, 256]],
    ['0.28.0', 'b200', [16_384, 1024]],
  ])('%s on %s in the LLM class: %j', (version, gpu, sizes) => {
    const { maxNumBatchedTokens, maxNumSeqs } = schedulerDefaults(
      parseVersion(version),
      targetOf(gpu).gpu,
      CONTEXT,
      true,
    );
    expect([maxNumBatchedTokens, maxNumSeqs]).toEqual(sizes);
  });

  it.each([
    // V0, v0.8.5 config.py SchedulerConfig.
    [{ chunkedPrefill: true }, 2048],
    [{ chunkedPrefill: false, maxModelLen: 1024 }, 2048],
    [{ chunkedPrefill: false, maxModelLen: 16_384 }, 16_384],
    [{ chunkedPrefill: false, maxModelLen: 4096, multimodal: true }, 5120],
    [{ chunkedPrefill: false, maxModelLen: 512, pooling: true }, 32_768],
  ])('V0 %o', (context, tokens) => {
    expect(defaults('0.8.5', 'h100', { ...context, engine: 'v0' })).toEqual([tokens, 256]);
  });
});

describe('sizes of a launch (_set_default_max_num_seqs_and_batched_tokens_args)', () => {
  const sizes = (args: NonNullable<Asked['args']>, extra: Partial<Asked> = {}): [number, number] => {
    const { maxNumBatchedTokens, maxNumSeqs } = launched({ model: LLAMA_8B, args, ...extra });
    return [maxNumBatchedTokens, maxNumSeqs];
  };

  it.each([
    [{}, [8192, 1024]],
    // min(T, R · M) for a T that nobody gave; min(R, T) for such an R.
    [{ max_num_seqs: 4, max_model_len: 1024 }, [4096, 4]],
    [{ max_num_batched_tokens: 512 }, [512, 512]],
    [{ max_num_batched_tokens: 512, max_num_seqs: 16 }, [512, 16]],
    [{ enable_chunked_prefill: false, max_model_len: 32_768 }, [32_768, 1024]],
    [{ performance_mode: 'throughput' }, [16_384, 2048]],
    [{ performance_mode: 'throughput', max_num_seqs: 64 }, [16_384, 64]],
    [{ performance_mode: 'interactivity' }, [8192, 1024]],
  ])('%o: %j', (args, expected) => {
    expect(sizes(args)).toEqual(expected);
  });

  it('knows performance modes from 0.17 on', () => {
    expect(sizes({ performance_mode: 'throughput' }, { version: '0.16.0' })).toEqual([8192, 1024]);
  });

  it.each([
    ['deepep_low_latency', true, 256],
    ['nixl_ep', true, 256],
    ['deepep_high_throughput', true, 8192],
    ['deepep_low_latency', false, 8192],
  ])('experts over data-parallel ranks by %s, expert parallel %s: %i tokens', (backend, expert, tokens) => {
    const args = { data_parallel_size: 8, enable_expert_parallel: expert, all2all_backend: backend };
    const asked = { model: 'Qwen/Qwen3-30B-A3B', version: '0.20.0' };
    expect(launched({ ...asked, args }).maxNumBatchedTokens).toBe(tokens);
  });
});

describe('chunked prefill when nobody says', () => {
  const chunked = (maxModelLen: number, engine: 'v0' | 'v1', extra = {}, args = {}) =>
    chunkedPrefillOf(readArguments(args), LLAMA_8B.architecture, {
      engine,
      version: parseVersion('0.8.5'),
      maxModelLen,
      multimodal: false,
      speculative: false,
      ...extra,
    });

  it('is on in V1, and in V0 beyond 32k for plain models (v0.8.5 engine/arg_utils.py)', () => {
    expect(chunked(2048, 'v1')).toBe(true);
    expect(chunked(32_768, 'v0')).toBe(false);
    expect(chunked(32_769, 'v0')).toBe(true);
    expect(chunked(131_072, 'v0', { multimodal: true })).toBe(false);
    expect(chunked(131_072, 'v0', { speculative: true })).toBe(false);
    expect(chunked(131_072, 'v0', {}, { enable_lora: true })).toBe(false);
    expect(chunked(131_072, 'v0', {}, { enable_chunked_prefill: false })).toBe(false);
  });
});

describe('batches of pooling models', () => {
  const QWEN = 'Qwen/Qwen3-8B';
  const tokens = (args: object, version = '0.19.0', model = QWEN) =>
    launched({ model, version, gpu: 'l4', args: { runner: 'pooling', ...args } }).maxNumBatchedTokens;

  it('are those of the device class where the last token is pooled (config/model.py is_chunked_prefill_supported)', () => {
    expect(tokens({})).toBe(2048);
    expect(tokens({ convert: 'embed' })).toBe(2048);
    expect(tokens({ pooler_config: { pooling_type: 'LAST' } }, '0.10.2')).toBe(2048);
    expect(tokens({ task: 'embed' }, '0.10.2')).toBe(2048);
  });

  it('hold whole prompts of Qwen3-8B, 40,960 tokens, for other pooling', () => {
    expect(tokens({ pooler_config: { seq_pooling_type: 'MEAN' } })).toBe(40_960);
    expect(tokens({ pooler_config: '{"pooling_type": "CLS"}' })).toBe(40_960);
    // Pooling of every token is chunked since 0.14 (config/model.py at v0.13.0 and v0.14.0).
    expect(tokens({ pooler_config: { pooling_type: 'ALL' } }, '0.13.0')).toBe(40_960);
    expect(tokens({ pooler_config: { pooling_type: 'ALL' } }, '0.14.0')).toBe(2048);
    // No default before 0.10.1 (config.py at v0.10.0).
    expect(tokens({ task: 'embed' }, '0.10.0')).toBe(40_960);
  });

  it('hold whole prompts where attention goes both ways', () => {
    // gte-Qwen2: is_causal false, 131,072 positions.
    expect(tokens({}, '0.19.0', 'Alibaba-NLP/gte-Qwen2-7B-instruct')).toBe(131_072);
  });
});

describe('gpu_memory_utilization', () => {
  it('is 0.92 from 0.20 on, 0.9 before (config/cache.py)', () => {
    expect(defaultUtilization(parseVersion('0.19.0'))).toBe(0.9);
    expect(defaultUtilization(parseVersion('0.20.0'))).toBe(0.92);
    expect(defaultUtilization(parseVersion('0.31.0'))).toBe(0.92);
  });
});
