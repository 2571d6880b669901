import type { Encoder, Tensor } from '../architecture.ts';
import { size, type Fields } from '../config/fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import { CLASSIC, item, tower, type Sizes, type Tower } from './tower.ts';

/** Tokens of a clip of 30 seconds, which the extractor pads to: 3000 frames, halved twice. */
const QWEN2_TOKENS = 750;
/** Tokens of the 300 seconds that Qwen2.5-Omni's extractor takes. */
const OMNI_TOKENS = 7500;

/** Qwen2-Audio: Whisper's encoder in the layers of transformers, and one linear layer (vLLM models/qwen2_audio.py). */
export const qwen2Audio: Tower = ({ config, textHiddenSize }) => {
  const sizes = audioSizes(config);
  if (!sizes) return null;
  const positions = size(config, 'max_source_positions') ?? 1500;
  return whisperLike(config, sizes, QWEN2_TOKENS, [
    constant('audio', 'embed_positions', positions, sizes.hidden),
    replicated('projector', 'multi_modal_projector.linear', textHiddenSize, sizes.hidden, { bias: true }),
  ]);
};

/** Qwen2.5-Omni: the same with computed positions, and what stands before and after a clip. */
export const omniAudio: Tower = ({ config, textHiddenSize }) => {
  const sizes = audioSizes(config);
  if (!sizes) return null;
  const out = size(config, 'output_dim') ?? textHiddenSize;
  return whisperLike(config, sizes, OMNI_TOKENS, [
    constant('audio', 'audio_bos_eos_token', 2, out),
    replicated('projector', 'proj', out, sizes.hidden, { bias: true, linear: false }),
  ]);
};

function whisperLike(config: Fields, sizes: Sizes, tokens: number, rest: readonly Tensor[]): Encoder {
  const { hidden } = sizes;
  const bins = size(config, 'num_mel_bins') ?? 128;
  const made = tower({
    sizes,
    style: CLASSIC,
    role: 'audio',
    whole: true,
    patchValues: 2 * bins,
    items: [item('audio', tokens, 2)],
    tensors: [
      replicated('audio', 'conv1', hidden, 3 * bins, { bias: true, linear: false }),
      replicated('audio', 'conv2', hidden, 3 * hidden, { bias: true, linear: false }),
      norm('layer_norm', hidden, true, 'audio'),
      ...rest,
    ],
  });
  // Keys have no bias in Whisper, and layers of transformers are not quantized.
  const plain = (tensor: Tensor): Tensor => ({
    ...tensor,
    linear: false,
    biasRows: tensor.name === 'attn.qkv' ? 2 * hidden : tensor.biasRows,
  });
  return { ...made, block: made.block.map(plain) };
}

/** Seconds of a clip, each of which is a chunk of 100 frames that becomes 13 tokens. */
const CLIP_CHUNKS = 30;
const CHUNK_TOKENS = 13;
const CHUNK_FRAMES = 100;

/** AuT of Qwen3-Omni and Qwen3-ASR: three convolutions over time and pitch before the blocks (models/qwen3_omni_moe_thinker.py). */
export const aut: Tower = ({ config, textHiddenSize }) => {
  const sizes = audioSizes(config);
  if (!sizes) return null;
  const { hidden } = sizes;
  const bins = size(config, 'num_mel_bins') ?? 128;
  const channels = size(config, 'downsample_hidden_size') ?? 480;
  const halved = Math.ceil(bins / 2);
  const pitches = Math.ceil(Math.ceil(halved / 2) / 2);
  const out = size(config, 'output_dim') ?? textHiddenSize;
  const convolution = (name: string, inputs: number): Tensor =>
    replicated('audio', name, channels, 9 * inputs, { bias: true, linear: false });
  const made = tower({
    sizes,
    style: CLASSIC,
    role: 'audio',
    patchValues: (CHUNK_FRAMES / CHUNK_TOKENS) * bins,
    items: [item('audio', CLIP_CHUNKS * CHUNK_TOKENS, 1)],
    tensors: [
      convolution('conv2d1', 1),
      convolution('conv2d2', channels),
      convolution('conv2d3', channels),
      replicated('audio', 'conv_out', hidden, channels * pitches, { linear: false }),
      norm('ln_post', hidden, true, 'audio'),
      replicated('projector', 'proj1', hidden, hidden, { bias: true, linear: false }),
      replicated('projector', 'proj2', out, hidden, { bias: true, linear: false }),
    ],
  });
  // The first convolution's output and its GELU; as many chunks at once as the config says.
  const chunkElements = 2 * channels * halved * (CHUNK_FRAMES / 2);
  return {
    ...made,
    block: made.block.map((tensor) => ({ ...tensor, linear: false })),
    frontEnd: {
      elementsPerItem: CLIP_CHUNKS * chunkElements,
      mostElements: (size(config, 'conv_chunksize') ?? 500) * chunkElements,
    },
  };
};

function audioSizes(config: Fields): Sizes | null {
  const hidden = size(config, 'd_model');
  const heads = size(config, 'encoder_attention_heads');
  const depth = size(config, 'encoder_layers');
  const inner = size(config, 'encoder_ffn_dim');
  return hidden === null || heads === null || depth === null || inner === null
    ? null
    : { hidden, heads, depth, inner, patch: 1 };
}
