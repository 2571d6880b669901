import { describe, expect, it } from 'vitest';
import { dense, LLAMA_8B } from './models.ts';
import { launched, refused, type Asked } from './launches.ts';

/**
 * Every expected text is the format string of vLLM's source at the tags named (`main`: 7cfb97e3379, August 2026), with the
 * numbers of the test put in.
 */
function text(args: NonNullable<Asked['args']>, extra: Partial<Asked> = {}): string | null {
  return refused({ model: LLAMA_8B, args, ...extra });
}

describe('sizes of a batch (v0.8.5 config.py, v0.20.0 and main config/scheduler.py verify_max_model_len)', () => {
  const chunkless = { enable_chunked_prefill: false, max_num_batched_tokens: 2048, max_model_len: 4096 };

  it.each(['0.8.5', '0.20.0', '0.28.0'])('%s: whole prompts must fit into one', (version) => {
    expect(text({ ...chunkless, max_num_seqs: 64 }, { version })).toBe(
      'max_num_batched_tokens (2048) is smaller than max_model_len (4096). This effectively limits the maximum sequence ' +
        'length to max_num_batched_tokens and makes vLLM reject longer sequences. Please increase max_num_batched_tokens or ' +
        'decrease max_model_len.',
    );
  });

  it.each(['0.8.5', '0.11.0', '0.20.0', '0.28.0'])('%s: a token for every sequence', (version) => {
    expect(text({ max_num_batched_tokens: 128, max_num_seqs: 256 }, { version })).toBe(
      'max_num_batched_tokens (128) must be greater than or equal to max_num_seqs (256).',
    );
  });

  it('room for draft tokens (v0.20.0, main config/vllm.py)', () => {
    const args = {
      max_num_batched_tokens: 256,
      max_num_seqs: 256,
      speculative_config: {
        model: 'meta-llama/Llama-3.2-1B-Instruct',
        method: 'draft_model',
        num_speculative_tokens: 3,
      },
    };
    const drafter = 'meta-llama/Llama-3.2-1B-Instruct';
    const message =
      'max_num_scheduled_tokens is set to 0 based on the speculative decoding settings, which does not allow any tokens to ' +
      'be scheduled. Increase max_num_batched_tokens to accommodate the additional draft token slots, or decrease ' +
      'num_speculative_tokens';
    expect(text(args, { drafter, version: '0.20.0' })).toBe(`${message} or max_num_seqs.`);
    expect(text(args, { drafter, version: '0.28.0' })).toBe(`${message}.`);
  });

  it('an image that may not be cut (v0.11.0, main v1/core/encoder_cache_manager.py)', () => {
    const args = { disable_chunked_mm_input: true, max_num_batched_tokens: 128, max_num_seqs: 16, max_model_len: 4096 };
    // Gemma 3 makes 256 tokens of an image.
    expect(text(args, { model: 'google/gemma-3-27b-it' })).toBe(
      'Chunked MM input disabled but max_tokens_per_mm_item (256) is larger than max_num_batched_tokens (128). Please ' +
        'increase max_num_batched_tokens.',
    );
    const without = { ...args, limit_mm_per_prompt: { image: 0 } };
    expect(text(without, { model: 'google/gemma-3-27b-it' })).toBeNull();
  });

  it.each(['0.11.1', '0.28.0'])(
    '%s: an encoder–decoder cuts neither clips nor prompts (config/scheduler.py)',
    (version) => {
      const whisper = { model: 'openai/whisper-tiny', version };
      expect(text({ max_num_batched_tokens: 1024, max_num_seqs: 16 }, whisper)).toBe(
        'Chunked MM input disabled but max_tokens_per_mm_item (1500) is larger than max_num_batched_tokens (1024). Please ' +
          'increase max_num_batched_tokens.',
      );
      expect(text({ max_num_batched_tokens: 256, max_num_seqs: 16, enable_chunked_prefill: true }, whisper)).toMatch(
        /^max_num_batched_tokens \(256\) is smaller than max_model_len \(448\)\./,
      );
      expect(text({ max_num_batched_tokens: 1500, max_num_seqs: 16 }, whisper)).toBeNull();
    },
  );
});

describe('parallelism', () => {
  it.each(['0.8.5', '0.20.0', '0.28.0'])('%s: heads over ranks (config/model.py)', (version) => {
    expect(text({ tensor_parallel_size: 3 }, { version, gpu: 'h100:8' })).toBe(
      'Total number of attention heads (32) must be divisible by tensor parallel size (3).',
    );
  });

  it('KV heads over ranks (assertions of models/llama.py)', () => {
    const sizes = {
      id: 'odd',
      className: 'LlamaForCausalLM',
      hidden: 1536,
      intermediate: 4096,
      layers: 4,
      headDim: 64,
    };
    const odd = dense({ ...sizes, heads: 24, kvHeads: 8, vocabulary: 32_000, positions: 4096 });
    const odder = dense({ ...sizes, heads: 24, kvHeads: 4, vocabulary: 32_000, positions: 4096 });
    expect(text({ tensor_parallel_size: 6 }, { model: odd })).toBe('assert self.total_num_kv_heads % tp_size == 0');
    expect(text({ tensor_parallel_size: 6 }, { model: odder })).toBe('assert tp_size % self.total_num_kv_heads == 0');
  });

  it.each([
    ['2,2', 'len(partitions)=2 does not match pp_size=4.'],
    ['8,8,8,7', 'sum(partitions)=31 does not match num_hidden_layers=32.'],
    ['8,8,8,x', 'Invalid partition string: 8,8,8,x'],
    ['7,9,9,7', null],
  ])('VLLM_PP_LAYER_PARTITION=%s (v0.11.0, main distributed/utils.py get_pp_indices)', (written, message) => {
    const environment = { VLLM_PP_LAYER_PARTITION: written };
    expect(text({ pipeline_parallel_size: 4 }, { environment })).toBe(message);
  });

  it('a stage without layers (v0.18.0 get_kv_cache_config_from_groups)', () => {
    const two = dense({
      id: 'two',
      className: 'LlamaForCausalLM',
      hidden: 512,
      intermediate: 1024,
      layers: 2,
      heads: 8,
      kvHeads: 8,
      headDim: 64,
      vocabulary: 1000,
      positions: 2048,
    });
    expect(text({ pipeline_parallel_size: 4 }, { model: two })).toBe('group_size must be greater than 0');
  });

  it('more GPUs than the node has (v0.13.0, main config/parallel.py)', () => {
    expect(text({ tensor_parallel_size: 4 }, { gpu: 'h100:2', version: '0.20.0' })).toBe(
      'World size (4) is larger than the number of available GPUs (2) in this node. If this is intentional and you are ' +
        "using:\n- ray, set '--distributed-executor-backend ray'.\n- multiprocessing, set '--nnodes' appropriately.",
    );
  });

  it.each([
    // v0.20.0 config/parallel.py has no space; main has.
    ['0.20.0', 4, 3, 'tp_size=4 must be divisible bydcp_size=3.'],
    ['0.28.0', 4, 3, 'tp_size=4 must be divisible by dcp_size=3.'],
    [
      '0.20.0',
      8,
      2,
      'tensor parallel size 8 must be greater than total num kv heads 8 when enable decode context parallel for GQA/MQA',
    ],
    [
      '0.28.0',
      8,
      2,
      '`--decode-context-parallel-size` (2) exceeds the maximum supported value (1) for `--tensor-parallel-size` (8) and 8 ' +
        'model KV heads.',
    ],
  ])('%s: %i ranks, %i to share a request', (version, tensor, shards, message) => {
    const args = { tensor_parallel_size: tensor, decode_context_parallel_size: shards };
    expect(text(args, { version })).toBe(message);
  });
});

describe('numbers', () => {
  it.each([
    ['0.8.5', 1.2, 'GPU memory utilization must be less than 1.0. Got 1.2.'],
    [
      '0.20.0',
      1.2,
      '1 validation error for CacheConfig\ngpu_memory_utilization\n  Input should be less than or equal to 1 ' +
        '[type=less_than_equal, input_value=1.2, input_type=float]',
    ],
    [
      '0.20.0',
      0,
      '1 validation error for CacheConfig\ngpu_memory_utilization\n  Input should be greater than 0 [type=greater_than, ' +
        'input_value=0.0, input_type=float]',
    ],
  ])(
    '%s: a utilization of %f (v0.8.5 config.py; v0.20.0 config/cache.py gt=0, le=1)',
    (version, utilization, message) => {
      expect(text({ gpu_memory_utilization: utilization }, { version })).toBe(message);
    },
  );

  it('graph sizes that contradict each other (v0.12.0, main config/vllm.py _set_cudagraph_sizes)', () => {
    expect(text({ max_cudagraph_capture_size: 64, cudagraph_capture_sizes: [1, 2, 32] })).toBe(
      'customized max_cudagraph_capture_size(=64) should be consistent with the max value of cudagraph_capture_sizes(=32)',
    );
    expect(text({ max_cudagraph_capture_size: 32, cudagraph_capture_sizes: [1, 2, 32] })).toBeNull();
  });

  it.each([
    [{ offload_group_size: 4, offload_num_in_group: 5 }, 'offload_num_in_group (5) must be <= offload_group_size (4)'],
    [
      { offload_group_size: 4, offload_num_in_group: 1, offload_prefetch_step: 0 },
      'offload_prefetch_step (0) must be >= 1 when prefetch offloading is enabled (offload_group_size > 0)',
    ],
  ])('%o (v0.20.0 config/offload.py)', (args, message) => {
    expect(text(args, { version: '0.20.0' })).toBe(message);
  });
});

describe('the context length (config.py and config/model.py _get_and_verify_max_len)', () => {
  const longer = { max_model_len: 200_000 };
  const start =
    'User-specified max_model_len (200000) is greater than the derived max_model_len (max_position_embeddings=131072 or ' +
    "model_max_length=None in model's config.json).";

  it('v0.8.5', () => {
    expect(text(longer, { version: '0.8.5' })).toBe(
      `${start} This may lead to incorrect model outputs or CUDA errors. To allow overriding this maximum, set the env var ` +
        'VLLM_ALLOW_LONG_MAX_MODEL_LEN=1',
    );
  });

  it.each(['0.10.2', '0.20.0', '0.28.0'])('%s', (version) => {
    expect(text(longer, { version })).toBe(
      `${start} To allow overriding this maximum, set the env var VLLM_ALLOW_LONG_MAX_MODEL_LEN=1. ` +
        'VLLM_ALLOW_LONG_MAX_MODEL_LEN must be used with extreme caution. If the model uses relative position encoding ' +
        '(RoPE), positions exceeding derived_max_model_len lead to nan. If the model uses absolute position encoding, ' +
        'positions exceeding derived_max_model_len will cause a CUDA array out-of-bounds error.',
    );
  });
});

describe('old GPUs', () => {
  it('no bf16 below 8.0 (v0.8.5 worker/worker.py, v0.20.0 platforms/cuda.py)', () => {
    expect(text({ dtype: 'bfloat16' }, { gpu: 't4', version: '0.20.0' })).toMatch(
      /^Bfloat16 is only supported on GPUs with compute capability of at least 8\.0\. Your .*T4.* GPU has compute capability 7\.5\. You can use float16 instead by explicitly setting the `dtype` flag in CLI, for example: --dtype=half\.$/,
    );
  });

  it.each([
    ['gemma2', 'google/gemma-2-9b-it'],
    ['gemma3', 'google/gemma-3-27b-it'],
  ])('%s overflows in fp16 (v0.20.0 config/model.py _check_valid_dtype)', (_, model) => {
    expect(text({ dtype: 'half' }, { model })).toMatch(
      /^The model type 'gemma[23](_text)?' does not support float16\. Reason: Numerical instability\. Please use bfloat16 or float32 instead\.$/,
    );
    expect(launched({ model, gpu: 't4', args: { max_model_len: 1024 } }).dtype).toBe('float32');
  });

  it.each([
    // get_min_capability of layers/quantization/fp8.py: 80 up to v0.13.0, 75 from v0.14.0 on.
    ['0.13.0', 't4', 'fp8', 80, 75],
    ['0.20.0', 'v100', 'fp8', 75, 70],
    // awq.py: 75.
    ['0.8.5', 'v100', 'awq', 75, 70],
  ])('%s on %s: %s needs %i', (version, gpu, method, least, capability) => {
    const model = method === 'awq' ? 'Qwen/Qwen2.5-7B-Instruct-AWQ' : LLAMA_8B;
    const args = { ...(method === 'awq' ? {} : { quantization: method }), max_model_len: 1024 };
    expect(text(args, { model, version, gpu })).toBe(
      `The quantization method ${method} is not supported for the current GPU. Minimum capability: ${least}. Current ` +
        `capability: ${capability}.`,
    );
  });

  it('v0.11.0 compressed_tensors.py _check_scheme_supported raises a tuple', () => {
    const model = 'RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16';
    expect(text({ max_model_len: 1024 }, { model, version: '0.11.0', gpu: 't4' })).toBe(
      "('Quantization scheme is not supported for ', 'the current GPU. Min capability: 80. ', 'Current capability: 75.')",
    );
    expect(text({ max_model_len: 1024 }, { model, version: '0.13.0', gpu: 't4' })).toBeNull();
  });
});

describe('cache dtypes and models', () => {
  it('TurboQuant beside states (v0.20.0 engine/arg_utils.py)', () => {
    const asked = { model: 'Qwen/Qwen3.6-27B', args: { kv_cache_dtype: 'turboquant_k8v4', max_model_len: 8192 } };
    expect(refused({ ...asked, version: '0.20.0' })).toBe(
      'TurboQuant KV cache is not supported for hybrid (attention + Mamba) models. Boundary layer protection requires ' +
        'uniform attention layers.',
    );
    expect(refused({ ...asked, version: '0.22.0' })).toBeNull();
  });
});

describe('the growable KV cache', () => {
  it('has a flag that no release up to 0.31 knows', () => {
    const args = { enable_extensible_kv_cache: true };
    expect(text(args, { version: '0.31.0' })).toBe('unrecognized arguments: --enable-extensible-kv-cache');
    expect(text({ enable_extensible_kv_cache: false }, { version: '0.31.0' })).toBe(
      'unrecognized arguments: --no-enable-extensible-kv-cache',
    );
    expect(launched({ model: LLAMA_8B, version: '0.32.0', args })).toMatchObject({ extensible: true, utilization: 1 });
    expect(launched({ model: LLAMA_8B, version: '0.31.0' })).toMatchObject({ extensible: false, utilization: 0.92 });
    // Nothing is released that has it on by itself.
    expect(launched({ model: LLAMA_8B, version: '0.32.0' })).toMatchObject({ extensible: false, utilization: 0.92 });
    const sized = { enable_extensible_kv_cache: true, kv_cache_memory_bytes: 1_000_000_000 };
    expect(launched({ model: LLAMA_8B, version: '0.32.0', args: sized })).toMatchObject({ extensible: false });
  });
});

describe('MIG slices', () => {
  // See src/engines/gpus-there.ts.
  it('are one to a launch, however many a pod holds', () => {
    const slices = { gpu: 'a100-80gb-sxm-mig-3g.40gb:2' };
    expect(text({ tensor_parallel_size: 2 }, slices)).toContain('number of available GPUs (1)');
    expect(text({ tensor_parallel_size: 1 }, slices)).toBeNull();
  });
});
