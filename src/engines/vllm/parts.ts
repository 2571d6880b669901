import { add, exactly, type Quantity } from '../../quantity.ts';
import type { Target } from '../../hardware/gpu.ts';
import { activationOf, type Activation } from './activations.ts';
import { balancingBytes } from './balancing.ts';
import { cachesOfModel, cachesOfStage, statesOfV0 } from './cache-layers.ts';
import { graphBytes } from './graph-memory.ts';
import type { KvLayout, KvRules } from './kv-cache.ts';
import { kvLayout } from './kv-layout.ts';
import type { Launch } from './launch.ts';
import { chargesRunnerState, lateBytes, runnerStateBytes } from './late-memory.ts';
import { initialBytes, nonTorchGrowth } from './non-torch.ts';
import { chargesDescriptors, descriptorBytes } from './descriptors.ts';
import { prefetchBufferBytes } from './offload.ts';
import { spreadOf, weightsKeys } from './residuals.ts';
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
  /** Growth outside PyTorch. */
  readonly growth: Quantity;
  /** What the driver keeps for tensor descriptors, where the profiler sees it. */
  readonly descriptors: Quantity;
  /** Both and, where it is charged, the runner's own state. */
  readonly nonTorch: Quantity;
  /** In use before the engine's baseline. */
  readonly initial: Quantity;
  readonly others: number;
  /** Allocated after the cache was sized, and state that the profiler does not see. */
  readonly late: Quantity;
  /** What nothing takes before the first prompt. */
  readonly firstPrompt: Quantity;
  readonly layout: KvLayout | null;
}

export function partsOf(launch: Launch, stage: Stage, target: Target, rules: KvRules): StageParts {
  const stored = weightsOf(launch, stage);
  const caches = cachesOfStage(launch, stage);
  const layout = kvLayout(caches, rules, stage.first && stage.last ? caches : cachesOfModel(launch));
  const state = runnerStateBytes(launch) + prefetchBufferBytes(launch, stage) + balancingBytes(launch, stage, 'after');
  const charged = chargesRunnerState(launch);
  const growth = nonTorchGrowth(launch, stage.last);
  const descriptors = descriptorBytes(launch);
  const warmed = chargesDescriptors(launch);
  const drafted = stage.last ? drafterBytes(launch) : exactly(0);
  const activation = activationOf(launch, stage);
  // V0 counts its own model's weights and what PyTorch does not hold: a proposer's weights are neither (0.7 and on).
  const unseen = launch.runner === 'v0' && has(launch.version, 'torchMemoryApart');
  return {
    stage,
    stored,
    layout,
    weights: spreadOf('weights', weightsKeys(launch), stored.model),
    drafter: unseen ? exactly(0) : drafted,
    activation,
    graphs: graphBytes(launch, stage),
    growth,
    descriptors: warmed ? descriptors : exactly(0),
    nonTorch: add(
      growth,
      warmed ? descriptors : exactly(0),
      exactly((charged ? state : 0) + statesOfV0(launch, stage), 'formula'),
    ),
    initial: initialBytes(launch),
    others: Math.round(target.takenByOthersBytes),
    late: add(lateBytes(launch, layout), exactly((charged ? 0 : state) + (unseen ? drafted.high : 0), 'formula')),
    firstPrompt: warmed ? exactly(0) : descriptors,
  };
}
