import type { ArgumentValue } from '../../deployment.ts';
import type { Memory } from '../../estimate.ts';
import type { BudgetArgument, Knob, KnobKind, Workload } from '../engine.ts';
import { type Settings, settingsOf } from './settings.ts';

type Candidates = (settings: Settings, workload: Workload, memory: Memory) => readonly ArgumentValue[];

/** A knob that has nothing to offer when the launch cannot be resolved at all. */
function knob(argument: string, kind: KnobKind, cost: string, candidates: Candidates): Knob {
  return {
    argument,
    kind,
    cost,
    candidates(workload, estimate) {
      const settings = settingsOf(workload);
      return 'build' in settings && estimate.memory !== null ? candidates(settings, workload, estimate.memory) : [];
    },
  };
}

/** llama-server's levers, the one that costs the user least first: batches, slots, precision of the cache, length, speed. */
export const knobs: readonly Knob[] = [
  knob('ctx_size', 'reserve', 'more of the GPU goes to the KV cache', longerLengths),
  knob('ubatch_size', 'batch', 'long prompts are read in more steps', ({ microBatch }) =>
    [512, 256, 128].filter((value) => value < microBatch),
  ),
  knob('parallel', 'concurrency', 'fewer requests run at once', ({ slots, unified }) =>
    unified ? [] : [8, 4, 2, 1].filter((value) => value < slots),
  ),
  knob('cache_type_k', 'cache_precision', 'keys lose precision', ({ keyType, flashAttention }) =>
    narrower(keyType.name, flashAttention),
  ),
  knob('cache_type_v', 'cache_precision', 'values lose precision', ({ valueType, flashAttention }) =>
    flashAttention ? narrower(valueType.name, true) : [],
  ),
  knob('ctx_size', 'context', 'shorter context', lengths),
  knob('n_cpu_moe', 'host_memory', 'experts of some layers run on the CPU, which is slower', experts),
  knob('n_gpu_layers', 'host_memory', 'some layers run on the CPU, which is much slower', layers),
];

/** `n_gpu_layers`: how many of the layers, the output counted as one, lie on the GPUs; the rest runs on the CPU. */
export const layersOnGpu: BudgetArgument = {
  argument: 'n_gpu_layers',
  step: 1,
  least: 0,
  most: ({ model }) => model.architecture.layers.length + 1,
  overfull: 'the GPU has no room for more layers',
  applies: () => true,
};

function narrower(type: string, flash: boolean): readonly ArgumentValue[] {
  if (/^(?:F32|F16|BF16)$/.test(type)) return flash ? ['q8_0', 'q4_0'] : ['q8_0'];
  return type === 'Q8_0' ? ['q4_0'] : [];
}

/** Powers of two below what is asked for, down to a context that anybody can work with. */
function lengths({ ctxSize }: Settings, { model }: Workload): readonly ArgumentValue[] {
  const now = ctxSize ?? model.architecture.context.derivedTokens;
  return [131_072, 65_536, 49_152, 32_768, 24_576, 16_384, 12_288, 8_192, 4_096].filter((value) => value < now);
}

/**
 * Where slots are too short for what is needed, not memory: lengths above what is asked for that still have room. None
 * for a launch without room, since the last of a knob's values is tried together with those of the others.
 */
function longerLengths({ ctxSize, slots }: Settings, _: Workload, memory: Memory): readonly ArgumentValue[] {
  if (ctxSize === null) return [];
  const most = memory.maxModelLenThatFits.low * Math.min(slots, memory.maxConcurrency.low);
  return [8_192, 16_384, 32_768, 65_536, 131_072, 262_144].filter((value) => value > ctxSize && value <= most);
}

/** Every few layers, the fewest first. */
function experts({ cpuMoe, overrides }: Settings, { model }: Workload): readonly ArgumentValue[] {
  const { moe, layers: all } = model.architecture;
  if (moe === null || cpuMoe === null || overrides !== null) return [];
  const step = Math.max(1, Math.round(all.length / 12));
  return Array.from({ length: 12 }, (_, at) => (at + 1) * step).filter(
    (value) => value > cpuMoe && value <= all.length,
  );
}

function layers({ gpuLayers }: Settings, { model }: Workload): readonly ArgumentValue[] {
  const all = model.architecture.layers.length;
  const now = Math.min(gpuLayers ?? all + 1, all + 1);
  const step = Math.max(1, Math.round(all / 12));
  return Array.from({ length: 11 }, (_, at) => all + 1 - (at + 1) * step).filter((value) => value > 0 && value < now);
}
