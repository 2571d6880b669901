import type { Drafter, Layer, Tensor } from './architecture.ts';
import { list, section, size, type Fields } from './fields.ts';
import { replicated } from './tensors.ts';

/**
 * What kind of drafter a checkpoint is, by its class name, or null for a model that stands alone. EAGLE-style drafters use
 * the target's embeddings, even where they bring a copy (vLLM v1/spec_decode/eagle.py compares and shares them); a head
 * is their own when it is over a reduced vocabulary.
 */
export function drafterOf(className: string, fields: Fields, root: Fields): Drafter | null {
  const reduced = size(root, 'draft_vocab_size') ?? size(fields, 'draft_vocab_size');
  const ownsHead = reduced !== null;
  if (/Eagle3/.test(className)) return { method: 'eagle3', ownsEmbedding: false, ownsHead, draftVocabSize: reduced };
  if (/Eagle/.test(className)) return { method: 'eagle', ownsEmbedding: false, ownsHead, draftVocabSize: reduced };
  if (/DFlash/.test(className)) return { method: 'dflash', ownsEmbedding: false, ownsHead, draftVocabSize: reduced };
  return null;
}

/** Hidden states of the target that a drafter's projection takes in at once, in multiples of the hidden size. */
export function drafterInputs(drafter: Drafter, root: Fields): number {
  if (drafter.method === 'eagle') return 2;
  if (drafter.method === 'eagle3') return 3;
  return list(section(root, 'dflash_config') ?? {}, 'target_layer_ids')?.length ?? 1;
}

/** The projection that brings the target's hidden states to the drafter's size. */
export function drafterProjection(hiddenSize: number, inputs: number): Tensor {
  return replicated('projector', 'fc', hiddenSize, inputs * hiddenSize);
}

/** EAGLE-3's first layer attends over the token's embedding and the projected states side by side. */
export function widenFirstLayer(layers: readonly Layer[], hiddenSize: number): Layer[] {
  return layers.map((layer, index) => {
    if (index > 0) return layer;
    const tensors = layer.tensors.map((tensor) =>
      tensor.shard.kind === 'qkv' ? { ...tensor, columns: 2 * hiddenSize } : tensor,
    );
    return { ...layer, tensors };
  });
}
