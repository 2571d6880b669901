import { type ArgumentSpec, type ArgumentTable, tableOf } from '../argument-table.ts';
import type { ValueType } from '../argument-values.ts';
import { OTHER_OPTIONS } from './other-options.ts';
import { REMOVED_OPTIONS } from './removed-options.ts';

/**
 * The options of the server (SGLang srt/server_args.py, every release from 0.4.0 to 0.5.18), by type. A line is `name` and,
 * behind it, other spellings. These change what the engine takes of the GPU.
 */
const MEMORY: Readonly<Partial<Record<ValueType, string>>> = {
  int: `
    attn-cp-size attention-context-parallel-size
    c128-page-size
    cpu-offload-gb
    cuda-graph-max-bs cuda-graph-max-bs-decode
    cuda-graph-max-bs-prefill piecewise-cuda-graph-max-tokens
    dcp-size decode-context-parallel-size
    dp-size data-parallel-size
    dwdp-size
    ep-num-redundant-experts
    ep-size ep expert-parallel-size
    int8-mamba-ckpt-size
    kt-num-gpu-experts
    mamba-max-states-per-path
    max-loaded-loras
    max-lora-rank
    max-loras-per-batch
    max-mamba-cache-size
    max-running-requests
    moe-dense-tp-size
    moe-dp-size moe-data-parallel-size
    nnodes
    offload-group-size
    offload-num-in-group
    offload-prefetch-step
    page-size
    pp-max-micro-batch-size
    pp-size pipeline-parallel-size
    speculative-dflash-block-size
    speculative-eagle-topk
    speculative-num-draft-tokens
    speculative-num-steps
    torch-compile-max-bs
    tp-size tensor-parallel-size`,
  size: `
    chunked-prefill-size
    context-length
    max-prefill-tokens
    max-total-tokens`,
  float: `
    mamba-full-memory-ratio
    mem-fraction-static
    swa-full-tokens-ratio`,
  boolean: `
    disable-cuda-graph
    disable-cuda-graph-padding
    disable-decode-cuda-graph
    disable-hybrid-swa-memory
    disable-overlap-schedule
    disable-prefill-cuda-graph
    disable-radix-cache
    disable-shared-experts-fusion
    enable-deterministic-inference
    enable-dp-attention
    enable-dp-lm-head
    enable-eplb
    enable-hierarchical-cache
    enable-hisparse
    enable-int8-mamba-checkpoint
    enable-linear-replayssm
    enable-linear-replayssm-spec enable-gdn-replayssm-spec
    enable-lora
    enable-memory-saver
    enable-multi-layer-eagle
    enable-multimodal
    enable-return-hidden-states
    enable-symm-mem
    enable-torch-compile
    enable-two-batch-overlap
    enable-unified-memory
    encoder-only
    is-embedding
    keep-mm-feature-on-device
    language-model-only
    language-only
    mm-enable-dp-encoder
    prefill-only-disable-kv-cache`,
  string: `
    attention-backend
    cuda-graph-backend-decode
    cuda-graph-backend-prefill
    decode-attention-backend
    deepep-mode
    device
    disaggregation-mode
    dtype
    kv-cache-dtype
    load-format
    mamba-radix-cache-strategy mamba-scheduler-strategy
    mamba-ssm-dtype
    mm-feature-transport
    moe-a2a-backend
    moe-runner-backend
    offload-mode
    prefill-attention-backend
    quantization
    revision
    speculative-algorithm
    speculative-draft-kv-cache-dtype
    speculative-draft-model-path speculative-draft-model
    speculative-draft-model-quantization
    speculative-draft-model-revision
    speculative-token-map`,
  json: `
    json-model-override-args`,
  list: `
    cuda-graph-bs cuda-graph-bs-decode
    cuda-graph-bs-prefill piecewise-cuda-graph-tokens
    lora-paths
    lora-target-modules`,
  any: `
    cuda-graph-config
    hisparse-config hierarchical-sparse-attention-extra-config`,
};

/** Options with a `--no-` twin (argparse.BooleanOptionalAction). */
const NEGATABLE: ReadonlySet<string> = new Set([
  'dcp_replicate_q_proj',
  'dllm_fdfo',
  'enable_tp_lm_head_all_to_all',
  'experts_shared_outer_loras',
  'lora_strict_loading',
]);

/** Flags that stand for a value of another option (srt/server_args.py, DeprecatedStoreConstAction). */
const PREFILL_GRAPH_FLAGS = [
  'disable_piecewise_cuda_graph',
  'enable_breakable_cuda_graph',
  'enforce_piecewise_cuda_graph',
] as const;

export const SGLANG_ARGUMENTS: ArgumentTable = tableOf(
  'SGLang',
  [
    ...listed(OTHER_OPTIONS, false),
    ...listed(MEMORY, true),
    ...PREFILL_GRAPH_FLAGS.map((name): ArgumentSpec => ({ name, type: 'boolean', memory: true, aliases: [] })),
    ...REMOVED_OPTIONS,
  ],
  'argparse',
);

function listed(lines: Readonly<Partial<Record<ValueType, string>>>, memory: boolean): ArgumentSpec[] {
  return Object.entries(lines).flatMap(([type, text]) =>
    text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(' '))
      .map(([flag = '', ...aliases]): ArgumentSpec => {
        const name = flag.replaceAll('-', '_');
        const own = { name, type: type as ValueType, memory, aliases };
        return NEGATABLE.has(name) ? { ...own, negatable: true } : own;
      }),
  );
}
