import type { Encoder, EncoderItem } from '../../models/architecture.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import { keeps } from '../distinct-layers.ts';
import { split } from '../sharding.ts';
import type { Launch } from './launch.ts';
import { FITTED } from './residuals.ts';
import { has } from './versions.ts';

/** What the profile run's dummy images (or clips) take, in bytes. */
interface EncoderActivation {
  /** Outputs and inputs that stay until the profile ends. */
  readonly keptBytes: Quantity;
  /** The encoder's own forward pass, over before the text's begins. */
  readonly passBytes: Quantity;
}

/** Tokens of an item whose size no config states: the whole batch. */
interface Item {
  readonly encoder: Encoder;
  readonly item: EncoderItem;
  readonly tokens: number;
  /** What it counts with against the budget; more than its tokens where the text around its parts counts too. */
  readonly counted: number;
  readonly parts: number;
}

/** The modality with the largest item fills the encoder budget (vLLM multimodal/encoder_budget.py); null: none is profiled. */
export function encoderActivation(launch: Launch): EncoderActivation | null {
  if (!launch.profilesEncoder) return null;
  const largest = largestItem(launch);
  if (largest === null) return null;
  const activation = activationOfItem(launch, largest);
  return longerThanBatch(launch) ? { ...activation, keptBytes: keptByLongPrompt(launch) } : activation;
}

function largestItem({ architecture, itemLimits, context, maxNumBatchedTokens, version }: Launch): Item | null {
  let largest: Item | null = null;
  for (const encoder of architecture.encoders) {
    for (const item of encoder.items) {
      if (itemLimits[item.modality] === 0) continue;
      const whole = item.tokens ?? maxNumBatchedTokens;
      const parts = Math.max(1, Math.min(item.mostParts, Math.floor(context.tokens / whole)));
      const tokens = Math.max(1, whole * parts);
      const counted = has(version, 'itemsAsEmbeddings')
        ? tokens
        : Math.floor(tokens * (item.promptTokensPerToken ?? 1));
      if (largest === null || counted > largest.counted) largest = { encoder, item, tokens, counted, parts };
    }
  }
  return largest;
}

/** Items of a modality in one prompt when nothing limits them. */
const UNLIMITED_ITEMS = 999;

const NO_FRONT_END = { elementsPerItem: 0, mostElements: 0 };

function activationOfItem(launch: Launch, { encoder, item, tokens, counted, parts }: Item): EncoderActivation {
  const { architecture, elementBytes, maxNumBatchedTokens, maxNumSeqs, context, parallelism } = launch;
  const known = item.tokens !== null;
  const budget = Math.max(maxNumBatchedTokens, counted);
  const limit = Math.max(1, launch.itemLimits[item.modality] ?? UNLIMITED_ITEMS);
  const perRequest = Math.max(1, Math.min(limit, Math.floor(context.tokens / counted)));
  // V0 made up an item for every request of an encoder–decoder (worker/enc_dec_model_runner.py, profile_run).
  const each = launch.runner === 'v0' && keeps(architecture.layers, 'cross');
  const items = each ? maxNumSeqs : Math.max(1, Math.min(Math.floor(budget / counted), maxNumSeqs * perRequest));
  const patches = items * parts * (item.patches ?? 4 * tokens);
  // Every level of DeepStack puts out as much as the last one.
  const width = architecture.hiddenSize * (1 + encoder.deepStackLevels);
  const spreadOut = has(launch.version, 'itemsAcrossBudget') && !has(launch.version, 'itemsAsEmbeddings');
  const rows = items * (spreadOut ? budget : tokens);
  const inputs = patches * encoder.patchValues * elementBytes;
  // The second runner drops the inputs after the pass (v1/worker/gpu/mm/encoder_runner.py profile_encoder_cache).
  const dropped = launch.runner === 'v2';
  const kept = rows * width * elementBytes + (dropped ? 0 : inputs);
  const cut = launch.encoderReplicated || encoder.attentionHeads % parallelism.tensor !== 0 ? 1 : parallelism.tensor;
  const perPatch =
    (encoder.gatedMlp ? 6 : 4) * split(encoder.intermediateSize, cut) + FITTED.hiddenBytes * encoder.hiddenSize;
  const pass = passOf(launch, encoder, item, patches, perPatch) * (elementBytes / 2) + (dropped ? inputs : 0);
  const { elementsPerItem, mostElements } = encoder.frontEnd ?? NO_FRONT_END;
  const front = Math.min(items * elementsPerItem, mostElements) * elementBytes;
  // What a convolution's library takes beside its input and output is not known.
  const passBytes = front > pass ? between(front, front, 1.5 * front, 'assumed') : spread(pass, known);
  return { keptBytes: spread(kept, known), passBytes };
}

/**
 * A pass in 16 bits. Gemma 4's towers went image by image and frame by frame; since, in chunks of which every patch is
 * charged two coordinates over the position table in int64, twice, against a tenth of the card, and the chunks' outputs
 * are joined (vLLM model_executor/models/gemma4_mm.py _encoder_chunk).
 */
function passOf(launch: Launch, encoder: Encoder, item: EncoderItem, patches: number, perPatch: number): number {
  const { chunkPatches } = item;
  const { positionRows, hiddenSize } = encoder;
  if (chunkPatches === undefined || positionRows === undefined) return patches * perPatch;
  if (!has(launch.version, 'chunkedTowers')) return Math.min(patches, chunkPatches) * perPatch;
  const parts = Math.floor(launch.gpu.visibleBytes / 10 / (chunkPatches * 4 * positionRows * 8));
  const chunk = Math.min(patches, Math.max(1, parts) * chunkPatches);
  const outputs = 2 * hiddenSize;
  return Math.max(chunk * perPatch + (patches - chunk) * outputs, 2 * patches * outputs);
}

/**
 * Tokens of the profile run's forward pass. V0's made-up prompt holds the most items of every modality, one of each when
 * nothing limits them, and is not cut to the batch (worker/model_runner.py _dummy_run, multimodal/profiling.py).
 */
export function profiledTokens(launch: Launch): number {
  const { architecture, itemLimits, maxNumBatchedTokens, profilesEncoder, runner, version } = launch;
  if (runner !== 'v0' || !profilesEncoder || keeps(architecture.layers, 'cross')) return maxNumBatchedTokens;
  if (!has(version, 'itemsBeyondBatch')) return maxNumBatchedTokens;
  const items = architecture.encoders.flatMap((encoder) => encoder.items);
  const prompt = items.reduce((sum, { modality, tokens }) => sum + (itemLimits[modality] ?? 1) * (tokens ?? 0), 0);
  return Math.max(maxNumBatchedTokens, prompt);
}

function longerThanBatch(launch: Launch): boolean {
  return profiledTokens(launch) > launch.maxNumBatchedTokens;
}

/** Every item's output, and its pixels, which V0 passes on in the processor's float32 (multimodal/inputs.py as_kwargs). */
function keptByLongPrompt({ architecture, itemLimits, elementBytes }: Launch): Quantity {
  const outputBytes = architecture.hiddenSize * elementBytes;
  const bytes = architecture.encoders.flatMap(({ items, patchValues }) =>
    items.map(({ modality, tokens, patches }) => {
      const known = tokens ?? 0;
      return (itemLimits[modality] ?? 1) * (known * outputBytes + (patches ?? 4 * known) * patchValues * 4);
    }),
  );
  return exactly(
    bytes.reduce((sum, each) => sum + each, 0),
    'formula',
  );
}

function spread(bytes: number, known: boolean): Quantity {
  return known ? exactly(bytes, 'formula') : between(0, bytes, 2 * bytes, 'assumed');
}
