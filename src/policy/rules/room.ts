import { gib } from '../../bytes.ts';
import { targetName } from '../../hardware/gpu.ts';
import { argumentPlace, culpritPlace } from './place.ts';
import type { Rule } from './rule.ts';
import { grouped } from '../../text.ts';

export const headroomBelowMinimum: Rule = {
  id: 'headroom-below-minimum',
  severity: 'error',
  what: 'Less stays free on a GPU than the policy wants free (`minimum-free-gib`), at the bad end of the estimate.',
  why: 'The team keeps that room for neighbours on the GPU, for fragmentation and for the next driver.',
  remedy: 'Apply the recommended values, or lower the minimum for these files under `targets`.',
  check({ deployment, targets, recommendation, goal: { minimumFreeBytes } }) {
    return targets.flatMap(({ target, gated, estimate: { memory, verdict } }) => {
      if (!gated || memory === null || verdict === 'fails' || memory.freeBytes.low >= minimumFreeBytes) return [];
      if (minimumFreeBytes === 0) return [];
      const free = gib(memory.freeBytes.low);
      const message = `On ${targetName(target)} ${free} stay free at the bad end; the policy wants ${gib(minimumFreeBytes)}.`;
      const place = culpritPlace(deployment, 'serving');
      return [{ place, subject: target.gpu.id, message, remedy: recommendation?.summary ?? this.remedy }];
    });
  },
};

export const cannotServeFullRequest: Rule = {
  id: 'cannot-serve-full-request',
  severity: 'warning',
  what: 'The engine starts, but its KV cache holds less than one request of the longest length that it accepts.',
  why: 'Long requests are cut, refused or never scheduled, although the config promises them.',
  remedy: 'Ask for the length that fits, or give the cache more room.',
  check({ deployment, engine, targets, recommendation }) {
    return targets.flatMap(({ target, gated, estimate: { memory, verdict, effective } }) => {
      const starts = verdict === 'fits' || verdict === 'degraded';
      if (!gated || memory === null || !starts || memory.kvCacheNeededBytes.value <= 0) return [];
      if (memory.maxConcurrency.value >= 1) return [];
      const length = engine?.lengthArgument === undefined ? undefined : effective[engine.lengthArgument];
      const request =
        typeof length === 'number' ? `one request of ${grouped(length)} tokens` : 'one full-length request';
      const message = `On ${targetName(target)} the KV cache holds ${grouped(memory.kvCacheTokens.value)} tokens, less than ${request}.`;
      const place = culpritPlace(deployment, 'kv_cache');
      return [{ place, subject: target.gpu.id, message, remedy: recommendation?.summary ?? this.remedy }];
    });
  },
};

export const concurrencyBelowNeed: Rule = {
  id: 'concurrency-below-need',
  severity: 'error',
  what: 'Fewer requests run at once than the policy needs (`need`: requests × tokens), at the bad end of the estimate.',
  why: 'Under the load that the team declared, requests wait or are preempted.',
  remedy:
    'Apply the recommended values, give the deployment more replicas, or lower `need` for these files under `targets`.',
  check({ deployment, targets, recommendation, goal: { need }, atOnce }) {
    if (need === null) return [];
    return targets.flatMap((result) => {
      const { verdict } = result.estimate;
      const most = result.gated && verdict !== 'fails' && verdict !== 'unknown' ? atOnce(result) : null;
      if (most === null || most >= need.requests) return [];
      const each = need.tokens === null ? 'of full length' : `of ${grouped(need.tokens)} tokens`;
      const name = targetName(result.target);
      const message =
        most === 0 && need.tokens !== null
          ? `On ${name} requests ${each} are longer than what is served.`
          : `On ${name} ${grouped(Math.floor(most))} requests ${each} run at once; the policy needs ${grouped(need.requests)}.`;
      const place = culpritPlace(deployment, 'kv_cache');
      return [{ place, subject: result.target.gpu.id, message, remedy: recommendation?.summary ?? this.remedy }];
    });
  },
};

export const budgetOutsideWindow: Rule = {
  id: 'budget-outside-window',
  severity: 'warning',
  what: 'How much of the GPU the engine may take (`gpu_memory_utilization`, `mem_fraction_static`, `n_gpu_layers`) lies outside the window that the arithmetic leaves.',
  why: 'Below it the KV cache is too small; above it what stands outside the budget has no room.',
  remedy: 'Write a value inside the window.',
  check({ deployment, targets, recommendation }) {
    // Where something else is to be changed, the window is another one then.
    const otherwise = recommendation?.fits === true && recommendation.changes.length > 0 ? recommendation.changes : [];
    return targets.flatMap(({ target, gated, window }) => {
      if (!gated || !window || window.low === null || window.high === null) return [];
      const { argument, current, low, high, text } = window;
      if (current >= low && current <= high) return [];
      if (otherwise.length > 0 && !otherwise.some((change) => change.argument === argument)) return [];
      const side = current < low ? 'below' : 'above';
      const message = `${argument} ${current} is ${side} what fits on ${targetName(target)}: ${text}.`;
      const remedy = `Write a value from ${low} to ${high}.`;
      return [{ place: argumentPlace(deployment, argument), subject: target.gpu.id, message, remedy }];
    });
  },
};
