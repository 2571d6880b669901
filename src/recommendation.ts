import type { ArgumentValue } from './deployment.ts';
import type { TextEdit } from './edit.ts';

/** One argument change. `from` is null when the argument was not written; `to` is null when it is removed. */
export interface Change {
  readonly argument: string;
  readonly from: ArgumentValue;
  readonly to: ArgumentValue;
  /** What the user pays: context, concurrency, quality, speed. */
  readonly cost: string;
  readonly edits: readonly TextEdit[];
  /** Why the change cannot be written as an edit (templated, unresolved), else null. */
  readonly notEditable: string | null;
}

/** Another way to make every target fit, for a reader to choose. */
export interface Alternative {
  /** `kv_cache_dtype: fp8`, `l40s-48gb as it is`. */
  readonly what: string;
  readonly changes: readonly Pick<Change, 'argument' | 'from' | 'to'>[];
  readonly cost: string;
  /** How much less the launch then needs of a GPU for itself and one full-length request, bytes; null on other hardware. */
  readonly freedBytes: number | null;
  /** What stays free on the fullest target, and requests of the longest length at once, at the bad end. */
  readonly freeBytes: number;
  readonly concurrency: number;
}

/** The smallest set of changes that makes every target of a deployment fit. */
export interface Recommendation {
  readonly changes: readonly Change[];
  /** Whether every target fits with the changes; false when nothing that Headroom may change helps. */
  readonly fits: boolean;
  /** For a reviewer: what to write and what it brings, or which GPU or how many would do when nothing fits. */
  readonly summary: string;
  /** Peak on the fullest target after the changes, bytes; absent without changes. */
  readonly peakBytes?: number;
  /** Why the changes should not be written without a look (another launch on the same GPU); part of the summary too. */
  readonly caution?: string;
  /** Other ways, the one that costs least first. */
  readonly alternatives?: readonly Alternative[];
}

/**
 * The values of an engine's budget argument (vLLM: gpu_memory_utilization) with which a deployment fits one target, at the
 * bad end of every interval, rounded inward to the step that people write.
 */
export interface BudgetWindow {
  readonly argument: string;
  /** In which people write it. */
  readonly step: number;
  /** The value in effect. */
  readonly current: number;
  /** Both null when no value fits. */
  readonly low: number | null;
  readonly high: number | null;
  /** The most at which what stands outside the budget has room, whatever the cache then holds; null when even the least is too much. */
  readonly highest: number | null;
  /** What is wrong below and above, one clause each; `below` is null where the least value that is looked at fits. */
  readonly below: string | null;
  readonly above: string | null;
  /** `0.71–0.86: below, …; above, …`, or why there is no value. */
  readonly text: string;
}
