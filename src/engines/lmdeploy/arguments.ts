import { listed, tableOf, type ArgumentTable } from '../argument-table.ts';

/** The options of `lmdeploy serve api_server` (lmdeploy/cli/serve.py and cli/utils.py, release 0.16.0). */
export const LMDEPLOY_ARGUMENTS: ArgumentTable = tableOf(
  'LMDeploy',
  [
    ...listed(
      {
        int: `
          tp
          dp
          ep
          cp
          nnodes
          session-len
          max-batch-size
          cache-block-seq-len
          kernel-block-size
          max-prefill-token-num
          num-tokens-per-iter
          max-prefill-iters
          prefix-cache-state-budget
          prefix-cache-decode-state-interval
          vision-max-batch-size
          speculative-num-draft-tokens
          dllm-block-length`,
        float: `
          cache-max-entry-count
          rope-scaling-factor`,
        boolean: `
          enable-prefix-caching
          eager-mode
          enable-microbatch
          enable-eplb
          language-model-only
          use-logn-attn`,
        string: `
          backend
          dtype
          model-format
          quant-policy
          device
          communicator
          role
          speculative-algorithm
          speculative-draft-model
          async`,
        json: `
          hf-overrides`,
        list: `
          adapters
          cudagraph-capture-batch-sizes`,
      },
      true,
    ),
    ...listed(
      {
        int: `
          server-port
          max-concurrent-requests
          max-log-len
          node-rank
          dp-rank
          dllm-denoising-steps`,
        float: `
          dllm-confidence-threshold`,
        boolean: `
          allow-credentials
          ssl
          disable-fastapi-docs
          allow-terminate-by-client
          enable-abort-handling
          trust-remote-code
          disable-metrics
          enable-return-routed-experts`,
        string: `
          server-name
          proxy-url
          model-name
          log-level
          chat-template
          tool-call-parser
          reasoning-parser
          revision
          download-dir
          generation-config
          dist-init-addr
          migration-backend
          logprobs-mode
          dllm-unmasking-strategy
          distributed-executor-backend
          model`,
        list: `
          allow-origins
          allow-methods
          allow-headers
          allowed-media-domains
          api-keys`,
      },
      false,
    ),
  ].map((spec) => (spec.name === 'model' ? { ...spec, aliases: ['model-path', 'model_path'] } : spec)),
  // Its parser takes `_` for `-` (cli/utils.py FlexibleArgumentParser).
  'flexible',
);
