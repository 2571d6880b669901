import { listed, tableOf, type ArgumentTable } from '../argument-table.ts';
import { table } from '../../table.ts';

/**
 * The options of `trtllm-serve` (commands/serve.py) and the keys of its options file (llmapi/llm_args.py TorchLlmArgs, 1.x);
 * a section's keys are named behind it and a dot. Spellings of the command line go beside the file's.
 */
export const TRTLLM_ARGUMENTS: ArgumentTable = tableOf('TensorRT-LLM', [
  ...listed(
    {
      int: `
        tp-size tensor-parallel-size
        pp-size pipeline-parallel-size
        cp-size context-parallel-size
        ep-size moe-expert-parallel-size expert-parallel-size
        moe-tensor-parallel-size
        cluster-size moe-cluster-parallel-size
        gpus-per-node
        max-batch-size
        max-num-tokens
        max-seq-len
        max-input-len
        max-beam-width
        kv-cache-config.max-tokens
        kv-cache-config.tokens-per-block
        kv-cache-config.sink-token-length
        kv-cache-config.max-gpu-total-bytes
        cuda-graph-config.max-batch-size
        speculative-config.max-draft-len
        speculative-config.num-nextn-predict-layers`,
      float: `
        kv-cache-config.free-gpu-memory-fraction free-gpu-memory-fraction kv-cache-free-gpu-memory-fraction
        kv-cache-config.cross-kv-cache-fraction`,
      boolean: `
        enable-attention-dp
        enable-chunked-prefill
        disable-overlap-scheduler
        kv-cache-config.enable-block-reuse
        kv-cache-config.enable-partial-reuse
        kv-cache-config.use-uvm
        cuda-graph-config.enable-padding
        enable-lm-head-tp-in-adp
        use-cuda-graph
        cuda-graph-padding-enabled
        mm-encoder-only
        enable-sleep`,
      string: `
        backend
        dtype
        load-format
        quantization
        kv-cache-config.dtype
        kv-cache-config.mamba-ssm-cache-dtype
        speculative-config.decoding-type
        speculative-config.speculative-model speculative-config.speculative-model-dir
        kv-cache-dtype
        cuda-graph-config
        attn-backend
        config extra-llm-api-options extra-engine-args
        override-engine-args`,
      json: `
        lora-config
        peft-cache-config
        moe-config
        cp-config
        torch-compile-config
        sparse-attention-config
        build-config
        quant-config`,
      list: `
        kv-cache-config.max-attention-window
        cuda-graph-config.batch-sizes
        cuda-graph-batch-sizes`,
    },
    true,
  ),
  ...listed(
    {
      int: `
        port
        num-postprocess-workers
        iter-stats-max-iterations
        request-stats-max-iterations
        garbage-collection-gen0-threshold
        stream-interval
        perf-metrics-max-requests
        disagg-cluster-uri
        kv-cache-config.event-buffer-max-size
        kv-cache-config.secondary-offload-min-priority
        kv-cache-config.host-cache-size
        kv-cache-config.disk-cache-size`,
      float: `
        batch-wait-timeout-ms`,
      boolean: `
        trust-remote-code
        skip-tokenizer-init
        fail-fast-on-attention-window-too-large
        enable-iter-perf-stats
        enable-iter-req-stats
        print-iter-log
        return-perf-metrics
        enable-autotuner
        enable-min-latency
        force-dynamic-quantization
        gather-generation-logits
        enable-layerwise-nvtx-marker
        enable-trtllm-sampler
        kv-cache-config.copy-on-partial-reuse
        kv-cache-config.onboard-blocks`,
      string: `
        tokenizer
        custom-tokenizer
        tokenizer-mode
        host
        log-level
        revision
        tokenizer-revision
        custom-module-dirs
        reasoning-parser
        tool-parser
        tool-call-parser
        chat-template
        media-io-kwargs
        metadata-server-config-file
        server-role
        otlp-traces-endpoint
        guided-decoding-backend
        allreduce-strategy
        checkpoint-format
        sampler-type
        orchestrator-type
        postprocess-tokenizer-dir
        served-model-name
        disaggregation-mode
        disaggregation-strategy
        modality
        encode-endpoint
        model model-path`,
      json: `
        scheduler-config
        cache-transceiver-config
        attention-dp-config
        nvfp4-gemm-config
        kv-connector-config`,
    },
    false,
  ),
]);

/** Sections of the options file whose keys are arguments of their own. */
export const SECTIONS: ReadonlySet<string> = new Set(['kv_cache_config', 'cuda_graph_config', 'speculative_config']);

/** What `trtllm-serve` calls arguments that its options file has in a section or under a longer name. */
export const COMMAND_NAMES: Readonly<Record<string, string>> = table({
  'kv_cache_config.free_gpu_memory_fraction': 'kv_cache_free_gpu_memory_fraction',
  config: 'extra_llm_api_options',
});

/** What the options file calls arguments that the command line has a short name for. */
export const FILE_NAMES: Readonly<Record<string, string>> = table({
  tp_size: 'tensor_parallel_size',
  pp_size: 'pipeline_parallel_size',
  cp_size: 'context_parallel_size',
  ep_size: 'moe_expert_parallel_size',
  cluster_size: 'moe_cluster_parallel_size',
});
