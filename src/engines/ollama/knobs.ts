import type { Knob } from '../engine.ts';
import { settingsOf } from './settings.ts';

/** Ollama's levers, the one that costs the user least first. */
export const knobs: readonly Knob[] = [
  {
    argument: 'num_ctx',
    kind: 'reserve',
    cost: 'more of the GPU goes to the KV cache',
    candidates: (workload, { memory }) => {
      const settings = settingsOf(workload);
      if (!('build' in settings) || settings.ctxSize === null || memory === null) return [];
      const now = settings.ctxSize / settings.slots;
      return [8_192, 16_384, 32_768, 65_536, 131_072].filter(
        (value) => value > now && value <= memory.maxModelLenThatFits.low,
      );
    },
  },
  {
    argument: 'kv_cache_type',
    kind: 'cache_precision',
    cost: 'keys and values lose precision; flash attention must be on',
    candidates: (workload) => {
      const settings = settingsOf(workload);
      if (!('build' in settings) || !settings.flashAttention) return [];
      return ['q8_0', 'q4_0'].filter(
        (type) => (type === 'q8_0' ? 1 : 0.5) * 2 < (settings.keyType.bytes / settings.keyType.weights) * 1.8,
      );
    },
  },
  {
    argument: 'num_parallel',
    kind: 'concurrency',
    cost: 'fewer requests run at once',
    candidates: (workload) => {
      const settings = settingsOf(workload);
      return 'build' in settings ? [4, 2, 1].filter((value) => value < settings.slots) : [];
    },
  },
  {
    argument: 'num_ctx',
    kind: 'context',
    cost: 'shorter context',
    candidates: (workload) => {
      const settings = settingsOf(workload);
      if (!('build' in settings) || settings.ctxSize === null) return [];
      const now = settings.ctxSize / settings.slots;
      return [131_072, 65_536, 32_768, 24_576, 16_384, 12_288, 8_192, 4_096].filter((value) => value < now);
    },
  },
];
