import { gib, GIB, MIB } from '../../bytes.ts';
import type { Estimate } from '../../estimate.ts';
import type { Launch } from './launch.ts';
import { requestTable } from './outside.ts';
import type { StageParts } from './parts.ts';
import type { Outcome } from './scenario.ts';
import { grouped } from '../../text.ts';

/** What would print as nothing. */
const LEAST_SHOWN_BYTES = 0.005 * GIB;

/** One line per figure, with its numbers and the place in SGLang's source that it follows. */
export function workingOf(launch: Launch, parts: StageParts, expected: Outcome): Estimate['working'] {
  const { division, speculation, fraction, graphs } = launch;
  const { stage, cells } = parts;
  const { pool, pre } = expected;
  const of = division.pipeline > 1 ? ` of pipeline stage ${stage.index + 1}` : '';
  const chosen = launch.automaticFraction ? ', chosen by SGLang' : '';
  const slack = pre * (1 - fraction);
  return {
    totalBytes: `what CUDA reports on ${launch.gpu.id}`,
    budgetBytes: `${gib(pre)} free before loading × ${rounded(fraction)} mem_fraction_static${chosen}; weights and pool`,
    weightsBytes: `${weightsWorking(parts)}; ${stage.layers.length} layers${of} in ${launch.quantization?.method ?? launch.dtype}, ÷ ${division.tensor} ranks; 'mem usage' of 'Load weight end'`,
    drafterBytes: speculation
      ? `${speculation.algorithm}: ${speculation.layers.length} layers, ${speculation.draftTokens} tokens per verification`
      : 'no speculative decoding',
    activationBytes: `one chunk of ${grouped(launch.chunkTokens)} tokens${(graphs.prefill.at(-1) ?? 0) >= launch.chunkTokens ? ', most of it held by the prefill graphs' : ''}; outside the budget`,
    cudaGraphBytes: graphsWorking(launch),
    outsideBudgetBytes: `${gib(parts.initial.value)} CUDA context and communicators + ${gib(expected.workspace.value)} workspaces, of which ${gib(requestTable(launch, pool.rows))} places of tokens of ${grouped(pool.rows)} requests${parts.others > 0 ? ` + ${gib(parts.others)} of other processes` : ''}`,
    kvCacheBytes: `${gib(pre)} − ${gib(parts.weights.value)} weights − ${gib(slack)} kept free (1 − ${rounded(fraction)}); srt/mem_cache/kv_cache_configurator.py`,
    kvCacheNeededBytes: `${grouped(launch.contextTokens)} tokens of context_length × ${grouped(cells.budgeted)} B`,
    kvCacheTokens: tokensWorking(launch, parts, expected),
    maxConcurrency: `${grouped(pool.tokens)} tokens ÷ ${grouped(launch.contextTokens)} of context_length`,
    maxModelLenThatFits: 'tokens of the pool; longer requests are refused one by one',
    peakBytes: 'all parts but what stays free',
    freeBytes: 'total − peak',
  };
}

function weightsWorking({ stored, weights }: StageParts): string {
  const held = stored.parts.filter(([, bytes]) => bytes >= LEAST_SHOWN_BYTES);
  const sum = held.map(([what, bytes]) => `${gib(bytes)} ${what}`).join(' + ');
  const host = stored.offloaded > 0 ? ` − ${gib(stored.offloaded)} in host memory` : '';
  return `${sum}${host} + ${gib(weights.value - stored.model)} modules and segments`;
}

function graphsWorking({ graphs, division }: Launch): string {
  const { decode, prefill } = graphs;
  if (decode.length === 0 && prefill.length === 0) return 'no CUDA graphs';
  const parts = [
    ...(decode.length > 0 ? [`${decode.length} batches up to ${decode.at(-1)} for decoding`] : []),
    ...(prefill.length > 0 ? [`${prefill.length} sizes up to ${grouped(prefill.at(-1) ?? 0)} tokens for prefill`] : []),
  ];
  return `${parts.join(', ')}${division.tensor > 1 ? ', with communicators' : ''}; outside the budget`;
}

function tokensWorking(
  { pageTokens, windowRatio, maxTotalTokens }: Launch,
  { cells }: StageParts,
  { pool }: Outcome,
): string {
  const states =
    pool.slots > 0
      ? `, after ${gib(pool.stateBytes)} for ${grouped(pool.slots)} states of ${(cells.state / MIB).toFixed(1)} MiB`
      : '';
  const windows =
    cells.window > 0 && cells.full > 0
      ? ` (${grouped(cells.full)} + ${windowRatio} × ${grouped(cells.window)} of windows)`
      : '';
  const drafter = cells.budgetedDrafter > 0 ? `, ${grouped(cells.budgetedDrafter)} of them a drafter's` : '';
  const capped =
    maxTotalTokens !== null && pool.tokens === Math.floor(maxTotalTokens / pageTokens) * pageTokens
      ? ', as max_total_tokens allows'
      : '';
  return `${grouped(cells.budgeted)} B per token${windows}${drafter}${states}, pages of ${pageTokens}${capped}; 'max_total_num_tokens'`;
}

function rounded(fraction: number): number {
  return Math.round(fraction * 1e4) / 1e4;
}
