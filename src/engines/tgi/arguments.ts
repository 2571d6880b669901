import { listed, tableOf, type ArgumentTable } from '../argument-table.ts';
import { table } from '../../table.ts';

/**
 * The options of `text-generation-launcher` (launcher/src/main.rs, release 3.3.7). Each is read from a variable of the same
 * name in capitals too.
 */
export const TGI_ARGUMENTS: ArgumentTable = tableOf(
  'Text Generation Inference',
  [
    ...listed(
      {
        int: `
          num-shard
          speculate
          max-input-tokens max-input-length
          max-total-tokens
          max-batch-prefill-tokens
          max-batch-total-tokens
          max-batch-size`,
        float: `
          cuda-memory-fraction
          rope-factor`,
        boolean: `
          sharded`,
        string: `
          quantize
          dtype
          kv-cache-dtype
          rope-scaling
          lora-adapters
          cuda-graphs`,
      },
      true,
    ),
    ...listed(
      {
        int: `
          validation-workers
          max-concurrent-requests
          max-best-of
          max-stop-sequences
          max-top-n-tokens
          max-waiting-tokens
          port -p
          prometheus-port
          master-port
          max-client-batch-size
          payload-limit
          graceful-termination-timeout`,
        float: `
          waiting-served-ratio
          watermark-gamma
          watermark-delta`,
        boolean: `
          trust-remote-code
          disable-custom-kernels
          json-output
          ngrok
          disable-grammar-support
          env -e`,
        string: `
          model-id
          revision
          hostname
          shard-uds-path
          master-addr
          huggingface-hub-cache
          weights-cache-override
          otlp-endpoint
          otlp-service-name
          cors-allow-origin
          api-key
          ngrok-authtoken
          ngrok-edge
          ngrok-domain
          ngrok-username
          ngrok-password
          tokenizer-config-path
          usage-stats`,
      },
      false,
    ),
  ].map((spec) => (spec.name === 'model_id' ? { ...spec, name: 'model', aliases: ['model-id'] } : spec)),
  'argparse',
);

/** Variables of SageMaker's and Hugging Face's containers and the option that each becomes (sagemaker-entrypoint.sh). */
const CONTAINER_VARIABLES: Readonly<Record<string, string>> = table({
  HF_MODEL_ID: 'model',
  HF_MODEL_REVISION: 'revision',
  SM_NUM_GPUS: 'num_shard',
  HF_MODEL_QUANTIZE: 'quantize',
  HF_MODEL_TRUST_REMOTE_CODE: 'trust_remote_code',
});

/** Variables that stand in every container and are no option of the launcher's there. */
const COMMON: ReadonlySet<string> = new Set(['PORT', 'HOSTNAME', 'MODEL', 'ENV', 'API_KEY']);

/** The option that a variable sets, or null. */
export function optionOfVariable(variable: string): string | null {
  const own = CONTAINER_VARIABLES[variable];
  if (own !== undefined) return own;
  if (!/^[A-Z][A-Z0-9_]{1,60}$/.test(variable) || COMMON.has(variable)) return null;
  return TGI_ARGUMENTS.bySpelling.get(variable.toLowerCase().replaceAll('_', '-'))?.name ?? null;
}
