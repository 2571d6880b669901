import type { Layer, NextTokenPrediction, Tensor } from '../architecture.ts';
import { list, size, text, type Fields } from '../config/fields.ts';
import { column, norm, replicated } from '../tensors.ts';

/** How a config.json makes the parts of its layers, for layers beyond those that it counts. */
export interface LayerMaker {
  readonly hiddenSize: number;
  readonly layerCount: number;
  attention(index: number): Layer;
  /** The MLP or the mixture of experts of layer `index`. */
  feedForward(index: number): readonly Tensor[];
  dense(): readonly Tensor[];
  /** The mixture of experts whatever the index says; nothing in a model without one. */
  experts(): readonly Tensor[];
  norms(): readonly Tensor[];
}

/** Families whose layers vLLM can take for drafting (vLLM config/speculative.py, hf_config_override). */
const DRAFTING: ReadonlySet<string> = new Set([
  'deepseek_v3',
  'deepseek_v32',
  'deepseek_v4',
  'glm_moe_dsa',
  'glm4_moe',
  'glm4_moe_lite',
  'glm_ocr',
  'glm_ocr_text',
  'pangu_ultra_moe',
  'kimi_k3',
  'mimo',
  'mimo_v2',
  'mimo_v2_flash',
  'ernie4_5_moe',
  'nemotron_h',
  'nemotron_h_puzzle',
  'qwen3_next',
  'qwen3_5_text',
  'qwen3_5_moe_text',
  'bailing_hybrid',
  'exaone_moe',
  'exaone4_5',
  'exaone4_5_text',
  'longcat_flash',
  'step3p5',
  'step3p7',
  'hy_v3',
  'minimax_m3',
]);

/** Whether vLLM knows next-token-prediction layers of this family at all. */
export function predictsTokens(modelType: string): boolean {
  return DRAFTING.has(modelType);
}

const MOST_LAYERS = 16;

/**
 * Layers that predict further tokens (MTP), as DeepSeek V3 introduced them: a decoder layer behind a projection of the
 * token's embedding and the hidden state side by side (DeepSeek-V3 report, section 2.2). The families differ in the
 * block and in the names; each form below follows vLLM's model_executor/models/<family>_mtp.py. Embeddings and head are
 * the model's own. Null when the config states none, or the family has no such layers in vLLM.
 */
export function nextTokenPredictionOf(
  fields: Fields,
  modelType: string,
  maker: LayerMaker,
): NextTokenPrediction | null {
  const stated = size(fields, 'num_nextn_predict_layers', 'mtp_num_hidden_layers');
  // Qwen3-Next, LongCat-Flash and MiMo-V2 ship one and do not say so.
  const unsaid = modelType === 'qwen3_next' || modelType === 'longcat_flash' || modelType.startsWith('mimo_v2');
  const count = stated ?? (unsaid ? 1 : null);
  if (count === null || count > MOST_LAYERS || !predictsTokens(modelType)) return null;
  if (modelType.startsWith('nemotron_h')) return blocks(fields, maker);
  if (modelType.startsWith('qwen3') || modelType.startsWith('exaone')) return fused(modelType, count, maker);
  if (modelType.startsWith('mimo_v2')) return windowed(fields, maker);
  // MiMo's and ERNIE's blocks have a dense MLP and no head of their own; Step's and LongCat's are dense in a model of
  // experts. LongCat's projection is a linear layer like others.
  const plain = modelType === 'mimo' || modelType === 'ernie4_5_moe';
  const dense = plain || modelType.startsWith('step3') || modelType === 'longcat_flash';
  const layers = Array.from({ length: count }, (_, which) => decoder(maker, maker.layerCount + which, dense));
  const norms = ['enorm', 'hnorm', ...(modelType === 'ernie4_5_moe' ? [] : ['shared_head.norm'])];
  return {
    layers,
    tokens: count,
    tensors: [
      projection(maker.hiddenSize, modelType === 'longcat_flash'),
      ...norms.map((name) => norm(name, maker.hiddenSize)),
    ],
    path: 'layers.',
    firstIndex: maker.layerCount,
    ownHeads: !plain,
  };
}

function decoder(maker: LayerMaker, index: number, dense: boolean): Layer {
  const { tensors, caches } = maker.attention(index);
  const feedForward = dense ? maker.dense() : maker.feedForward(maker.layerCount - 1);
  return { tensors: [...tensors, ...feedForward, ...maker.norms()], caches };
}

/** A plain `nn.Linear`, which no quantization method touches, unless it is said to be `linear`. */
function projection(hiddenSize: number, linear = false): Tensor {
  return replicated('projector', 'eh_proj', hiddenSize, 2 * hiddenSize, { linear });
}

/** Qwen and EXAONE: full attention, one divided projection and three norms for all layers, under `mtp.`. */
function fused(modelType: string, count: number, maker: LayerMaker): NextTokenPrediction {
  const { hiddenSize, layerCount } = maker;
  const layer = decoder(maker, modelType.startsWith('qwen3') ? layerCount - 1 : layerCount, false);
  return {
    layers: Array.from({ length: count }, () => layer),
    tokens: count,
    tensors: [
      column('mlp', 'mtp.fc', hiddenSize, 2 * hiddenSize),
      norm('mtp.norm', hiddenSize),
      norm('mtp.pre_fc_norm_hidden', hiddenSize),
      norm('mtp.pre_fc_norm_embedding', hiddenSize),
    ],
    path: 'mtp.layers.',
    firstIndex: 0,
    ownHeads: false,
  };
}

/** MiMo-V2: vLLM takes the first layer only, a sliding-window block with a dense MLP. */
function windowed(fields: Fields, maker: LayerMaker): NextTokenPrediction {
  const { hiddenSize } = maker;
  const sliding = Math.max(0, list(fields, 'hybrid_layer_pattern')?.indexOf(1) ?? 0);
  return {
    layers: [decoder(maker, sliding, true)],
    tokens: 1,
    tensors: [
      projection(hiddenSize),
      norm('enorm', hiddenSize),
      norm('hnorm', hiddenSize),
      norm('final_layernorm', hiddenSize),
    ],
    path: 'mtp.layers.',
    firstIndex: 0,
    ownHeads: false,
  };
}

/** Nemotron-H: the blocks of one step are one thing each (`*E`: attention, then experts), with a norm before each. */
function blocks(fields: Fields, maker: LayerMaker): NextTokenPrediction | null {
  const { hiddenSize } = maker;
  const pattern = text(fields, 'mtp_hybrid_override_pattern') ?? '*E';
  if (!/^[*E]{1,16}$/.test(pattern)) return null;
  const layers = [...pattern].map((letter): Layer => {
    const mixer = letter === '*' ? maker.attention(0) : { tensors: maker.experts(), caches: [] };
    return { tensors: [...mixer.tensors, ...maker.norms()], caches: mixer.caches };
  });
  // One projection for the whole step; counted once, whatever the number of blocks.
  const first = layers[0];
  if (!first) return null;
  const start = [
    column('mlp', 'eh_proj', hiddenSize, 2 * hiddenSize),
    norm('enorm', hiddenSize),
    norm('hnorm', hiddenSize),
    norm('final_layernorm', hiddenSize),
  ];
  return {
    layers: [{ ...first, tensors: [...start, ...first.tensors] }, ...layers.slice(1)],
    tokens: 1,
    tensors: [],
    path: 'mtp.layers.',
    firstIndex: 0,
    ownHeads: false,
  };
}
