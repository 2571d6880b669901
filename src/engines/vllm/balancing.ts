import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import type { Launch } from './launch.ts';
import type { Stage } from './stages.ts';
import { storageOf } from './storage.ts';
import { tensorBytes } from '../stored-tensors.ts';
import { has } from './versions.ts';

/** Load balancing of experts (`--enable-eplb`), which copies and moves them while the engine serves. */
export interface Balancing {
  readonly enabled: boolean;
  readonly redundantExperts: number;
  /** Steps whose loads are kept. */
  readonly windowSteps: number;
}

/** vLLM config/parallel.py EPLBConfig. */
const WINDOW_STEPS = 1000;

export function balancingOf(reader: ArgumentReader): Balancing {
  const config = readArguments(reader.object('eplb_config') ?? {});
  return {
    enabled: reader.flag('enable_eplb') === true,
    redundantExperts: config.integer('num_redundant_experts', 0) ?? reader.integer('num_redundant_experts', 0) ?? 0,
    windowSteps: config.integer('window_size', 1) ?? reader.integer('eplb_window_size', 1) ?? WINDOW_STEPS,
  };
}

/** vLLM config/parallel.py; engine/arg_utils.py before there was an `eplb_config`. */
export function balancingRefusal({ balancing, parallelism, version }: Launch, reader: ArgumentReader): string | null {
  const { enabled, redundantExperts } = balancing;
  if (enabled) {
    if (!has(version, 'balancingConfig')) return null;
    if (reader.flag('enable_expert_parallel') !== true) return 'enable_expert_parallel must be True to use EPLB.';
    if (parallelism.tensor * parallelism.data > 1) return null;
    return 'EPLB requires tensor_parallel_size or data_parallel_size to be greater than 1, but got TP=1,DP=1.';
  }
  if (redundantExperts === 0) return null;
  if (!has(version, 'balancingConfig')) return `num_redundant_experts should be used with EPLB.${redundantExperts}.`;
  return (
    `num_redundant_experts is set to ${redundantExperts} but EPLB is not enabled. Either enable EPLB or unset ` +
    'num_redundant_experts.'
  );
}

/** What balancing takes when the weights are loaded, or, before 0.20, right after (v1/worker/gpu_model_runner.py load_model). */
export function balancingBytes(launch: Launch, stage: Stage, when: 'loading' | 'after'): number {
  const whileLoading = has(launch.version, 'balancingWhileLoading');
  return whileLoading === (when === 'loading') ? keptBytes(launch, stage) : 0;
}

/**
 * What one rank keeps for balancing, in bytes: room for the experts of one layer on their way, and the load of every
 * expert in the steps of the window, 32 bits each (vLLM distributed/eplb/eplb_state.py expert_buffer,
 * expert_load_window; rebalance_execute.py makes the room when it needs it before 0.12).
 */
function keptBytes(launch: Launch, stage: Stage): number {
  const { architecture, balancing } = launch;
  if (!balancing.enabled || !architecture.moe) return 0;
  const sparse = stage.layers.filter(({ tensors }) => tensors.some(({ role }) => role === 'experts'));
  const [first] = sparse;
  if (!first) return 0;
  const storage = storageOf(launch, launch.quantization, launch.parallelism);
  const experts = first.tensors.filter(({ role }) => role === 'experts');
  const loads = balancing.windowSteps * sparse.length * (architecture.moe.experts + balancing.redundantExperts) * 4;
  return tensorBytes(experts, storage, `layers.${stage.start + stage.layers.indexOf(first)}.`) + loads;
}
