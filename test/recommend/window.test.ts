import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { ArgumentValue } from '../../src/deployment.ts';
import type { Workload } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { parseTarget } from '../../src/hardware/lookup.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { type Goal, meets } from '../../src/recommend/goal.ts';
import { firstStep, lastStep, nearestInside, windowOf } from '../../src/recommend/window.ts';
import { vllm } from '../../src/engines/vllm/index.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const nothing: Goal = { minimumFreeBytes: 0, need: null };

function workloadOf(model: string, gpu: string, args: Record<string, ArgumentValue> = {}): Workload {
  const facts = models.find(model);
  const target = parseTarget(gpu, hardware, 'matrix');
  if (!facts || 'problem' in target) throw new Error(`no ${model} or ${gpu}`);
  return { engineVersion: '0.19.0', arguments: args, environment: {}, model: facts, drafter: null, target };
}

function at(workload: Workload, value: number) {
  const changed = { ...workload, arguments: { ...workload.arguments, gpu_memory_utilization: value } };
  return { changed, estimate: vllm.estimate(changed) };
}

describe('the steps of a bisection', () => {
  it('finds the first and the last step from any guess', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: -50, max: 150 }), (edge, guess) => {
        expect(firstStep((step) => step >= edge, guess, 1, 99)).toBe(edge);
        expect(lastStep((step) => step <= edge, guess, 1, 99)).toBe(edge);
      }),
    );
    expect(firstStep(() => false, 50, 1, 99)).toBeNull();
    expect(lastStep(() => false, 50, 1, 99)).toBeNull();
    expect(firstStep(() => true, Number.NaN, 1, 99)).toBe(1);
  });
});

describe('the window of the budget', () => {
  const cases: readonly (readonly [string, string, Record<string, ArgumentValue>, Goal])[] = [
    ['Qwen/Qwen2-7B-Instruct', 'rtx-3090', { max_model_len: 32_768 }, nothing],
    ['Qwen/Qwen3-8B', 'l40s', {}, nothing],
    ['Qwen/Qwen3-8B', 'l4', { max_model_len: 8192, gpu_memory_utilization: 0.98 }, nothing],
    [
      'meta-llama/Llama-3.1-8B-Instruct',
      'h100',
      { max_model_len: 8192 },
      { minimumFreeBytes: 8 * 2 ** 30, need: null },
    ],
    ['Qwen/Qwen3-8B', 'a100-40gb-sxm', {}, { minimumFreeBytes: 0, need: { requests: 16, tokens: 4096 } }],
  ];

  it.each(cases)(
    '%s on %s %j: every value inside fits, and the next step on either side does not',
    (model, gpu, args, goal) => {
      const workload = workloadOf(model, gpu, args);
      const window = windowOf(vllm, workload, vllm.estimate(workload), goal);
      if (!window || window.low === null || window.high === null) throw new Error(window?.text ?? 'no window');
      const passes = (value: number): boolean => {
        const { changed, estimate } = at(workload, value);
        return meets(goal, vllm, changed, estimate);
      };
      for (let value = window.low; value <= window.high + 1e-9; value += 0.01)
        expect(passes(Number(value.toFixed(2)))).toBe(true);
      expect(passes(Number((window.low - 0.01).toFixed(2)))).toBe(false);
      expect(passes(Number((window.high + 0.01).toFixed(2)))).toBe(false);
      expect(window.text).toMatch(
        /^0\.\d+–0\.\d+: below, the KV cache is too small for .*; above, \d+\.\d GiB outside the budget has no room/,
      );
    },
  );

  it('says why there is none', () => {
    const text = (model: string, gpu: string, args: Record<string, ArgumentValue>): string | undefined => {
      const workload = workloadOf(model, gpu, args);
      return windowOf(vllm, workload, vllm.estimate(workload), nothing)?.text;
    };
    expect(text('meta-llama/Llama-3.1-70B-Instruct', 'h100', {})).toBe(
      'no value: even at 0.99 nothing is left for the KV cache',
    );
    expect(text('Qwen/Qwen3-8B', 'l4', { max_model_len: 32_768 })).toMatch(
      /^no value: below 0\.\d+ the KV cache is too small for one request of 32,768 tokens, above 0\.\d+ \d\.\d GiB outside/,
    );
  });

  it('is not spoken of where another argument sizes the cache', () => {
    const workload = workloadOf('Qwen/Qwen3-8B', 'l40s', { kv_cache_memory_bytes: 2 ** 33 });
    expect(windowOf(vllm, workload, vllm.estimate(workload), nothing)).toBeNull();
  });

  it('is left by the shortest way, on all targets at once', () => {
    const base = { argument: 'u', step: 0.01, below: null, above: null, text: '', highest: null };
    expect(nearestInside([{ ...base, current: 0.9, low: 0.7, high: 0.8 }])).toBe(0.79);
    expect(
      nearestInside([
        { ...base, current: 0.9, low: 0.7, high: 0.8 },
        { ...base, current: 0.9, low: 0.5, high: 0.75 },
      ]),
    ).toBe(0.74);
    expect(nearestInside([{ ...base, current: 0.9, low: 0.79, high: 0.8 }])).toBe(0.8);
    expect(
      nearestInside([
        { ...base, current: 0.9, low: 0.78, high: 0.8 },
        { ...base, current: 0.9, low: 0.5, high: 0.75 },
      ]),
    ).toBeNull();
    expect(nearestInside([{ ...base, current: 0.75, low: 0.7, high: 0.8 }])).toBeNull();
  });
});

describe.each(engines.filter(({ budget }) => budget !== undefined))('the budget of $id', (engine) => {
  it('is monotone: more of it never shrinks the cache and never leaves more outside', () => {
    const budget = engine.budget;
    if (!budget) throw new Error('no budget');
    const names = ['Qwen/Qwen3-8B', 'openai/gpt-oss-20b', 'meta-llama/Llama-3.1-8B-Instruct', 'google/gemma-3-12b-it'];
    const gpus = ['l4', 'l40s', 'a100-80gb-sxm', 'h100', 'rtx-3090'];
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom(...gpus), share, share, (model, gpu, one, other) => {
        const workload = { ...workloadOf(model, gpu), engineVersion: null };
        const most = typeof budget.most === 'number' ? budget.most : budget.most(workload);
        const stepAt = (part: number): number =>
          Number((Math.round((budget.least + part * (most - budget.least)) / budget.step) * budget.step).toFixed(6));
        const [less, more] = [stepAt(Math.min(one, other)), stepAt(Math.max(one, other))].map(
          (value) => engine.estimate({ ...workload, arguments: { [budget.argument]: value } }).memory,
        );
        if (!less || !more) return;
        // A share of less than nothing is no cache at all.
        expect(Math.max(0, more.kvCacheBytes.low)).toBeGreaterThanOrEqual(Math.max(0, less.kvCacheBytes.low));
        expect(more.freeBytes.low).toBeLessThanOrEqual(less.freeBytes.low);
      }),
      { numRuns: 60, seed: 6 },
    );
  });
});
