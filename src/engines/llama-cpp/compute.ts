import { MIB } from '../../bytes.ts';
import type { Architecture } from '../../models/architecture.ts';
import { between, type Quantity } from '../../quantity.ts';
import { has } from './builds.ts';
import { type Cells, halvesBytes, microBatchOf } from './cache.ts';
import type { Settings } from './settings.ts';

/** Where the layers of a graph lie. */
export interface GraphPlace {
  readonly hasOutput: boolean;
  /** Layers on several GPUs, of which each keeps four copies of its inputs. */
  readonly pipelined: boolean;
  /** The first GPU casts the mask to 16 bits; the others get it so. */
  readonly first: boolean;
  /** The largest tensor of the host that is brought over for a large batch (op_offload). */
  readonly copiedBytes: number;
  /** The largest two of one layer. */
  readonly copiedPairBytes: number;
  /** Keys and values of a layer there. */
  readonly copiedCacheBytes: number;
}

/**
 * The buffer that a graph of one micro-batch computes in, on a GPU (ggml's allocator over src/llama-graph.cpp): the mask, and the
 * larger of a layer's feed-forward part and the logits. Re-computed on graphs of 13 models with a CPU build, worst off by
 * 0.04 MiB with one output, by 28 MiB with as many as tokens; what shapes it otherwise has a wider interval.
 * @returns its bytes at any context: a search tries many for one model.
 */
export function computeBytes(
  architecture: Architecture,
  settings: Settings,
): (cells: Cells, where: GraphPlace) => Quantity {
  const { build, flashAttention, cacheOnGpu } = settings;
  const { hiddenSize, vocabSize, attentionHeads } = architecture;
  const window = windowOf(architecture);
  const width = Math.max(widthOf(architecture, settings), deltaWidthOf(architecture, settings));
  const unfused = unfusedBytes(architecture, settings);
  const spreads = { many: spreadOf(architecture, settings, true), few: spreadOf(architecture, settings, false) };
  const beside = besideHalves(architecture);
  const small = has(build, 'smallMask');
  const recurrent = architecture.layers.some(({ caches }) => caches.some(({ kind }) => kind === 'state'));
  const maskBytes = flashAttention ? (small ? 2 : 6) : 4;
  return (cells, where) => {
    const tokens = microBatchOf(settings, cells.context);
    const apart = window === null || cells.window(window) === cells.slot ? 0 : cells.window(window);
    const keys = cells.slot + apart;
    // Without flash attention the scores of every head are held, in rows as long as the context; on the host when the cache is there.
    const cell = cacheOnGpu ? tokens * keys : 0;
    const mask = cell * (flashAttention && !where.first ? 2 : maskBytes);
    const outputs = outputsOf(settings, tokens);
    const logits = where.hasOutput ? 4 * outputs * (vocabSize + hiddenSize) : 0;
    const layer = 4 * tokens * width;
    const scores =
      flashAttention || !cacheOnGpu
        ? 0
        : tokens * (4 * cells.slot * attentionHeads + besideScores(settings) * hiddenSize);
    // Of four copies of the mask as it comes, one is cast; those of a model with recurrent layers were held cast as well (a log of b9300).
    const copy = flashAttention && !small && where.first && !recurrent ? 4 * cell : mask;
    const inputs = where.pipelined ? 3 * copy + 16 * tokens * hiddenSize : 0;
    // Attention of a layer on the host, brought over with its keys and values (seen with a 4070: 512 of 920 MiB).
    const halves = has(build, 'reservesHalves') ? halvesBytes(architecture, cells, settings) : 0;
    const attention = halves > 0 ? halves + 4 * tokens * beside : 0;
    const copiedCache = flashAttention ? where.copiedCacheBytes + (attention || 12 * tokens * hiddenSize) : 0;
    // Masks are no longer held when logits are computed.
    const within =
      mask + inputs + Math.max(layer + where.copiedBytes, scores, copiedCache) + extraBytes(architecture, tokens);
    // Copies of inputs stay where they are.
    const most = Math.round(Math.max(within, logits + (inputs > 0 ? inputs + copy : 0)));
    // Experts that are brought over: the mask lies in 16 bits where they come, or two of their matrices lie beside nothing else
    // (logs of four P100, 512 to 8,192 tokens).
    const experts = architecture.moe?.experts ?? 0;
    const brought = flashAttention && experts > 0 && where.copiedBytes > 0;
    const cast = brought ? mask - 2 * cell : 0;
    const pair = brought ? where.copiedPairBytes + 4 * tokens * (hiddenSize + experts) : 0;
    const value = brought ? Math.round(Math.max(within - cast, pair, logits)) : most;
    const [below, above] = outputs === tokens && tokens > 1 ? spreads.many : spreads.few;
    return between(
      Math.max(0, Math.floor((Math.max(within - cast, logits) - where.copiedBytes) * (1 - below)) - 8 * MIB),
      value,
      Math.ceil(Math.max(value, most) * (1 + above)) + 8 * MIB + where.copiedBytes + unfused,
      'formula',
    );
  };
}

/** Tokens that the first layer with a window keeps; null without one. */
function windowOf({ layers }: Architecture): number | null {
  for (const { caches } of layers) {
    for (const cache of caches) {
      if (cache.kind === 'sliding') return cache.windowTokens;
      if (cache.kind === 'chunked') return cache.chunkTokens;
    }
  }
  return null;
}

/** Bytes per token and hidden element beside the scores: 16 in logs up to b5255, 22 in graphs of b10472. */
function besideScores({ build }: Settings): number {
  return has(build, 'offloadsByDefault') ? 22 : 16;
}

/**
 * Numbers per token that live beside the 16-bit copies: three rows of the model's width, and queries, their rotation and what comes
 * of them, with the gate where there is one (160.28 and 633.13 MiB published for Qwen3.8-27B, 1,887.86 for Gemma 4 26B).
 */
function besideHalves({ hiddenSize, attentionHeads, headDim, layers }: Architecture): number {
  const gated = layers.some(({ caches }) =>
    caches.some((cache) => cache.kind === 'state' && cache.family === 'gated_delta'),
  );
  return 3 * hiddenSize + (gated ? 4 : 3) * attentionHeads * headDim;
}

/** Tokens whose logits are computed at once (tools/server/server-context.cpp, server_n_outputs_max). */
function outputsOf({ build, slots, embedding, drafts, draftTokens }: Settings, tokens: number): number {
  if (!has(build, 'fewOutputs') || embedding) return tokens;
  return Math.min(tokens, slots * (1 + (drafts ? draftTokens : 0)));
}

/** Numbers per token that live at once in the widest layer. */
function widthOf(architecture: Architecture, { build }: Settings): number {
  const { hiddenSize, intermediateSize, attentionHeads, headDim, moe, layers } = architecture;
  const delta = layers.some(({ caches }) => caches.some((cache) => cache.kind === 'state'));
  const attention = attentionHeads * headDim;
  // Seen on GPUs without the output, where logits do not cover it.
  if (moe === null && !has(build, 'fewOutputs')) return 2 * intermediateSize + 3 * hiddenSize;
  if (moe === null) return 3 * intermediateSize + 3 * hiddenSize + (delta ? 0 : attention);
  const experts = moe.expertsPerToken * (3 * moe.intermediateSize + hiddenSize);
  if (architecture.modelType === 'gpt_oss') return experts;
  const dense = 3 * intermediateSize + 3 * hiddenSize + attention;
  return Math.max(experts + (delta ? 4 * hiddenSize : 3 * hiddenSize + attention), delta ? 0 : dense);
}

/**
 * In a gated delta net: what goes into the convolution as it comes, beside its state and convolved, and the gate, a third as wide at
 * least. More than the feed-forward part in the smallest models alone (42.58 MiB logged for Qwen3.5 0.8B, of which 2 are the mask).
 */
function deltaWidthOf({ layers }: Architecture, { build }: Settings): number {
  if (!has(build, 'fusedDelta')) return 0;
  const channels = layers.flatMap(({ caches }) =>
    caches.map((cache) => (cache.kind === 'state' && cache.family === 'gated_delta' ? cache.convChannels : 0)),
  );
  return channels.reduce((most, one) => Math.max(most, (10 / 3) * one), 0);
}

/** Biases of experts are gathered per token. */
function extraBytes({ modelType }: Architecture, tokens: number): number {
  return modelType === 'gpt_oss' ? (2.4 * MIB * tokens) / 512 : 0;
}

/** Before it became one operation, the gated delta net was computed in chunks (650 MiB more seen for Qwen3-Next). */
function unfusedBytes({ layers }: Architecture, { build }: Settings): number {
  const delta = layers.some(({ caches }) => caches.some((cache) => cache.kind === 'state'));
  return delta && !has(build, 'fusedDelta') ? 700 * MIB : 0;
}

/** How far logs are from the formula, below and above: least for what the graphs of the reference were, most for what no graph was. */
function spreadOf(
  { latentAttention, layers, modelType }: Architecture,
  { flashAttention }: Settings,
  manyOutputs: boolean,
): readonly [number, number] {
  if (latentAttention !== null) return [0.3, 1.5];
  if (layers.some(({ caches }) => caches.some((cache) => cache.kind === 'state' && cache.family !== 'gated_delta')))
    return [0.3, 1];
  if (/^gemma(?:3n|4)/.test(modelType)) return [0.2, 0.8];
  if (!flashAttention) return [0.1, 0.15];
  return manyOutputs ? [0.05, 0.12] : [0.05, 0.05];
}
