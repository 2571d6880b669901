import { GIB } from '../../bytes.ts';
import { between, type Quantity } from '../../quantity.ts';
import { flashInferWorkspace, usesFlashInfer } from './attention-backend.ts';
import type { KvLayout } from './kv-cache.ts';
import { estimatesWorkspace } from './graph-memory.ts';
import type { Launch } from './launch.ts';
import { drafterStateBytes } from './speculation/state.ts';
import { has } from './versions.ts';

/** State that the second runner and drafters keep between loading and the profile, in bytes. */
export function runnerStateBytes(launch: Launch): number {
  const { runner, architecture, maxNumBatchedTokens } = launch;
  const rows = Math.min(launch.maxNumSeqs, maxNumBatchedTokens);
  const counts =
    runner === 'v2'
      ? 4 * rows * architecture.vocabSize + Math.ceil((rows * architecture.vocabSize) / 8) + 20 * maxNumBatchedTokens
      : 0;
  return counts + drafterStateBytes(launch);
}

/** Whether the profiler sees that state (it compares free memory since 0.27, PyTorch's counters before). */
export function chargesRunnerState(launch: Launch): boolean {
  return launch.runner !== 'v0' && has(launch.version, 'totalConsumed');
}

/**
 * The Triton kernels of MXFP4 experts on Hopper keep workspaces that no profile sees. Two calibration logs of gpt-oss-20b
 * ran out of memory in the sampler's warm-up with 1.65 and 0.44 GiB more than it takes; the larger, stretched as any
 * interval of two setups.
 */
const MXFP4_UNSEEN = 2.5 * GIB;

/** Allocated after the KV cache was sized: block tables and kernels' workspaces, in bytes. */
export function lateBytes(launch: Launch, layout: KvLayout | null): Quantity {
  const tables = layout === null ? 0 : tableBytes(launch, layout);
  const attention = estimatesWorkspace(launch) ? 'no' : usesFlashInfer(launch);
  const workspace = flashInferWorkspace(launch);
  const unseen = keepsExpertWorkspace(launch) ? MXFP4_UNSEEN : 0;
  const low = tables + (attention === 'yes' ? workspace : 0);
  return between(
    low,
    low,
    low + (attention === 'perhaps' ? workspace : 0) + unseen,
    unseen > 0 ? 'calibrated' : 'formula',
  );
}

function tableBytes(launch: Launch, layout: KvLayout): number {
  const copies = launch.runner === 'v2' ? 2 : 1;
  let bytes = 0;
  for (const { blockTokens, groups } of layout.groups) {
    if (blockTokens > 0)
      bytes += groups * launch.maxNumSeqs * Math.ceil(launch.context.tokens / blockTokens) * 4 * copies;
  }
  return bytes;
}

function keepsExpertWorkspace({ runner, architecture, quantization, gpu }: Launch): boolean {
  return (
    runner !== 'v0' && architecture.moe !== null && quantization?.method === 'mxfp4' && gpu.computeCapability === '9.0'
  );
}
