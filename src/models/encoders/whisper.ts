import type { Tensor } from '../architecture.ts';
import { size } from '../fields.ts';
import { constant, norm, replicated } from '../tensors.ts';
import { CLASSIC, projector, sizesOf, tower, unknownItem, type Tower } from './tower.ts';

/** Whisper's encoder before a projector that joins four frames (Voxtral). */
export const voxtral: Tower = ({ config, textHiddenSize }) => {
  const sizes = sizesOf(config);
  if (!sizes) return null;
  const bins = size(config, 'num_mel_bins') ?? 128;
  const positions = size(config, 'max_source_positions') ?? 1500;
  const convolution = (name: string, channels: number): Tensor =>
    replicated('audio', name, sizes.hidden, 3 * channels, { bias: true, linear: false });
  return tower({
    sizes,
    style: CLASSIC,
    role: 'audio',
    patchValues: 2 * bins,
    items: [unknownItem('audio')],
    tensors: [
      convolution('conv1', bins),
      convolution('conv2', sizes.hidden),
      constant('audio', 'embed_positions', positions, sizes.hidden),
      norm('layer_norm', sizes.hidden, true, 'audio'),
      ...projector(4 * sizes.hidden, textHiddenSize, textHiddenSize, false),
    ],
  });
};
