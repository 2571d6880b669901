import { type ArgumentSpec, type ArgumentTable, tableOf } from '../arguments.ts';
import type { ValueType } from '../argument-values.ts';

/**
 * The options of `vllm serve` (vLLM engine/arg_utils.py, entrypoints/openai/cli_args.py), by type. A line is
 * `name` and, behind it, other spellings. Those that change what the engine takes of the GPU come first.
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
    max-parallel-loading-workers`,
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
    kv-sharing-fast-prefill`,
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
    device`,
  json: `
    compilation-config -cc
    speculative-config -sc
    kv-transfer-config
    kv-events-config
    hf-overrides
    limit-mm-per-prompt
    mm-processor-kwargs
    eplb-config
    attention-config -ac
    quantization-config
    model-loader-extra-config
    override-neuron-config`,
  list: `
    cudagraph-capture-sizes
    kv-cache-dtype-skip-layers
    lora-modules
    lora-target-modules`,
};

const OTHER: Readonly<Partial<Record<ValueType, string>>> = {
  int: `
    num-lookahead-slots
    port
    seed
    max-logprobs
    max-cpu-loras
    max-log-len
    api-server-count -asc
    data-parallel-rank -dpn
    data-parallel-start-rank -dpr
    data-parallel-rpc-port -dpp
    node-rank -r
    master-port
    ray-workers-num-gpus
    limit-concurrency
    distributed-timeout-seconds
    prefix-caching-hash-seed
    max-long-partial-prefills
    long-prefill-token-threshold
    stream-interval
    h11-max-incomplete-event-size
    h11-max-header-count
    num-redundant-experts`,
  float: `
    typical-acceptance-sampler-posterior-threshold
    typical-acceptance-sampler-posterior-alpha
    rope-theta
    video-pruning-rate
    scheduler-delay-factor`,
  boolean: `
    speculative-disable-mqa-scorer
    disable-logprobs-during-spec-decoding
    trust-remote-code
    enable-auto-tool-choice
    disable-log-requests
    enable-log-requests
    disable-log-stats
    disable-uvicorn-access-log
    disable-fastapi-docs
    disable-frontend-multiprocessing
    enable-request-id-headers
    enable-server-load-tracking
    enable-prompt-tokens-details
    enable-force-include-usage
    enable-tokenizer-info-endpoint
    enable-log-outputs
    enable-reasoning
    enable-ssl-refresh
    return-tokens-as-token-ids
    exclude-tools-when-tool-choice-none
    allow-credentials
    headless
    skip-tokenizer-init
    use-tqdm-on-load
    ray-workers-use-nsight
    data-parallel-hybrid-lb
    data-parallel-external-lb
    disable-async-output-proc
    disable-cascade-attn
    disable-mm-preprocessor-cache
    multi-step-stream-outputs
    engine-use-ray
    worker-use-ray
    disable-nccl-for-dp-synchronization
    calculate-kv-scales
    show-hidden-metrics
    enable-return-routed-experts
    trust-request-chat-template`,
  string: `
    spec-decoding-acceptance-method
    model
    host
    uds
    tokenizer
    tokenizer-mode
    tokenizer-revision
    revision
    code-revision
    config
    config-format
    hf-config-path
    hf-token
    download-dir
    api-key
    chat-template
    chat-template-content-format
    response-role
    tool-call-parser
    tool-parser-plugin
    tool-server
    reasoning-parser
    reasoning-parser-plugin
    guided-decoding-backend
    guided-decoding-disable-any-whitespace
    distributed-executor-backend
    data-parallel-address -dpa
    data-parallel-backend -dpb
    master-addr
    device-ids
    scheduling-policy
    scheduler-cls
    worker-cls
    worker-extension-cls
    prefix-caching-hash-algo
    kv-offloading-backend
    uvicorn-log-level
    ssl-keyfile
    ssl-certfile
    ssl-ca-certs
    ssl-cert-reqs
    root-path
    log-config-file
    otlp-traces-endpoint
    collect-detailed-traces
    preemption-mode
    allowed-local-media-path
    generation-config
    logprobs-mode
    mm-processor-cache-type
    mm-encoder-attn-backend
    pt-load-map-location
    logits-processor-pattern
    show-hidden-metrics-for-version
    structured-outputs-backend
    expert-placement-strategy
    dcp-kv-cache-interleave
    safetensors-load-strategy
    moe-backend
    linear-backend
    io-processor-plugin`,
  json: `
    rope-scaling
    ec-transfer-config
    override-generation-config
    override-pooler-config
    pooler-config
    additional-config
    default-mm-loras
    media-io-kwargs
    structured-outputs-config
    observability-config
    default-chat-template-kwargs
    chat-template-kwargs
    profiler-config
    kernel-config
    weight-transfer-config
    ir-op-priority`,
  list: `
    served-model-name
    middleware
    allowed-origins
    allowed-methods
    allowed-headers
    allowed-media-domains
    logits-processors`,
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
  ...listed(OTHER, false),
  ...listed(MEMORY, true),
  ...SPECULATIVE.map(([name, type, key]): ArgumentSpec => {
    return { name, type, memory: true, aliases: [], into: ['speculative_config', key] };
  }),
  ...REMOVED,
]);

function listed(lines: Readonly<Partial<Record<ValueType, string>>>, memory: boolean): ArgumentSpec[] {
  return Object.entries(lines).flatMap(([type, text]) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' '))
      .map(([flag = '', ...aliases]) => ({
        name: flag.replaceAll('-', '_'),
        type: type as ValueType,
        memory,
        aliases,
      })),
  );
}
