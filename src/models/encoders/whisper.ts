import type { Encoder, Tensor } from '../architecture.ts';
import { size, type Fields } from '../config/fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import { CLASSIC, item, projector, sizesOf, tower, unknownItem, type Sizes, type Tower } from './tower.ts';

/** Whisper's encoder before a projector that joins four frames (Voxtral). */
export const voxtral: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const bins = size(config, 'num_mel_bins') ?? 128;
  const positions = size(config, 'max_source_positions') ?? 1500;
  return tower({
    sizes,
    style: CLASSIC,
    role: 'audio',
    patchValues: 2 * bins,
    items: [unknownItem('audio')],
    tensors: [
      ...frontEndOf(sizes.hidden, bins, positions),
      ...projector(4 * sizes.hidden, textHiddenSize, textHiddenSize, false),
    ],
  });
};

function frontEndOf(hidden: number, bins: number, positions: number): Tensor[] {
  const convolution = (name: string, channels: number): Tensor =>
    replicated('audio', name, hidden, 3 * channels, { bias: true, linear: false });
  return [
    convolution('conv1', bins),
    convolution('conv2', hidden),
    constant('audio', 'embed_positions', positions, hidden),
    norm('layer_norm', hidden, true, 'audio'),
  ];
}

/**
 * What lies before and after the blocks of Whisper's encoder, which are the model's encoder layers. Its item is the
 * whole clip of 30 seconds, to which the processor pads every audio: two frames a position.
 */
export function whisperFrontEnd(
  config: Fields,
  sizes: Pick<Sizes, 'hidden' | 'inner' | 'heads'>,
  positions: number,
): Encoder {
  const bins = size(config, 'num_mel_bins') ?? 80;
  const frontEnd = tower({
    sizes: { ...sizes, depth: 0, patch: 1 },
    style: CLASSIC,
    role: 'audio',
    patchValues: 2 * bins,
    items: [item('audio', positions, 1)],
    tensors: frontEndOf(sizes.hidden, bins, positions),
  });
  return { ...frontEnd, block: [] };
}
