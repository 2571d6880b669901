import type { Tensor } from '../architecture.ts';
import { list, section, size, text, type Fields } from '../config/fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import type { Tower } from './tower.ts';

/** MobileNetV5 as timm has it, which vLLM loads whole: parameters, and what its first convolution makes of a picture. */
const MOBILENET = { name: 'mobilenetv5_300m_enc', parameters: 294_126_912, edge: 384, channels: 64, pixelsPerPlace: 4 };

/** Soft tokens of a picture and of a clip (vLLM model_executor/models/gemma3n_mm.py). */
const IMAGE_TOKENS = 256;
const AUDIO_TOKENS = 188;

/** A table of the modality's own tokens, norms for those and for what the tower makes, and a projection. */
function embedder(name: string, config: Fields, hidden: number, textHiddenSize: number): Tensor[] {
  return [
    constant('projector', `${name}.embedding`, size(config, 'vocab_size') ?? 128, hidden),
    norm(`${name}.hard_embedding_norm`, hidden, false, 'projector'),
    norm(`${name}.soft_embedding_norm`, hidden, false, 'projector'),
    replicated('projector', `${name}.embedding_projection`, textHiddenSize, hidden),
  ];
}

/** Gemma 3n's convolutional tower; no other than the one that its checkpoints name is known. */
export const gemma3nVision: Tower = ({ root, config, textHiddenSize }) => {
  if ((text(config, 'architecture') ?? MOBILENET.name) !== MOBILENET.name) return null;
  const fields = section(root, 'text_config') ?? {};
  const inputs = (size(fields, 'num_hidden_layers') ?? 0) * (size(fields, 'hidden_size_per_layer_input') ?? 0);
  return {
    items: [{ modality: 'image', tokens: IMAGE_TOKENS, patches: MOBILENET.edge ** 2, mostParts: 1 }],
    tensors: [
      constant('vision', 'timm_model', MOBILENET.parameters),
      ...embedder('embed_vision', config, size(config, 'hidden_size') ?? 2048, textHiddenSize),
    ],
    block: [],
    depth: 1,
    hiddenSize: MOBILENET.channels,
    intermediateSize: 0,
    attentionHeads: 1,
    gatedMlp: false,
    patchValues: 3 * MOBILENET.pixelsPerPlace,
    // A batch of the layers' own inputs is kept (gemma3n_mm.py, per_layer_embeddings).
    deepStackLevels: inputs / textHiddenSize,
  };
};

/** Its conformer, from which Gemma 4's comes (transformers models/gemma3n/modeling_gemma3n.py). */
export const gemma3nAudio: Tower = ({ config, textHiddenSize }) => {
  const hidden = size(config, 'hidden_size') ?? 1536;
  const heads = size(config, 'conf_num_attention_heads') ?? 8;
  const channels = list(config, 'sscp_conv_channel_size') ?? [128, 32];
  const [first, second] = [size({ value: channels[0] }, 'value'), size({ value: channels[1] }, 'value')];
  if (first === null || second === null) return null;
  const bins = size(config, 'input_feat_size') ?? 128;
  const linear = (name: string, rows: number, columns = hidden): Tensor => replicated('audio', name, rows, columns);
  const norms = (...names: string[]): Tensor[] => names.map((name) => norm(name, hidden, false, 'audio'));
  const half = (name: string): Tensor[] => [
    linear(`${name}.ffw_layer_1`, 4 * hidden),
    linear(`${name}.ffw_layer_2`, hidden, 4 * hidden),
    ...norms(`${name}.pre_layer_norm`, `${name}.post_layer_norm`),
  ];
  return {
    items: [{ modality: 'audio', tokens: AUDIO_TOKENS, patches: AUDIO_TOKENS, mostParts: 1 }],
    tensors: [
      constant('audio', 'subsample_conv_projection.conv_0.conv', first, 9),
      norm('subsample_conv_projection.conv_0.norm', first, false, 'audio'),
      constant('audio', 'subsample_conv_projection.conv_1.conv', second, 9 * first),
      norm('subsample_conv_projection.conv_1.norm', second, false, 'audio'),
      linear('subsample_conv_projection.input_proj_linear', hidden, second * Math.ceil(bins / 4)),
      ...embedder('embed_audio', config, hidden, textHiddenSize),
    ],
    block: [
      ...half('ffw_layer_start'),
      ...half('ffw_layer_end'),
      ...['q_proj', 'k_proj', 'v_proj', 'pos_proj', 'post'].map((name) => linear(`attention.${name}`, hidden)),
      constant('audio', 'attention.per_dim_scale', Math.floor(hidden / heads)),
      linear('lconv1d.linear_start', 2 * hidden),
      linear('lconv1d.linear_end', hidden),
      constant('audio', 'lconv1d.depthwise_conv1d', hidden, size(config, 'conf_conv_kernel_size') ?? 5),
      ...norms('pre_attn_norm', 'post_norm', 'lconv1d.pre_layer_norm', 'lconv1d.conv_norm', 'norm'),
    ],
    depth: size(config, 'conf_num_hidden_layers') ?? 12,
    hiddenSize: hidden,
    intermediateSize: 4 * hidden,
    attentionHeads: heads,
    gatedMlp: false,
    patchValues: (size(config, 'conf_reduction_factor') ?? 4) * bins,
    deepStackLevels: 0,
  };
};
