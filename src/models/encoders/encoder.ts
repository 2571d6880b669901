import type { Tensor } from '../architecture.ts';

/** The largest single item of a modality at the processor's defaults, which the profile run makes up. */
export interface EncoderItem {
  readonly modality: 'image' | 'video' | 'audio';
  /** Tokens that it becomes (rows of the encoder cache), or null when not derivable. */
  readonly tokens: number | null;
  /** Patches or frames (rows of the encoder's own activations), or null. */
  readonly patches: number | null;
  /** A video of several such parts: as many as the context holds, at most this many; 1 for one piece. */
  readonly mostParts: number;
  /** Tokens of the prompt for each of its own, where text such as timestamps stands between its parts. */
  readonly promptTokensPerToken?: number;
}

/** What a multimodal front end holds and what it makes of its largest items. */
export interface Encoder {
  readonly items: readonly EncoderItem[];
  /** Everything but the blocks: patch embedding, positions, norms, projector. */
  readonly tensors: readonly Tensor[];
  /** One transformer block, of which there are `depth`. */
  readonly block: readonly Tensor[];
  readonly depth: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly attentionHeads: number;
  readonly gatedMlp: boolean;
  /** Input values of one patch: colours × pixels × frames. */
  readonly patchValues: number;
  /** Levels whose features the decoder's first layers add (DeepStack); the engine keeps a batch of each. */
  readonly deepStackLevels: number;
  /** What the front end keeps at its widest, where that is more than the blocks need: for an item, and at most at once. */
  readonly frontEnd?: { readonly elementsPerItem: number; readonly mostElements: number };
}
