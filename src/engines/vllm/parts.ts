import { add, between, exactly, type Quantity } from '../../quantity.ts';
import type { Layer } from '../../models/architecture.ts';
import type { Target } from '../../hardware/gpu.ts';
import { activationOf, type Activation } from './activations.ts';
import { specsOf, type CacheContext } from './cache-specs.ts';
import { graphBytes } from './graph-memory.ts';
import { kvLayout, type KvLayout, type KvRules, type SpecCount } from './kv-cache.ts';
import { dtypeBytes, type Launch } from './launch.ts';
import { chargesRunnerState, initialBytes, lateBytes, nonTorchGrowth, runnerStateBytes } from './non-torch.ts';
import { drafterBytes } from './speculation/drafter-weights.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';
import { weightsOf, type WeightBytes } from './weights.ts';

/** Everything that one rank of a stage holds, before the budget is shared out. */
export interface StageParts {
  readonly stage: Stage;
  readonly stored: WeightBytes;
  readonly weights: Quantity;
  readonly drafter: Quantity;
  readonly activation: Activation;
  readonly graphs: Quantity;
  /** Growth outside PyTorch and, where it is charged, the runner's own state. */
  readonly nonTorch: Quantity;
  /** In use before the engine's baseline. */
  readonly initial: Quantity;
  readonly others: number;
  /** Allocated after the cache was sized, and state that the profiler does not see. */
  readonly late: number;
  readonly layout: KvLayout | null;
}

/** Padding and packing that quantized layouts add or save, relative to the formula. */
const QUANTIZED_SPREAD = 0.02;
const PLAIN_SPREAD = 0.003;

export function partsOf(launch: Launch, stage: Stage, target: Target, rules: KvRules): StageParts {
  const stored = weightsOf(launch, stage);
  const layout = kvLayout(specCounts(launch, stage), rules);
  const state = runnerStateBytes(launch);
  const charged = chargesRunnerState(launch);
  const growth = nonTorchGrowth(launch, stage.last);
  const drafted = stage.last ? drafterBytes(launch) : exactly(0);
  // V0 counts its own model's weights and what PyTorch does not hold: a proposer's weights are neither (0.7 and on).
  const unseen = launch.runner === 'v0' && has(launch.version, 'torchMemoryApart');
  return {
    stage,
    stored,
    layout,
    weights: stretched(stored.model, launch.quantization ? QUANTIZED_SPREAD : PLAIN_SPREAD),
    drafter: unseen ? exactly(0) : drafted,
    activation: activationOf(launch, stage),
    graphs: graphBytes(launch, stage),
    nonTorch: charged ? add(growth, exactly(state, 'formula')) : growth,
    initial: initialBytes(launch),
    others: Math.round(target.takenByOthersBytes),
    late: Math.round(lateBytes(launch, layout) + (charged ? 0 : state) + (unseen ? drafted.high : 0)),
  };
}

function stretched(bytes: number, spread: number): Quantity {
  const value = Math.round(bytes);
  return between(Math.floor(value * (1 - spread)), value, Math.ceil(value * (1 + spread)), 'formula');
}

/** Caches of the layers of a stage, the drafter's beside those of the last one, counted by equal layer. */
function specCounts(launch: Launch, stage: Stage): readonly SpecCount[] {
  const counts = new Map<Layer, number>();
  for (const layer of stage.layers) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  const context = cacheContext(launch);
  const specs = expand(counts, context);
  const { speculation } = launch;
  if (!stage.last || !speculation?.keepsKvCache) return specs;
  const drafted = new Map<Layer, number>();
  for (const layer of speculation.layers) drafted.set(layer, (drafted.get(layer) ?? 0) + 1);
  const { tensorParallelSize, kvCacheDtype } = speculation;
  return [...specs, ...expand(drafted, { ...context, tensorParallelSize, kvDtype: kvCacheDtype ?? context.kvDtype })];
}

function expand(counts: ReadonlyMap<Layer, number>, context: CacheContext): SpecCount[] {
  const specs: SpecCount[] = [];
  for (const [layer, layers] of counts) {
    for (const cache of layer.caches) for (const spec of specsOf(cache, context)) specs.push({ spec, layers });
  }
  return specs;
}

function cacheContext(launch: Launch): CacheContext {
  const capability = Number.parseFloat(launch.gpu.computeCapability ?? '0');
  const quantizedCache = launch.kvCacheDtype.startsWith('fp8');
  const conv = dtypeBytes(launch.mambaCacheDtype);
  return {
    tensorParallelSize: launch.parallelism.tensor,
    elementBytes: launch.elementBytes,
    kvDtype: launch.kvCacheDtype,
    convElementBytes: conv,
    stateElementBytes: dtypeBytes(launch.mambaStateDtype),
    speculativeTokens: launch.speculation?.tokens ?? 0,
    latentBlockTokens: capability >= 10 && capability < 12 ? 128 : capability === 9 && quantizedCache ? 64 : 16,
    skipSliding: launch.skipSlidingDtype,
  };
}

/** How this launch's version lays out and counts the KV cache. */
export function kvRules(launch: Launch): KvRules {
  const { version, runner, parallelism, maxNumBatchedTokens: batch } = launch;
  const { pipeline } = parallelism;
  const batches = pipeline === 1 ? 2 : pipeline + (runner === 'v2' ? 1 : 0);
  return {
    version,
    engine: runner,
    blockSize: launch.blockSize,
    hybridDisabled: launch.hybridDisabled,
    chunkedLocalAllowed: launch.environment['VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE'] === '1',
    decodeContext: parallelism.decodeContext,
    inFlightTokens: has(version, 'windowHoldsBatches') ? batches * batch : batch,
    speculativeTokens: launch.speculation?.tokens ?? 0,
    mambaCacheMode: launch.mambaCacheMode,
  };
}
