import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture, Quantization } from '../../models/architecture.ts';
import { MIB } from '../../bytes.ts';
import type { Workload } from '../engine.ts';

/** Operations per second in 16 bits by card, as the launcher lists them (launcher/src/main.rs f16_flop). */
const OPERATIONS: readonly (readonly [card: RegExp, tera: number])[] = [
  [/^rtx-4090/, 82],
  [/^t4-/, 65],
  [/^l4-/, 121],
  [/^l40-/, 181],
  [/^l40s-/, 363],
  [/^a10g-/, 125],
  [/^a40-/, 149],
  [/^a100-/, 312],
  [/^h100-/, 900],
  [/^h200-/, 989],
];

/** Fewer tokens than this are taken for a miscalculation. */
const LEAST_TOKENS = 100;

/**
 * Tokens of one prefill where nobody says how many (launcher/src/main.rs main): what the card computes in a second, at most
 * the model's length and what memory holds; 4096 for cards and models that are not known.
 */
export function defaultPrefillTokens(
  { model: { architecture }, target }: Workload,
  quantization: Quantization | null,
  shards: number,
  memoryFraction: number,
): number {
  const optimal = optimalTokens(architecture, target.gpu, shards);
  const tokens = Math.min(optimal ?? fallback(architecture.modelType), architecture.context.derivedTokens);
  const room = quantization === null ? roomTokens(architecture, target.gpu, shards, memoryFraction) : null;
  return Math.max(1, Math.min(tokens, room ?? tokens));
}

function fallback(modelType: string): number {
  if (/^qwen2(?:_5)?_vl/.test(modelType)) return 10_000;
  return modelType.startsWith('gemma3') ? 8_000 : 4_096;
}

function operationsOf({ id }: Gpu): number | null {
  return OPERATIONS.find(([card]) => card.test(id))?.[1] ?? null;
}

/** Config::flop and compute_optimal: attention counts queries three times, and experts those that are asked. */
function optimalTokens(architecture: Architecture, gpu: Gpu, shards: number): number | null {
  const tera = operationsOf(gpu);
  if (tera === null || architecture.encoders.length > 0) return null;
  const { hiddenSize, attentionHeads, kvHeads, headDim, layers } = architecture;
  const each =
    2 * hiddenSize * headDim * (3 * attentionHeads + 2 * kvHeads) + 6 * hiddenSize * widthOf(architecture, 'asked');
  const tokens = Math.trunc((tera * 1e12 * shards) / (each * layers.length));
  return tokens > LEAST_TOKENS ? tokens : null;
}

function widthOf({ intermediateSize, moe }: Architecture, experts: 'asked' | 'all'): number {
  if (!moe) return intermediateSize;
  return moe.intermediateSize * (experts === 'asked' ? moe.expertsPerToken : moe.experts);
}

/** vram_maximum: the launcher's own rough count of weights and tokens, only for checkpoints in 16 bits. */
function roomTokens(architecture: Architecture, gpu: Gpu, shards: number, memoryFraction: number): number | null {
  if (operationsOf(gpu) === null || gpu.smiMib === null) return null;
  const { hiddenSize, attentionHeads, kvHeads, headDim, layers, vocabSize, intermediateSize, moe } = architecture;
  const available = gpu.smiMib * MIB * shards * memoryFraction * 0.95;
  const width = widthOf(architecture, 'all');
  const layer =
    3 * width * hiddenSize + (attentionHeads + 2 * kvHeads) * headDim + attentionHeads * headDim * hiddenSize;
  const weights = 2 * (layer * layers.length + 2 * hiddenSize * vocabSize);
  const single = moe?.intermediateSize ?? intermediateSize;
  const perToken = 4 * kvHeads * headDim * layers.length + 6 * Math.trunc(single * 1.5) * (moe?.experts ?? 1);
  return available > weights ? Math.trunc((available - weights) / perToken) : null;
}
