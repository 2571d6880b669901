import { describe, expect, it } from 'vitest';
import { tgi } from '../../../src/engines/tgi/index.ts';
import { type Completed, estimateOf, rowsOf } from '../advisory-rows.ts';

/** Rows with a figure of the cache: what the row leaves out, from its source. */
const EVALUATED: Readonly<Record<string, Completed>> = {
  // Issue 2744 is of November 2024 (2.4); "max_batch_prefill_tokens 10049" is its log's own.
  'tgi-2744-llama31-70b-2xa100': {
    model: 'meta-llama/Llama-3.1-70B',
    gpu: 'a100-80gb:2',
    version: '2.4.0',
    args: { num_shard: 2, max_batch_prefill_tokens: 10_049 },
  },
  // Issue 653 is of July 2023 (0.9); 22.2 GiB is the capacity that PyTorch prints.
  'tgi-653-llama2-7b-a10': { model: 'meta-llama/Llama-2-7b-hf', gpu: 'a10', version: '0.9.1', visibleGib: 22.2 },
  'tgi-vllm381-llama7b-a10': {
    model: 'meta-llama/Llama-2-7b-hf',
    gpu: 'a10',
    version: '0.9.1',
    args: { num_shard: 1, max_batch_prefill_tokens: 2_048 },
  },
  'tgi-v3-docs-l4': { model: 'meta-llama/Llama-3.1-8B', gpu: 'l4', version: '3.0.0' },
};

/** Rows that cannot be compared, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'tgi-gke-l4-nf4': 'the log is reused in tutorials of several models',
  'tgi-1692-dbrx-4xh100': 'its room is a round figure of the reporter, and no model of its family is in the catalogue',
  'tgi-1863-mistral7b-a100': 'its card has 40 or 80 GB, and the source does not say which',
  'tgi-563-flan-t5-xl': 'TGI keeps no paged cache for encoder–decoder models',
  'tgi-flan-t5-base': 'TGI keeps no paged cache for encoder–decoder models',
};

describe('TGI’s cache on public logs', () => {
  const rows = [...rowsOf('tgi', 'calibration'), ...rowsOf('tgi', 'validation')];

  it.each(Object.entries(EVALUATED))('%s: the interval holds the logged tokens', (id, completed) => {
    const row = rows.find((one) => one.id === id);
    const tokens = row?.measured['max_batch_total_tokens'] ?? row?.measured['max_batch_total_tokens_approx'] ?? 0;
    const { memory, verdict } = estimateOf(tgi, completed);
    expect(tokens).toBeGreaterThan(0);
    expect(verdict, 'each of them started').not.toBe('fails');
    expect(memory?.kvCacheTokens.low).toBeLessThanOrEqual(tokens);
    expect(memory?.kvCacheTokens.high).toBeGreaterThanOrEqual(tokens);
  });

  it('evaluates every row or says why not', () => {
    const named = [...Object.keys(EVALUATED), ...Object.keys(LEFT_OUT)];
    expect(rows.map(({ id }) => id).sort()).toEqual(named.sort());
  });

  it('keeps no model on both sides', () => {
    const families = new Set(rowsOf('tgi', 'calibration').map(({ family }) => family));
    expect(rowsOf('tgi', 'validation').filter(({ family }) => families.has(family))).toEqual([]);
  });
});
