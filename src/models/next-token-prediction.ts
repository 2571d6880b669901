import type { Layer, NextTokenPrediction } from './architecture.ts';
import { type Fields, size } from './fields.ts';
import { blockPattern } from './layer-pattern.ts';
import { norm, replicated } from './tensors.ts';

/**
 * Layers that predict further tokens (MTP), as DeepSeek V3 introduced them: a decoder layer like the last one, behind a
 * projection of the token's embedding and the hidden state side by side (DeepSeek-V3 report, section 2.2; vLLM
 * model_executor/models/deepseek_mtp.py). Embeddings and head are the model's own. Null when the config states none.
 */
export function nextTokenPredictionOf(
  fields: Fields,
  modelType: string,
  layers: readonly Layer[],
  hiddenSize: number,
): NextTokenPrediction | null {
  // Qwen3-Next ships one and does not say so (vLLM model_executor/models/qwen3_next_mtp.py).
  const unsaid = modelType === 'qwen3_next' ? 1 : null;
  const count = size(fields, 'num_nextn_predict_layers', 'mtp_num_hidden_layers') ?? unsaid;
  const last = layers.at(-1);
  // Where blocks are one thing each, a layer is not what MTP repeats; Step's are dense in a model of experts.
  if (count === null || count > 16 || !last || blockPattern(fields) !== null || modelType.startsWith('step3'))
    return null;
  return {
    layers: Array.from({ length: count }, () => last),
    tensors: [
      replicated('projector', 'eh_proj', hiddenSize, 2 * hiddenSize),
      norm('enorm', hiddenSize),
      norm('hnorm', hiddenSize),
      norm('shared_head.norm', hiddenSize),
    ],
  };
}
