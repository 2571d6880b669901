import { capabilityOf } from '../../hardware/gpu.ts';
import { between, type Quantity } from '../../quantity.ts';
import { MIB } from '../../bytes.ts';
import { countsOf, keeps } from '../distinct-layers.ts';
import { split } from '../sharding.ts';
import type { Launch } from './launch.ts';

/** Requests whose entries are gathered at once in prefill (vLLM models/deepseek_v4/attention.py PREFILL_CHUNK_SIZE). */
const REQUESTS_AT_ONCE = 4;
/** FlashInfer's kernels keep a buffer of one size instead (models/deepseek_v4/nvidia/flashinfer_sparse.py). */
const FLASHINFER_WORKSPACE = 128 * MIB;

/** Whether caches of the model are compressed along the tokens. */
export function compressesCaches({ architecture }: Launch): boolean {
  return keeps(architecture.layers, 'compressed');
}

/**
 * The workspace of experts as it is beside compressed caches: one that is large enough for both, since prefill gathers 16-bit
 * entries of its requests' whole contexts in it (models/deepseek_v4/nvidia/flashmla.py, v1/worker/workspace.py).
 */
export function sharedWorkspace(launch: Launch, experts: Quantity): Quantity {
  if (!compressesCaches(launch)) return experts;
  const gathered = Math.floor(capabilityOf(launch.gpu)) === 12 ? FLASHINFER_WORKSPACE : gatheredBytes(launch);
  const least = (bytes: number): number => Math.max(bytes, gathered);
  return between(least(experts.low), least(experts.value), least(experts.high), experts.basis);
}

function gatheredBytes({ architecture, context, maxNumBatchedTokens: batch }: Launch): number {
  let most = 0;
  for (const [{ caches }] of countsOf(architecture.layers)) {
    for (const cache of caches) {
      if (cache.kind !== 'compressed') continue;
      const compressed = cache.compressRatio > 1 ? split(context.tokens, cache.compressRatio) : 0;
      most = Math.max(most, REQUESTS_AT_ONCE * (compressed + cache.windowTokens + batch) * cache.headDim * 2);
    }
  }
  return most;
}

/** Heads that FlashMLA's kernels take, to which queries and outputs are padded. */
const KERNEL_HEADS = [64, 128] as const;

/**
 * Values per token beside the usual ones of a layer: queries and outputs of the padded heads, and the residual streams before
 * and after it. The source names the buffers, no log how many of them live at once, so that the whole may be half as much again.
 */
export function heldByCompression(launch: Launch): number {
  if (!compressesCaches(launch)) return 0;
  const { architecture, parallelism } = launch;
  const heads = split(architecture.attentionHeads, parallelism.tensor);
  const padded = KERNEL_HEADS.find((count) => count >= heads) ?? heads;
  const streams = architecture.residualStreams ?? 1;
  return 2 * padded * architecture.headDim + 2 * streams * architecture.hiddenSize;
}

/** How much the forward pass of such a model may differ from what its buffers add up to. */
export const FORWARD_SPREAD = { low: 0.75, high: 1.5 } as const;
