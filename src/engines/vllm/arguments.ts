import { type ArgumentSpec, type ArgumentTable, listed, tableOf } from '../argument-table.ts';
import type { ValueType } from '../argument-values.ts';
import { OTHER_OPTIONS } from './other-options.ts';

/**
 * The options of `vllm serve` (vLLM engine/arg_utils.py, entrypoints/openai/cli_args.py), by type. A line is
 * `name` and, behind it, other spellings. These change what the engine takes of the GPU.
 */
const MEMORY: Readonly<Partial<Record<ValueType, string>>> = {
  int: `
    tensor-parallel-size -tp
    pipeline-parallel-size -pp
    data-parallel-size -dp
    data-parallel-size-local -dpl
    decode-context-parallel-size -dcp
    prefill-context-parallel-size -pcp
    nnodes -n
    max-num-seqs
    block-size
    num-gpu-blocks-override
    mamba-block-size
    max-loras
    max-lora-rank
    max-cudagraph-capture-size
    cuda-graph-sizes
    optimization-level -O
    max-seq-len-to-capture
    offload-group-size
    offload-num-in-group
    offload-prefetch-step
    lora-extra-vocab-size
    num-scheduler-steps
    max-num-partial-prefills
    max-parallel-loading-workers
    max-prompt-adapters
    max-prompt-adapter-token
    ubatch-size
    replayssm-buffer-len`,
  size: `
    max-model-len
    max-num-batched-tokens
    max-num-scheduled-tokens
    kv-cache-memory-bytes kv-cache-memory`,
  float: `
    gpu-memory-utilization
    cpu-offload-gb
    mm-ipc-gpu-memory-gb
    kv-offloading-size
    swap-space
    mm-processor-cache-gb`,
  boolean: `
    enforce-eager
    enable-chunked-prefill
    enable-prefix-caching
    enable-expert-parallel -ep
    enable-lora
    fully-sharded-loras
    enable-eplb
    enable-dbo
    enable-sleep-mode
    enable-cumem-allocator
    enable-prompt-embeds
    enable-mm-embeds
    enable-extensible-kv-cache
    enable-tower-connector-lora
    specialize-active-lora
    disable-sliding-window
    disable-hybrid-kv-cache-manager
    disable-custom-all-reduce
    disable-chunked-mm-input
    language-model-only
    skip-mm-profiling
    mm-encoder-only
    async-scheduling
    kv-sharing-fast-prefill
    enable-multimodal-encoder-data-parallel
    enable-prompt-adapter
    enable-elastic-ep
    use-replayssm`,
  string: `
    dtype
    quantization -q
    kv-cache-dtype
    mamba-cache-dtype
    mamba-ssm-cache-dtype
    mamba-cache-mode
    lora-dtype
    runner
    convert
    task
    model-impl
    load-format
    all2all-backend
    mm-encoder-tp-mode
    performance-mode
    attention-backend
    device
    offload-backend
    mm-tensor-ipc
    mm-processor-device`,
  json: `
    compilation-config -cc
    speculative-config -sc
    kv-transfer-config
    kv-events-config
    hf-overrides
    rope-scaling
    pooler-config
    override-pooler-config
    limit-mm-per-prompt
    mm-processor-kwargs
    media-io-kwargs
    eplb-config
    attention-config -ac
    quantization-config
    diffusion-config -dc
    model-loader-extra-config
    override-neuron-config`,
  list: `
    cudagraph-capture-sizes
    kv-cache-dtype-skip-layers
    lora-modules
    lora-target-modules
    cpu-offload-params
    offload-params`,
};

/** Options that write into `speculative_config`: the short flags of newer versions, the flat ones of V0. */
const SPECULATIVE: readonly (readonly [name: string, type: ValueType, key: string])[] = [
  ['spec_method', 'string', 'method'],
  ['spec_model', 'string', 'model'],
  ['spec_tokens', 'int', 'num_speculative_tokens'],
  ['speculative_model', 'string', 'model'],
  ['num_speculative_tokens', 'int', 'num_speculative_tokens'],
  ['speculative_draft_tensor_parallel_size', 'int', 'draft_tensor_parallel_size'],
  ['speculative_max_model_len', 'int', 'max_model_len'],
  ['speculative_model_quantization', 'string', 'quantization'],
  ['speculative_disable_by_batch_size', 'int', 'disable_by_batch_size'],
  ['ngram_prompt_lookup_max', 'int', 'prompt_lookup_max'],
  ['ngram_prompt_lookup_min', 'int', 'prompt_lookup_min'],
];

const REMOVED: readonly ArgumentSpec[] = [
  {
    name: 'use_v2_block_manager',
    type: 'boolean',
    memory: false,
    aliases: [],
    removed: 'Remove it: the block manager that it chose is the only one since 0.7.',
  },
];

export const VLLM_ARGUMENTS: ArgumentTable = tableOf('vLLM', [
  ...listed(OTHER_OPTIONS, false),
  ...listed(MEMORY, true),
  ...SPECULATIVE.map(([name, type, key]): ArgumentSpec => {
    return { name, type, memory: true, aliases: [], into: ['speculative_config', key] };
  }),
  ...REMOVED,
]);
