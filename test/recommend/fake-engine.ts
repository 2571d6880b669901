import { exactly } from '../../src/quantity.ts';
import type { Engine, Workload } from '../../src/engines/engine.ts';
import type { Estimate, Memory } from '../../src/estimate.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import type { Gpu, Target } from '../../src/hardware/gpu.ts';
import { llama } from './facts.ts';

/** A GPU of so many bytes, everything else as an L4. */
export function targetOf(bytes: number, count = 1): Target {
  const l4 = loadHardware().gpus.find(({ id }) => id === 'l4-24gb') as Gpu;
  const gpu = { ...l4, id: `gpu-${bytes}`, visibleBytes: bytes, visibleLowBytes: bytes, visibleHighBytes: bytes };
  return { gpu, count, visibleBytes: null, takenByOthersBytes: 0, origin: 'matrix' };
}

export function workloadOf(args: Workload['arguments'], target: Target): Workload {
  return { engineVersion: '1.0.0', arguments: args, environment: {}, model: llama, drafter: null, target };
}

/**
 * An engine whose memory anyone can work out: 100 bytes of weights per GPU share, one byte per token of context and ten
 * per sequence. It stands for the interface, so that the search is tested without any real engine.
 */
export const fakeEngine: Engine = {
  id: 'fake',
  title: 'Fake',
  recognise: () => null,
  ownsImage: () => false,
  versionOfImage: () => null,
  packages: [],
  deviceOf: () => 'gpu',
  parseWords: () => ({ model: null, arguments: new Map(), unresolved: [], problems: [] }),
  argumentOfVariable: () => null,
  parseSettings: () => ({ model: null, arguments: new Map(), unresolved: [], problems: [] }),
  knowsArgument: () => true,
  affectsMemory: () => true,
  printArgument: (name, value) => [`--${name}`, String(value)],
  drafterOf: () => null,
  spread: (gpus) => ({ shares: gpus }),
  estimate,
  knobs: [
    { argument: 'sequences', cost: 'concurrency', candidates: () => [4, 2] },
    { argument: 'context', cost: 'context', candidates: () => [50, 20] },
    { argument: 'useless', cost: 'nothing', candidates: () => [true] },
  ],
};

function estimate({ arguments: args, target }: Workload): Estimate {
  const shares = Number(args['shares'] ?? 1);
  const weights = Math.ceil(100 / shares);
  const peak = weights + Number(args['context'] ?? 100) + 10 * Number(args['sequences'] ?? 8);
  const free = target.gpu.visibleBytes - peak;
  const zero = exactly(0);
  const memory: Memory = {
    totalBytes: exactly(target.gpu.visibleBytes),
    budgetBytes: exactly(target.gpu.visibleBytes),
    weightsBytes: exactly(weights),
    drafterBytes: zero,
    activationBytes: zero,
    releasedBytes: zero,
    cudaGraphBytes: zero,
    nonTorchBytes: zero,
    outsideBudgetBytes: zero,
    kvCacheBytes: exactly(peak - weights),
    kvCacheNeededBytes: zero,
    kvCacheTokens: zero,
    maxConcurrency: zero,
    maxModelLenThatFits: exactly(Math.max(0, free)),
    peakBytes: exactly(peak),
    freeBytes: exactly(free),
  };
  const fits = free >= 0;
  return {
    verdict: fits ? 'fits' : 'fails',
    stage: fits ? null : 'kv_cache',
    message: fits ? null : `short by ${-free}`,
    quotesEngine: false,
    memory,
    working: {},
    effective: {},
    gpusNeeded: shares,
    notes: [],
  };
}
