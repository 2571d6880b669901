import type { ArgumentValue } from './deployment.ts';
import type { Quantity } from './quantity.ts';

/**
 * `fits`: starts and serves, even at the pessimistic end. `tight`: the interval straddles the limit.
 * `degraded`: starts with less than asked for. `fails`: does not start or dies, even at the optimistic end.
 * `unknown`: a fact is missing.
 */
export const VERDICTS = ['fits', 'tight', 'degraded', 'fails', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Where a start-up fails, in the order in which an engine meets them. */
export const STAGES = ['arguments', 'free_memory', 'load', 'profile', 'kv_cache', 'graph_capture', 'serving'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Memory of the fullest GPU of the deployment, in bytes unless the name says otherwise.
 * weights + drafter + kvCache + activation + cudaGraph + nonTorch + outsideBudget + free = total + released, where a negative
 * kvCache, which no engine allocates, counts as 0.
 */
export interface Memory {
  /** What CUDA reports as the card's total. */
  readonly totalBytes: Quantity;
  /** What the engine allows itself (vLLM: `ceil(total × gpu_memory_utilization)`). */
  readonly budgetBytes: Quantity;
  readonly weightsBytes: Quantity;
  readonly drafterBytes: Quantity;
  readonly activationBytes: Quantity;
  /**
   * Activation less what a step under load takes: torch.compile's benchmark, which only the profile takes; negative where
   * serving takes more than the profile (verification of drafts). Mostly 0.
   */
  readonly releasedBytes: Quantity;
  /** Captured graphs, whether or not this version charges them to the budget. */
  readonly cudaGraphBytes: Quantity;
  readonly nonTorchBytes: Quantity;
  /** Taken outside the budget: CUDA context, communicators, workspaces and sampler buffers that the engine does not count. */
  readonly outsideBudgetBytes: Quantity;
  /** Available for the KV cache; negative when the rest already exceeds the budget. */
  readonly kvCacheBytes: Quantity;
  /** Needed for one request of max_model_len. */
  readonly kvCacheNeededBytes: Quantity;
  /** As the engine logs it ('GPU KV cache size'), by the version's own formula. */
  readonly kvCacheTokens: Quantity;
  /** As the engine logs it ('Maximum concurrency'), in requests of max_model_len. */
  readonly maxConcurrency: Quantity;
  /** Longest max_model_len (tokens) whose one request fits; 0 when none does. */
  readonly maxModelLenThatFits: Quantity;
  /** Everything but what stays free. */
  readonly peakBytes: Quantity;
  /** total − peak; negative when memory runs out. */
  readonly freeBytes: Quantity;
}

/** What an engine says about one deployment on one target. */
export interface Estimate {
  readonly verdict: Verdict;
  /** The first stage that fails or is in doubt; null when it fits. */
  readonly stage: Stage | null;
  /** What the engine prints where it stops, with the figures filled in, or what happens or is not known; null when it fits. */
  readonly message: string | null;
  /** Whether `message` is the engine's own text. */
  readonly quotesEngine: boolean;
  /** Null when the verdict is `unknown`, or when the engine refuses the arguments before any memory is spent. */
  readonly memory: Memory | null;
  /** One line per figure that a reader can follow, with its source. */
  readonly working: Readonly<Partial<Record<keyof Memory, string>>>;
  /** Arguments after defaults: what the engine would really use. */
  readonly effective: Readonly<Record<string, ArgumentValue>>;
  /** GPUs that one replica takes (TP × PP × DP on one node set). */
  readonly gpusNeeded: number;
  /** Assumptions said aloud: unknown version, approximate architecture, ignored argument. */
  readonly notes: readonly string[];
}

/**
 * An estimate without figures: what an engine refuses, or what is not known.
 * @param quotesEngine whether the message is the engine's own text; a refusal's is unless that is said.
 */
export function withoutMemory(
  verdict: 'fails' | 'unknown',
  message: string,
  gpusNeeded = 1,
  quotesEngine = verdict === 'fails',
): Estimate {
  return {
    verdict,
    stage: verdict === 'fails' ? 'arguments' : null,
    message,
    quotesEngine,
    memory: null,
    working: {},
    effective: {},
    gpusNeeded,
    notes: [],
  };
}
