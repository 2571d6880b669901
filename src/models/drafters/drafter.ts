import type { Layer, Tensor } from '../architecture.ts';

/** Extra layers that predict further tokens (MTP); loaded only when speculation asks for them. */
export interface NextTokenPrediction {
  readonly layers: readonly Layer[];
  /** Tokens that they predict (`n_predict`): one per layer, but one in all where several blocks make a step. */
  readonly tokens: number;
  /** Tensors beside the layers (eh_proj, norms), once per layer. */
  readonly tensors: readonly Tensor[];
  /** Module path of the layers up to their number (`mtp.layers.`), and the number of the first one. */
  readonly path: string;
  readonly firstIndex: number;
  /** Every layer comes with a head of its own beside the model's (`shared_head.head`), which engines may merge. */
  readonly ownHeads: boolean;
}

/** How a drafter differs from a stand-alone model. */
export interface Drafter {
  readonly method: 'eagle' | 'eagle3' | 'medusa' | 'mlp_speculator' | 'mtp' | 'dflash' | 'dspark' | 'draft_model';
  /** The checkpoint brings its own embeddings / head instead of sharing the target's. */
  readonly ownsEmbedding: boolean;
  readonly ownsHead: boolean;
  /** Vocabulary of a reduced head, or null. */
  readonly draftVocabSize: number | null;
  /** What every proposed token adds: Medusa's blocks and heads, the stages of an MLP speculator. */
  readonly tensorsPerToken: readonly Tensor[];
  /** Tokens that it proposes when nobody says how many, or null. */
  readonly predictedTokens: number | null;
}
