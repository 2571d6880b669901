import fc from 'fast-check';
import type { Engine, Workload } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import type { Estimate } from '../../src/estimate.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { everyTarget } from '../../src/hardware/survey.ts';
import { asGguf } from '../../src/models/gguf/model.ts';
import { bounded, type FuzzTarget, promise } from '../fuzz/target.ts';
import { leftOver } from './other-engines.ts';
import { models } from './vllm/catalogue.ts';

const targets = everyTarget(loadHardware());

const ids = engines.map(({ id }) => id);

/** A launch of any engine (by its id, so that a failure prints short): its levers at values that people write. */
const launch = fc.record({
  engineId: fc.constantFrom(...ids),
  modelId: fc.constantFrom(...models.ids.filter((id) => models.find(id) !== null)),
  target: fc.constantFrom(...targets),
  count: fc.constantFrom(null, 1, 2, 8),
  turns: fc.array(
    fc.tuple(
      fc.nat(),
      fc.constantFrom<number | string | boolean>(
        0.5,
        0.9,
        0.95,
        1,
        4,
        16,
        256,
        2048,
        32_768,
        131_072,
        'fp8',
        'auto',
        true,
      ),
    ),
    { maxLength: 4 },
  ),
});

type Drawn = typeof launch extends fc.Arbitrary<infer T> ? T : never;

/** Engines whose models are files of GGUF. */
const OF_FILES = new Set(['llamacpp', 'ollama']);

interface Asked {
  readonly engine: Engine;
  readonly workload: Workload;
}

function asked({ engineId, modelId, target, count, turns }: Drawn): Asked {
  const engine = engines.find(({ id }) => id === engineId);
  const found = models.find(modelId);
  if (!engine || !found) throw new Error('no such engine or model');
  const model = OF_FILES.has(engineId) && found.architecture.quantization === null ? asGguf(found, 'Q4_K_M') : found;
  const args = Object.fromEntries(
    turns.map(([at, value]) => [engine.knobs[at % engine.knobs.length]?.argument ?? 'none', value] as const),
  );
  return {
    engine,
    workload: {
      engineVersion: null,
      arguments: args,
      environment: {},
      model,
      drafter: null,
      target: { ...target, count },
    },
  };
}

/**
 * Arguments with what an engine makes of the card's size held at what it is on the smaller one. Ollama takes a longer
 * context on a larger card (server/routes.go), unless it is told one that it can read. SGLang keeps a row of its whole
 * context for each request that half the pool's tokens allow, outside its budget: a card that is larger by 1 GiB may take
 * 1.3 GiB more (srt/mem_cache/kv_cache_configurator.py resolve_max_num_reqs).
 */
function settled(args: Workload['arguments'], { effective }: Estimate, id: string): Workload['arguments'] {
  if (id === 'ollama') {
    const told = args['num_ctx'];
    return { ...args, num_ctx: typeof told === 'number' && Number.isInteger(told) ? told : 8192 };
  }
  const [requests, tokens] = [effective['max_running_requests'], effective['max_total_num_tokens']];
  if (typeof requests !== 'number' || typeof tokens !== 'number') return args;
  return { ...args, max_running_requests: Math.max(1, Math.min(requests, Math.floor(tokens / 2))) };
}

/** What holds for every engine, whatever it is asked. */
export const engineTargets: readonly FuzzTarget[] = [
  {
    name: 'engine-parts',
    property: bounded(fc.tuple(launch), ([one]) => {
      const { engine, workload } = asked(one);
      const { memory, stage } = engine.estimate(workload);
      promise(stage !== 'arguments' || memory === null, 'there are figures where the arguments are refused');
      promise(memory === null || Math.abs(leftOver(memory)) <= 16, 'the parts do not add up to the card');
    }),
  },
  {
    name: 'engine-degraded',
    property: bounded(fc.tuple(launch), ([one]) => {
      const { engine, workload } = asked(one);
      const { verdict, message } = engine.estimate(workload);
      const says = /\d+[ \w)]* tokens|reduced from \d+ to \d+|layers|CPU|experts/.test(message ?? '');
      promise(verdict !== 'degraded' || says, `it does not say with what less it starts: ${message}`);
    }),
  },
  {
    name: 'engine-larger-card',
    property: bounded(fc.tuple(launch, fc.constantFrom(0.5, 2, 16, 64)), ([one, more]) => {
      const { engine, workload } = asked(one);
      const on = (bytes: number, args: Workload['arguments']): Estimate =>
        engine.estimate({ ...workload, arguments: args, target: { ...workload.target, visibleBytes: bytes } });
      const { visibleBytes } = workload.target.gpu;
      const args = settled(workload.arguments, on(visibleBytes, workload.arguments), engine.id);
      if (on(visibleBytes, args).verdict !== 'fits') return;
      const { verdict, message } = on(visibleBytes + more * 2 ** 30, args);
      promise(verdict === 'fits', `it fits, and with ${more} GiB more it is ${verdict}: ${message}`);
    }),
  },
  {
    name: 'engine-shorter-request',
    property: bounded(
      fc.tuple(launch, fc.constantFrom(2048, 8192, 32_768), fc.constantFrom(2, 4)),
      ([one, tokens, times]) => {
        const { engine, workload } = asked(one);
        const { lengthArgument } = engine;
        if (lengthArgument === undefined) return;
        const at = (length: number, budget: Workload['arguments'] = {}): Estimate =>
          engine.estimate({ ...workload, arguments: { ...workload.arguments, ...budget, [lengthArgument]: length } });
        const longer = at(tokens * times);
        const alone = at(tokens);
        // SGLang on AMD takes 0.85 of its fraction, a written one too, above 8,192 tokens (srt/server_args.py): the budget
        // of the longer one for both.
        const fraction = longer.effective['mem_fraction_static'];
        const sameBudget = fraction === undefined || fraction === alone.effective['mem_fraction_static'];
        const shorter = sameBudget ? alone : at(tokens, { mem_fraction_static: fraction });
        promise(
          longer.verdict !== 'fits' || shorter.verdict === 'fits',
          `${tokens * times} tokens fit, and ${tokens} are ${shorter.verdict}: ${shorter.message}`,
        );
        if (!shorter.memory || !longer.memory) return;
        const [less, more] = [shorter, longer].map(({ memory }) => memory?.kvCacheNeededBytes.value ?? 0);
        promise((more ?? 0) >= (less ?? 0), `${tokens * times} tokens need ${more} bytes, and ${tokens} need ${less}`);
      },
    ),
  },
  {
    name: 'engine-fits',
    property: bounded(fc.tuple(launch), ([one]) => {
      const { engine, workload } = asked(one);
      const { verdict, memory, message, stage } = engine.estimate(workload);
      if (verdict === 'fits') {
        promise(stage === null, `it fits, and fails at ${stage}`);
        promise(memory === null || memory.freeBytes.low >= 0, 'it fits, and may take more than the GPU has');
        promise(
          memory === null || memory.kvCacheBytes.low >= memory.kvCacheNeededBytes.low,
          'it fits, and may not hold one request',
        );
      } else promise(/\S+ \S+/.test(message ?? ''), `it is ${verdict}, and says nothing`);
      for (const [name, { low, value, high }] of Object.entries(memory ?? {})) {
        promise([low, value, high].every(Number.isFinite), `${name} is ${low} ${value} ${high}`);
        promise(low <= value && value <= high, `${name} lies outside its interval`);
      }
    }),
  },
];
