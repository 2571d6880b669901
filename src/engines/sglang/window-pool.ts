import type { Cells } from './cells.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/**
 * Tokens of the windows' pool where a given number of requests bounds it: without a radix cache each keeps its window and
 * what was not evicted yet (srt/model_executor/pool_configurator.py SWAChunkCapPoolConfigurator). Null where the ratio holds.
 */
export function windowCap(launch: Launch, { window, full, windowTokens }: Cells): number | null {
  const { version, radixCache, maxRunningRequests, overlap, speculation, pageTokens, role, division } = launch;
  if (window === 0 || full === 0 || radixCache || maxRunningRequests === null || !has(version, 'windowCap'))
    return null;
  const drafted = Math.max(1, speculation?.draftTokens ?? 1);
  const allocated = speculation
    ? Math.max(speculation.steps * speculation.topk, drafted) * (overlap ? 2 : 1)
    : pageTokens;
  const perRequest = windowTokens + evictionInterval(launch) * drafted + pageTokens + allocated;
  const requests = Math.floor(maxRunningRequests / (division.dpAttention ? division.data : 1));
  const chunks = role === 'decode' ? 0 : (overlap ? 2 : 1) * launch.chunkTokens + pageTokens;
  return Math.ceil((perRequest * requests + chunks) / pageTokens) * pageTokens;
}

function evictionInterval({ environment }: Launch): number {
  const asked = Number(environment['SGLANG_SWA_EVICTION_INTERVAL'] ?? 128);
  return Number.isSafeInteger(asked) && asked >= 1 && asked <= 1_000_000 ? asked : 128;
}
