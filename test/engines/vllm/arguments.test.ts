import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { VLLM_ARGUMENTS } from '../../../src/engines/vllm/arguments.ts';
import { readCommandLine } from '../../../src/formats/command-line/index.ts';

function read(...words: string[]) {
  const deployment = readCommandLine(['vllm', 'serve', ...words], [vllm]);
  if ('problem' in deployment) throw new Error(deployment.problem);
  const values = Object.fromEntries([...deployment.arguments].map(([name, { value }]) => [name, value]));
  return { model: deployment.model?.value ?? null, values, problems: deployment.problems.map(({ code }) => code) };
}

const valueOf = (name: string, ...words: string[]) => read('m', ...words).values[name];

describe('options as vLLM’s parser reads them (utils/argparse_utils.py FlexibleArgumentParser)', () => {
  it.each([
    [['--max-model-len', '8192'], 'max_model_len', 8192],
    [['--max-model-len=8192'], 'max_model_len', 8192],
    // `_` is `-` up to the first dot.
    [['--max_model_len', '8192'], 'max_model_len', 8192],
    // Unique beginnings are enough.
    [['--max-model', '8192'], 'max_model_len', 8192],
    [['--kv-cache-memory=1G'], 'kv_cache_memory_bytes', 1024 ** 3],
    // The last one wins.
    [['--max-model-len', '1', '--max-model-len', '2'], 'max_model_len', 2],
    [['--enforce-eager'], 'enforce_eager', true],
    [['--no-enable-prefix-caching'], 'enable_prefix_caching', false],
    [['--no-enable-chunked-prefill'], 'enable_chunked_prefill', false],
    [['-tp', '4'], 'tensor_parallel_size', 4],
    [['-tp=4'], 'tensor_parallel_size', 4],
    [['-pp', '2'], 'pipeline_parallel_size', 2],
    [['-dp', '2'], 'data_parallel_size', 2],
    [['-dcp', '2'], 'decode_context_parallel_size', 2],
    [['-ep'], 'enable_expert_parallel', true],
    [['-q', 'fp8'], 'quantization', 'fp8'],
    [['--quantization', 'None'], 'quantization', 'None'],
    [['--block-size', 'None'], 'block_size', null],
  ])('%j', (words, name, value) => {
    expect(valueOf(name, ...words)).toEqual(value);
  });

  it.each([
    // Small letters are powers of 1000 and may have decimals; large ones are powers of 1024 (engine/arg_utils.py
    // human_readable_int).
    ['1k', 1000],
    ['25.6k', 25_600],
    ['1K', 1024],
    ['32K', 32_768],
    ['1m', 1_000_000],
    ['1M', 1_048_576],
    ['auto', 'auto'],
    ['-1', -1],
  ])('--max-model-len %s', (text, tokens) => {
    expect(valueOf('max_model_len', '--max-model-len', text)).toBe(tokens);
  });

  it('decimals of a power of 1024 are an error, and so are sizes of plain numbers', () => {
    expect(read('m', '--max-model-len', '1.5K').problems).toEqual(['invalid-value']);
    expect(read('m', '--max-num-seqs', '1k').problems).toEqual(['invalid-value']);
  });

  it.each([
    [['-O3'], 3],
    [['-O', '1'], 1],
    [['-O=2'], 2],
    [['--optimization-level', '0'], 0],
  ])('optimisation level %j', (words, level) => {
    expect(valueOf('optimization_level', ...words)).toBe(level);
  });

  it('dotted keys are merged into one JSON value', () => {
    const words = [
      '--compilation-config.cudagraph_mode',
      'FULL',
      '-cc.max_cudagraph_capture_size=64',
      '-cc.pass_config.enable_sp',
      'true',
    ];
    expect(valueOf('compilation_config', ...words)).toEqual({
      cudagraph_mode: 'FULL',
      max_cudagraph_capture_size: 64,
      pass_config: { enable_sp: true },
    });
    const speculation = ['--speculative-config', '{"method":"ngram","num_speculative_tokens":3}'];
    expect(valueOf('speculative_config', ...speculation)).toEqual({ method: 'ngram', num_speculative_tokens: 3 });
    expect(valueOf('speculative_config', '--spec-method', 'ngram', '--spec-tokens', '3')).toEqual({
      method: 'ngram',
      num_speculative_tokens: 3,
    });
  });

  it('lists take the words up to the next option', () => {
    const words = ['--cudagraph-capture-sizes', '1', '2', '4', '--enforce-eager'];
    expect(read('m', ...words).values).toMatchObject({ cudagraph_capture_sizes: [1, 2, 4], enforce_eager: true });
  });

  it('names the model first, or by --model', () => {
    expect(read('org/model', '--enforce-eager').model).toBe('org/model');
    expect(read('--model', 'org/model').model).toBe('org/model');
    expect(read('org/model', '--model', 'other').model).toBe('org/model');
  });

  it('does not know what no release knows', () => {
    expect(read('m', '--max-model-length', '1').problems).toEqual(['unknown-argument']);
  });
});

describe('which options change the memory', () => {
  it.each([
    'max_model_len',
    'gpu_memory_utilization',
    'kv_cache_memory_bytes',
    'kv_cache_dtype',
    'kv_cache_dtype_skip_layers',
    'block_size',
    'num_gpu_blocks_override',
    'enable_prefix_caching',
    'mamba_cache_dtype',
    'mamba_ssm_cache_dtype',
    'mamba_block_size',
    'mamba_cache_mode',
    'cpu_offload_gb',
    'offload_group_size',
    'max_num_batched_tokens',
    'max_num_seqs',
    'enable_chunked_prefill',
    'disable_hybrid_kv_cache_manager',
    'kv_transfer_config',
    'kv_events_config',
    'async_scheduling',
    'limit_mm_per_prompt',
    'mm_encoder_tp_mode',
    'skip_mm_profiling',
    'enable_lora',
    'max_loras',
    'max_lora_rank',
    'fully_sharded_loras',
    'compilation_config',
    'cudagraph_capture_sizes',
    'max_cudagraph_capture_size',
    'optimization_level',
    'performance_mode',
    'speculative_config',
    'attention_backend',
    'tensor_parallel_size',
    'pipeline_parallel_size',
    'data_parallel_size',
    'decode_context_parallel_size',
    'prefill_context_parallel_size',
    'enable_expert_parallel',
    'all2all_backend',
    'dtype',
    'quantization',
    'enforce_eager',
    'hf_overrides',
    'enable_sleep_mode',
    'language_model_only',
    'disable_sliding_window',
  ])('%s', (name) => {
    expect(vllm.affectsMemory(name)).toBe(true);
  });

  it.each([
    'port',
    'host',
    'served_model_name',
    'api_key',
    'chat_template',
    'seed',
    'max_logprobs',
    'tool_call_parser',
  ])('not %s', (name) => {
    expect(vllm.affectsMemory(name)).toBe(false);
    expect(vllm.knowsArgument(name)).toBe(true);
  });

  it('spells every option once', () => {
    const spellings = [...VLLM_ARGUMENTS.byName.values()].flatMap(({ name, aliases }) => [
      name.replaceAll('_', '-'),
      ...aliases,
    ]);
    const twice = spellings.filter((spelling, index) => spellings.indexOf(spelling) !== index);
    expect(twice).toEqual([]);
  });
});
