import type { OptionKind } from './option-table.ts';

/** Options of llama-server, old and new, that change nothing of what it takes of the GPU; written as in memory-options.ts. */
export const OTHER_OPTIONS: Readonly<Partial<Record<OptionKind, string>>> = {
  int: `
    threads -t LLAMA_ARG_THREADS
    threads-batch -tb
    prio
    cpu-strict-batch
    prio-batch
    poll-batch
    n-predict -n --predict LLAMA_ARG_N_PREDICT
    keep
    ctx-checkpoints -ctxcp --swa-checkpoints LLAMA_ARG_CTX_CHECKPOINTS
    checkpoint-min-step -cms LLAMA_ARG_CHECKPOINT_MIN_SPACING_NT
    cache-ram -cram LLAMA_ARG_CACHE_RAM
    top-k LLAMA_ARG_TOP_K
    repeat-last-n
    dry-allowed-length
    dry-penalty-last-n
    adaptive-target
    mirostat
    yarn-orig-ctx LLAMA_ARG_YARN_ORIG_CTX
    image-min-tokens LLAMA_ARG_IMAGE_MIN_TOKENS
    mtmd-batch-max-tokens LLAMA_ARG_MTMD_BATCH_MAX_TOKENS
    embd-normalize
    port LLAMA_ARG_PORT
    timeout -to LLAMA_ARG_TIMEOUT
    sse-ping-interval LLAMA_ARG_SSE_PING_INTERVAL
    threads-http LLAMA_ARG_THREADS_HTTP
    cache-reuse LLAMA_ARG_CACHE_REUSE
    reasoning-budget LLAMA_ARG_THINK_BUDGET
    sleep-idle-seconds
    verbosity -lv --log-verbosity LLAMA_ARG_LOG_VERBOSITY
    threads-draft --spec-draft-threads -td
    threads-batch-draft --spec-draft-threads-batch -tbd
    spec-draft-cpu-strict --cpu-strict-draft
    spec-draft-prio --prio-draft
    spec-draft-poll --poll-draft
    spec-draft-cpu-strict-batch --cpu-strict-batch-draft
    spec-draft-prio-batch --prio-batch-draft
    spec-draft-poll-batch --poll-batch-draft
    spec-draft-n-min LLAMA_ARG_SPEC_DRAFT_N_MIN
    spec-ngram-mod-n-min
    spec-ngram-mod-n-max
    spec-ngram-mod-n-match
    spec-ngram-simple-size-n
    spec-ngram-simple-size-m
    spec-ngram-simple-min-hits
    spec-ngram-map-k-size-n
    spec-ngram-map-k-size-m
    spec-ngram-map-k-min-hits
    spec-ngram-map-k4v-size-n
    spec-ngram-map-k4v-size-m
    spec-ngram-map-k4v-min-hits
    draft-min --draft-n-min LLAMA_ARG_DRAFT_MIN
    spec-ngram-size-n
    spec-ngram-size-m
    spec-ngram-min-hits
    rms-norm-eps -eps
    group-query-attention -gqa
    grp-attn-n -gan LLAMA_ARG_GRP_ATTN_N
    grp-attn-w -gaw LLAMA_ARG_GRP_ATTN_W`,
  text: `
    cpu-mask -C
    cpu-range -Cr
    cpu-strict
    poll
    cpu-mask-batch -Cb
    cpu-range-batch -Crb
    lookup-cache-static -lcs
    lookup-cache-dynamic -lcd
    prompt -p
    file -f
    binary-file -bf
    reverse-prompt -r
    samplers
    seed -s
    sampler-seq --sampling-seq
    temp --temperature
    top-p
    min-p
    top-nsigma --top-n-sigma
    xtc-probability
    xtc-threshold
    typical --typical-p
    repeat-penalty
    presence-penalty
    frequency-penalty
    dry-multiplier
    dry-base
    adaptive-decay
    dynatemp-range
    dynatemp-exp
    mirostat-lr
    mirostat-ent
    logit-bias -l
    grammar
    grammar-file
    json-schema -j
    json-schema-file -jf
    rope-scaling LLAMA_ARG_ROPE_SCALING_TYPE
    rope-scale LLAMA_ARG_ROPE_SCALE
    rope-freq-base LLAMA_ARG_ROPE_FREQ_BASE
    rope-freq-scale LLAMA_ARG_ROPE_FREQ_SCALE
    yarn-ext-factor LLAMA_ARG_YARN_EXT_FACTOR
    yarn-attn-factor LLAMA_ARG_YARN_ATTN_FACTOR
    yarn-beta-slow LLAMA_ARG_YARN_BETA_SLOW
    yarn-beta-fast LLAMA_ARG_YARN_BETA_FAST
    defrag-thold -dt LLAMA_ARG_DEFRAG_THOLD
    load-mode -lm LLAMA_ARG_LOAD_MODE
    numa LLAMA_ARG_NUMA
    control-vector-scaled
    alias -a LLAMA_ARG_ALIAS
    tags LLAMA_ARG_TAGS
    hf-token -hft HF_TOKEN
    host LLAMA_ARG_HOST
    path LLAMA_ARG_STATIC_PATH
    cors-origins LLAMA_ARG_CORS_ORIGINS
    cors-methods LLAMA_ARG_CORS_METHODS
    cors-headers LLAMA_ARG_CORS_HEADERS
    api-prefix LLAMA_ARG_API_PREFIX
    ui-config --webui-config LLAMA_ARG_UI_CONFIG
    ui-config-file --webui-config-file LLAMA_ARG_UI_CONFIG_FILE
    tools LLAMA_ARG_TOOLS
    mcp-servers-config LLAMA_ARG_MCP_SERVERS_CONFIG
    mcp-servers-json LLAMA_ARG_MCP_SERVERS_JSON
    api-key LLAMA_API_KEY
    api-key-file LLAMA_ARG_API_KEY_FILE
    ssl-key-file LLAMA_ARG_SSL_KEY_FILE
    ssl-cert-file LLAMA_ARG_SSL_CERT_FILE
    chat-template-kwargs LLAMA_ARG_CHAT_TEMPLATE_KWARGS
    slot-save-path
    media-path
    reasoning-format LLAMA_ARG_THINK
    reasoning -rea LLAMA_ARG_REASONING
    reasoning-budget-message LLAMA_ARG_THINK_BUDGET_MESSAGE
    chat-template LLAMA_ARG_CHAT_TEMPLATE
    chat-template-file LLAMA_ARG_CHAT_TEMPLATE_FILE
    slot-prompt-similarity -sps
    log-file LLAMA_ARG_LOG_FILE
    log-prompts-dir
    log-colors LLAMA_ARG_LOG_COLORS
    cpu-mask-draft --spec-draft-cpu-mask -Cd
    spec-draft-cpu-range -Crd --cpu-range-draft
    spec-draft-cpu-mask-batch -Cbd --cpu-mask-batch-draft
    spec-draft-p-split --draft-p-split LLAMA_ARG_SPEC_DRAFT_P_SPLIT
    spec-draft-p-min --draft-p-min LLAMA_ARG_SPEC_DRAFT_P_MIN
    log-format
    system-prompt-file -spf`,
  switch: `
    help -h --usage
    version
    cache-list -cl
    completion-bash
    special -sp
    spm-infill
    ignore-eos
    backend-sampling -bs LLAMA_ARG_BACKEND_SAMPLING
    mlock LLAMA_ARG_MLOCK
    list-devices
    check-tensors
    reuse-port LLAMA_ARG_REUSE_PORT
    metrics LLAMA_ARG_ENDPOINT_METRICS
    props LLAMA_ARG_ENDPOINT_PROPS
    lora-init-without-apply
    log-disable
    verbose -v --log-verbose
    offline LLAMA_ARG_OFFLINE
    embd-gemma-default
    fim-qwen-1.5b-default
    fim-qwen-3b-default
    fim-qwen-7b-default
    fim-qwen-7b-spec
    fim-qwen-14b-spec
    fim-qwen-30b-default
    vision-gemma-4b-default
    vision-gemma-12b-default
    spec-default
    no-mul-mat-q -nommq
    slots-endpoint-disable
    infill
    server
    low-vram`,
  toggle: `
    cache-idle-slots !--no-cache-idle-slots LLAMA_ARG_CACHE_IDLE_SLOTS
    context-shift !--no-context-shift LLAMA_ARG_CONTEXT_SHIFT
    perf !--no-perf LLAMA_ARG_PERF
    escape -e !--no-escape
    warmup !--no-warmup
    repack !-nr !--no-repack LLAMA_ARG_REPACK
    cont-batching -cb !-nocb !--no-cont-batching LLAMA_ARG_CONT_BATCHING
    mmap !--no-mmap LLAMA_ARG_MMAP
    direct-io -dio !-ndio !--no-direct-io LLAMA_ARG_DIO
    cors-credentials !--no-cors-credentials LLAMA_ARG_CORS_CREDENTIALS
    ui-mcp-proxy --webui-mcp-proxy !--no-ui-mcp-proxy !--no-webui-mcp-proxy LLAMA_ARG_UI_MCP_PROXY
    agent -ag !-no-ag !--no-agent LLAMA_ARG_AGENT
    ui --webui !--no-ui !--no-webui LLAMA_ARG_UI
    cache-prompt !--no-cache-prompt LLAMA_ARG_CACHE_PROMPT
    slots !--no-slots LLAMA_ARG_ENDPOINT_SLOTS
    models-autoload !--no-models-autoload LLAMA_ARG_MODELS_AUTOLOAD
    jinja !--no-jinja LLAMA_ARG_JINJA
    reasoning-preserve !--no-reasoning-preserve LLAMA_ARG_REASONING_PRESERVE
    skip-chat-parsing !--no-skip-chat-parsing LLAMA_ARG_SKIP_CHAT_PARSING
    prefill-assistant !--no-prefill-assistant LLAMA_ARG_PREFILL_ASSISTANT
    log-prefix !--no-log-prefix LLAMA_ARG_LOG_PREFIX
    log-timestamps !--no-log-timestamps LLAMA_ARG_LOG_TIMESTAMPS
    spec-draft-backend-sampling !--no-spec-draft-backend-sampling LLAMA_ARG_SPEC_DRAFT_BACKEND_SAMPLING`,
  pair: `
    dry-sequence-breaker
    control-vector-layer-range`,
};
