import type { OptionKind } from './option-table.ts';

/**
 * Options of llama-server (llama.cpp common/arg.cpp) that change what it takes of the GPU, by how they are written. A line is
 * the name, other spellings, spellings that say no (`!`), and the variable of the environment that says the same.
 */
export const MEMORY_OPTIONS: Readonly<Partial<Record<OptionKind, string>>> = {
  int: `
    ctx-size -c LLAMA_ARG_CTX_SIZE
    batch-size -b LLAMA_ARG_BATCH
    ubatch-size -ub LLAMA_ARG_UBATCH
    parallel -np LLAMA_ARG_N_PARALLEL
    image-max-tokens LLAMA_ARG_IMAGE_MAX_TOKENS
    n-cpu-moe -ncmoe LLAMA_ARG_N_CPU_MOE
    main-gpu -mg LLAMA_ARG_MAIN_GPU
    fit-ctx -fitc LLAMA_ARG_FIT_CTX
    models-max LLAMA_ARG_MODELS_MAX
    n-cpu-moe-draft --spec-draft-n-cpu-moe --spec-draft-ncmoe -ncmoed LLAMA_ARG_SPEC_DRAFT_N_CPU_MOE
    spec-draft-n-max LLAMA_ARG_SPEC_DRAFT_N_MAX
    draft-max --draft --draft-n LLAMA_ARG_DRAFT_MAX
    ctx-size-draft -cd`,
  count: `
    n-gpu-layers -ngl --gpu-layers LLAMA_ARG_N_GPU_LAYERS
    n-gpu-layers-draft --spec-draft-ngl -ngld --gpu-layers-draft LLAMA_ARG_N_GPU_LAYERS_DRAFT`,
  choice: `
    flash-attn -fa LLAMA_ARG_FLASH_ATTN`,
  text: `
    pooling LLAMA_ARG_POOLING
    cache-type-k -ctk LLAMA_ARG_CACHE_TYPE_K
    cache-type-v -ctv LLAMA_ARG_CACHE_TYPE_V
    mmproj -mm LLAMA_ARG_MMPROJ
    mmproj-url -mmu LLAMA_ARG_MMPROJ_URL
    rpc LLAMA_ARG_RPC
    device -dev LLAMA_ARG_DEVICE
    override-tensor -ot LLAMA_ARG_OVERRIDE_TENSOR
    split-mode -sm LLAMA_ARG_SPLIT_MODE
    tensor-split -ts LLAMA_ARG_TENSOR_SPLIT
    fit-target -fitt LLAMA_ARG_FIT_TARGET
    override-kv
    lora
    lora-scaled
    control-vector
    model -m LLAMA_ARG_MODEL
    model-url -mu LLAMA_ARG_MODEL_URL
    docker-repo -dr LLAMA_ARG_DOCKER_REPO
    hf-repo -hf -hfr LLAMA_ARG_HF_REPO
    hf-file -hff LLAMA_ARG_HF_FILE
    models-dir LLAMA_ARG_MODELS_DIR
    models-preset LLAMA_ARG_MODELS_PRESET
    hf-repo-draft --spec-draft-hf -hfd -hfrd LLAMA_ARG_SPEC_DRAFT_HF_REPO
    cache-type-k-draft --spec-draft-type-k -ctkd LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_K
    cache-type-v-draft --spec-draft-type-v -ctvd LLAMA_ARG_SPEC_DRAFT_CACHE_TYPE_V
    override-tensor-draft --spec-draft-override-tensor -otd
    device-draft --spec-draft-device -devd
    model-draft --spec-draft-model -md LLAMA_ARG_SPEC_DRAFT_MODEL
    spec-type LLAMA_ARG_SPEC_TYPE
    fit -fit LLAMA_ARG_FIT`,
  switch: `
    swa-full LLAMA_ARG_SWA_FULL
    no-host LLAMA_ARG_NO_HOST
    cpu-moe -cmoe LLAMA_ARG_CPU_MOE
    embedding --embeddings LLAMA_ARG_EMBEDDINGS
    rerank --reranking LLAMA_ARG_RERANKING
    cpu-moe-draft --spec-draft-cpu-moe -cmoed LLAMA_ARG_SPEC_DRAFT_CPU_MOE
    gpt-oss-20b-default
    gpt-oss-120b-default`,
  toggle: `
    kv-unified -kvu !-no-kvu !--no-kv-unified LLAMA_ARG_KV_UNIFIED
    kv-offload -kvo !-nkvo !--no-kv-offload LLAMA_ARG_KV_OFFLOAD
    mmproj-auto !--no-mmproj !--no-mmproj-auto LLAMA_ARG_MMPROJ_AUTO
    mmproj-offload !--no-mmproj-offload LLAMA_ARG_MMPROJ_OFFLOAD
    op-offload !--no-op-offload`,
};

/** Options of ik_llama.cpp, a fork, that change its memory and that llama.cpp does not have (its common/common.cpp). */
export const FORK_OPTIONS: Readonly<Partial<Record<OptionKind, string>>> = {
  int: `
    mla -mla --mla-use
    attention-max-batch -amb
    max-gpu
    defer-experts`,
  text: `
    smart-expert-reduction -ser
    split-mode-graph-f16 -smf16
    cuda-params -cuda --cuda-params`,
  switch: `
    fused-moe -fmoe
    no-fused-moe -no-fmoe
    run-time-repack -rtr
    merge-qkv -mqkv
    merge-up-gate-experts -muge
    grouped-expert-routing -ger
    graph-reuse -gr
    no-graph-reuse -no-gr
    split-mode-graph-scheduling -smgs
    k-cache-hadamard -khad
    v-cache-hadamard -vhad
    no-offload-only-active-experts -no-ooae`,
};
