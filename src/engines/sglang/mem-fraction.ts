import { capacityMib } from './gpu-defaults.ts';
import { prefillSizes } from './graph-sizes.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import { has, type EngineVersion } from './versions.ts';

/** What the automatic `mem_fraction_static` is worked out from. */
export interface FractionContext {
  readonly version: EngineVersion;
  readonly gpu: Gpu;
  readonly tensor: number;
  readonly pipeline: number;
  readonly data: number;
  readonly dpAttention: boolean;
  /** Tokens of one chunk; `max_prefill_tokens` where prompts are not cut. */
  readonly chunk: number;
  /** Largest batch decoded by a graph, where decoding has graphs. */
  readonly graphBatch: number;
  readonly decodeGraphs: boolean;
  /** Largest number of tokens prefilled by a graph; 0 where those are off. */
  readonly prefillTokens: number;
  readonly latent: boolean;
  readonly speculative: 'none' | 'ngram' | 'standalone' | 'draft';
  readonly role: 'null' | 'prefill' | 'decode';
  readonly maxRunningRequests: number | null;
  readonly draftTokens: number;
  readonly deepep: boolean;
  /** Layers and hidden size of the vision tower as SGLang reads them; null without one. */
  readonly vision: { readonly layers: number; readonly hiddenSize: number } | null;
}

/** `mem_fraction_static` when it is not given (srt/server_args.py at each release). */
export function automaticFraction(context: FractionContext): number {
  const { version, vision } = context;
  let fraction = has(version, 'reservedBySize') ? fromReserve(context) : byRanks(context);
  if (vision && has(version, 'fractionOfVision')) fraction *= visionFactor(vision);
  return fraction;
}

function fromReserve(context: FractionContext): number {
  const capacity = capacityMib(context.gpu);
  const reserved = has(context.version, 'reservedByChunk') ? reservedByChunk(context) : reservedBySize(context);
  return Math.round(((capacity - reserved) / capacity) * 1000) / 1000;
}

/** 0.4.7.post1 to 0.5.2, in MiB. */
function reservedBySize({ version, gpu, tensor, pipeline, speculative, dpAttention }: FractionContext): number {
  const capacity = capacityMib(gpu);
  const ranks = tensor * pipeline;
  const gibibytes =
    capacity < 35 * 1024
      ? 2.8 + ranks / 10
      : capacity < 90 * 1024
        ? 9.5 + ranks / 2
        : capacity < 160 * 1024
          ? 12 + ranks / 2
          : 32;
  const standalone = speculative === 'standalone' && has(version, 'standaloneReserve');
  const drafting = speculative === 'none' ? 0 : standalone ? 6 : 2;
  return (gibibytes + drafting + (dpAttention ? 4 : 0)) * 1024;
}

/** From 0.5.3 on, in MiB. */
function reservedByChunk(context: FractionContext): number {
  const { version, gpu, tensor, pipeline, role, deepep } = context;
  const byRole = has(version, 'reservedByRole');
  const requests = context.maxRunningRequests ?? context.graphBatch;
  const tokens =
    byRole && role === 'decode'
      ? Math.max(requests * Math.max(1, context.draftTokens), 2048)
      : Math.max(context.chunk, 2048);
  const decodes = !byRole || role !== 'prefill';
  // Before 0.5.15 room for graphs was kept even where they are off.
  const captures = decodes && (!byRole || context.decodeGraphs);
  let reserved = 512 + tokens * 1.5 + ((tensor * pipeline) / 8) * 1024;
  if (captures) reserved += context.graphBatch * 2;
  if (context.dpAttention && decodes)
    reserved += context.graphBatch * context.data * (context.graphBatch > 300 ? 4.5 : 3);
  if (context.prefillTokens > 0 && !(byRole && role === 'decode')) reserved += prefillReserve(context);
  if (capacityMib(gpu) > 60 * 1024) reserved = Math.max(reserved, 10 * 1024);
  if (byRole && deepep && captures) reserved += 2 * 1024;
  if (deepep && context.prefillTokens > 0 && has(version, 'deepepPrefillReserve')) reserved += 1024;
  return reserved + draftingReserve(context);
}

/** For graphs of prefill. MiB. */
function prefillReserve({ version, prefillTokens, latent }: FractionContext): number {
  if (has(version, 'prefillBySizes'))
    return latent && has(version, 'prefillGraphs') ? 1536 : prefillSizes(prefillTokens).length * 8;
  if (!has(version, 'prefillQuarter')) return 0;
  return Math.floor(prefillTokens / (has(version, 'prefillEighth') ? 8 : 4));
}

function draftingReserve({ version, speculative }: FractionContext): number {
  if (speculative === 'none' || speculative === 'ngram' || has(version, 'draftersInBudget')) return 0;
  if (speculative === 'standalone') return 6 * 1024;
  return (has(version, 'draftReserve4') ? 4 : 2) * 1024;
}

/** Up to 0.4.7. */
function byRanks({ version, gpu, tensor, pipeline, speculative }: FractionContext): number {
  const capacity = capacityMib(gpu);
  const ranks = has(version, 'fractionByRanks') ? tensor * pipeline : tensor;
  const usual = ranks >= 16 ? 0.79 : ranks >= 8 ? 0.81 : ranks >= 4 ? 0.85 : ranks >= 2 ? 0.87 : 0.88;
  if (!has(version, 'fractionOfLargeCards')) return usual;
  if (!has(version, 'fractionByRanks')) return capacity <= 81_920 ? usual : (capacity - 13 * 1024) / capacity;
  const drafting = has(version, 'fractionOfSpeculation') && speculative !== 'none';
  const base = capacity <= 81_920 ? usual : 0.88;
  if (has(version, 'fractionOfSpeculation') && gpu.vendor === 'nvidia' && capacity > 180_000) return 0.79;
  if (capacity > 96 * 1024)
    return Math.min(base + (48 * 1024 * (1 - base)) / capacity, (capacity - (drafting ? 20 : 18) * 1024) / capacity);
  return drafting ? base * 0.95 : base;
}

/** A tower larger than CLIP's costs more (adjust_mem_fraction_for_vlm). */
function visionFactor({ layers, hiddenSize }: { readonly layers: number; readonly hiddenSize: number }): number {
  const size = (layers * hiddenSize ** 2) / (24 * 1024 ** 2);
  return 0.95 * Math.max(0.8, Math.min(1.05, 1 - 0.1 * (size - 1)));
}
