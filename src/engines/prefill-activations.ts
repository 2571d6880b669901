import type { Architecture } from '../models/architecture.ts';
import { split } from './sharding.ts';

/**
 * Peak of what one rank holds while so many tokens run through a layer, bytes: the gated MLP's two halves and their
 * product, of every expert that a token is sent to, beside hidden states and the residual. Attention holds less.
 */
export function prefillActivations(architecture: Architecture, tensor: number, tokens: number): number {
  const { hiddenSize, intermediateSize, moe, gatedMlp, attentionHeads, headDim } = architecture;
  const halves = gatedMlp ? 3 : 2;
  const dense = halves * split(intermediateSize, tensor);
  const experts = moe ? moe.expertsPerToken * (3 * split(moe.intermediateSize, tensor) + moe.hiddenSize) : 0;
  const attention = 2 * split(attentionHeads, tensor) * headDim;
  return 2 * tokens * (Math.max(dense, experts, attention) + 4 * hiddenSize);
}
