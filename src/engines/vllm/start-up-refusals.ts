import { fixedGib, pythonFloat, roundedGib } from './python-text.ts';
import type { Runner } from './runner.ts';
import { has, type EngineVersion } from './versions.ts';

const CONSERVING_MEMORY = ' See https://docs.vllm.ai/en/latest/configuration/conserving_memory/ for more details.';

/** Too little is free for the budget when the engine starts (v1/worker/utils.py request_memory; gpu_worker.py before 0.14). */
export function freeMemoryRefusal(
  freeBytes: number,
  totalBytes: number,
  utilization: number,
  budgetBytes: number,
  version: EngineVersion,
): string {
  const device = has(version, 'deviceInError') ? ' cuda:0' : '';
  return (
    `Free memory on device${device} (${roundedGib(freeBytes)}/${roundedGib(totalBytes)} GiB) on startup is less than ` +
    `desired GPU memory utilization (${pythonFloat(utilization)}, ${roundedGib(budgetBytes)} GiB). Decrease GPU memory ` +
    'utilization or reduce GPU memory used by other processes.'
  );
}

/** Nothing is left for the KV cache (v1/core/kv_cache_utils.py check_enough_kv_cache_memory). */
export function noCacheRefusal(version: EngineVersion): string {
  const advice = 'No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when initializing';
  if (has(version, 'cpuInErrors')) {
    return (
      `${advice} the engine (this flag also controls CPU memory reservation on the CPU backend, despite its name).` +
      CONSERVING_MEMORY
    );
  }
  return `${advice} the engine.${has(version, 'errorsLinkDocs') ? CONSERVING_MEMORY : ''}`;
}

/** What the engine knows when one request of max_model_len does not fit. */
export interface TooLong {
  readonly version: EngineVersion;
  readonly runner: Runner;
  readonly maxModelLen: number;
  readonly neededBytes: number;
  readonly availableBytes: number;
  /** Longest request that fits; 0: not even one token. */
  readonly longestTokens: number;
}

/** One request of max_model_len does not fit (v1/core/kv_cache_utils.py; V0: worker/worker.py raise_if_cache_size_invalid). */
export function lengthRefusal(facts: TooLong): string {
  const { version, runner, maxModelLen, longestTokens } = facts;
  if (runner === 'v0') {
    return (
      `The model's max seq len (${maxModelLen}) is larger than the maximum number of tokens that can be stored in KV ` +
      `cache (${longestTokens}). Try increasing \`gpu_memory_utilization\` or decreasing \`max_model_len\` when ` +
      'initializing the engine.'
    );
  }
  const gib = has(version, 'roundedErrors') ? roundedGib : fixedGib;
  const model = has(version, 'cpuInErrors') ? "model's" : "models's";
  const cpu = has(version, 'cpuInErrors') ? ' (which also controls CPU memory on the CPU backend)' : '';
  return (
    `To serve at least one request with the ${model} max seq len (${maxModelLen}), (${gib(facts.neededBytes)} GiB KV ` +
    `cache is needed, which is larger than the available KV cache memory (${gib(facts.availableBytes)} GiB).` +
    `${estimated(version, longestTokens)}Try increasing \`gpu_memory_utilization\`${cpu} or decreasing ` +
    `\`max_model_len\` when initializing the engine.${has(version, 'errorsLinkDocs') ? CONSERVING_MEMORY : ''}`
  );
}

/** The estimated length between two sentences, with the spaces, and in 0.8.5 and 0.9.0 the lost number, of the release. */
function estimated(version: EngineVersion, longestTokens: number): string {
  if (!has(version, 'estimatedLengthInError')) return ' ';
  const whole = ` Based on the available memory, the estimated maximum model length is ${longestTokens}.`;
  if (!has(version, 'lengthFilledIn')) return `${longestTokens > 0 ? ' Based on the available memory,' : ''}  `;
  if (longestTokens <= 0) return has(version, 'lengthErrorSpaced') ? ' ' : '  ';
  return `${whole} `;
}

/** Not even one token fits when the engine looks for the length (`--max-model-len auto`). */
export function autoFitRefusal(): string {
  return (
    'Cannot auto-fit max_model_len: not enough GPU memory available to serve even a single token. Try increasing ' +
    '`gpu_memory_utilization`.'
  );
}

/** Fewer blocks than sequences in a model with states (config/compilation.py resolve_cudagraph_mode_and_sizes). */
export function stateBlocksRefusal(maxNumSeqs: number, blocks: number): string {
  return (
    `max_num_seqs (${maxNumSeqs}) exceeds available Mamba cache blocks (${blocks}). Each decode sequence requires one ` +
    `Mamba cache block, so CUDA graph capture cannot proceed. Please lower max_num_seqs to at most ${blocks} or increase ` +
    'gpu_memory_utilization.'
  );
}

/** The sampler's warm-up is the first step that needs all of the activation memory beside the full cache. */
export function samplerOutOfMemory(rows: number): string {
  return (
    `CUDA out of memory occurred when warming up sampler with ${rows} dummy requests. Please try lowering ` +
    '`max_num_seqs` or `gpu_memory_utilization` when initializing the engine.'
  );
}
