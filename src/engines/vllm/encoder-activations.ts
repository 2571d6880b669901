import type { Encoder } from '../../models/architecture.ts';
import { between, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import type { Launch } from './launch.ts';

/** What the profile run's dummy images (or clips) take, in bytes. */
export interface EncoderActivation {
  /** Outputs and inputs that stay until the profile ends. */
  readonly keptBytes: Quantity;
  /** The encoder's own forward pass, over before the text's begins. */
  readonly passBytes: Quantity;
}

/** Values of one patch where the tower does not say: three colours of 14 × 14 pixels. */
const PATCH_VALUES = 3 * 14 * 14;

/** The modality with the largest item fills the encoder budget (vLLM multimodal/encoder_budget.py); null: none is profiled. */
export function encoderActivation(launch: Launch): EncoderActivation | null {
  if (!launch.profilesEncoder) return null;
  const encoders = launch.architecture.encoders.filter((encoder) =>
    encoder.modalities.some((name) => launch.itemLimits[name] !== 0),
  );
  const largest = encoders.reduce<Encoder | null>(
    (best, encoder) => (best === null || (encoder.maxItemTokens ?? 0) > (best.maxItemTokens ?? 0) ? encoder : best),
    null,
  );
  return largest === null ? null : activationOfEncoder(launch, largest);
}

function activationOfEncoder(launch: Launch, encoder: Encoder): EncoderActivation {
  const { architecture, elementBytes, maxNumBatchedTokens, maxNumSeqs, context, parallelism } = launch;
  const known = encoder.maxItemTokens !== null;
  const itemTokens = Math.max(1, encoder.maxItemTokens ?? maxNumBatchedTokens);
  const budget = Math.max(maxNumBatchedTokens, itemTokens);
  const limit = Math.max(
    1,
    ...encoder.modalities.map((name) => launch.itemLimits[name] ?? (name === encoder.modality ? 999 : 0)),
  );
  const perRequest = Math.max(1, Math.min(limit, Math.floor(context.tokens / itemTokens)));
  const items = Math.max(1, Math.min(Math.floor(budget / itemTokens), maxNumSeqs * perRequest));
  const patches = items * (encoder.maxItemPatches ?? 4 * itemTokens);
  const embedding = encoder.tensors.find((tensor) => tensor.name.includes('patch_embed'));
  const values = embedding ? Math.max(embedding.columns, 1) : PATCH_VALUES;
  const kept = items * itemTokens * architecture.hiddenSize * elementBytes + patches * values * elementBytes;
  const cut = launch.encoderReplicated || encoder.attentionHeads % parallelism.tensor !== 0 ? 1 : parallelism.tensor;
  const gated = encoder.tensors.some((tensor) => tensor.name.includes('gate'));
  const perPatch = (gated ? 6 : 4) * split(encoder.intermediateSize, cut) + 8.5 * encoder.hiddenSize;
  const pass = patches * perPatch * (elementBytes / 2);
  return { keptBytes: spread(kept, known), passBytes: spread(pass, known) };
}

function spread(bytes: number, known: boolean): Quantity {
  return known ? between(0.8 * bytes, bytes, 1.2 * bytes, 'assumed') : between(0, bytes, 2 * bytes, 'assumed');
}
