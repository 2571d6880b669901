import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine, Workload } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { everyTarget } from '../../src/hardware/survey.ts';
import { leftOver } from './other-engines.ts';
import { asGguf } from '../../src/models/gguf-model.ts';
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

/** Engines whose models are files of GGUF. */
const OF_FILES = new Set(['llamacpp', 'ollama']);

interface Asked {
  readonly engine: Engine;
  readonly workload: Workload;
}

function asked({
  engineId,
  modelId,
  target,
  count,
  turns,
}: typeof launch extends fc.Arbitrary<infer T> ? T : never): Asked {
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

/** Ollama takes a longer context on a larger card (server/routes.go), unless it is told one that it can read. */
function withContext(args: Workload['arguments']): Workload['arguments'] {
  const told = args['num_ctx'];
  return { ...args, num_ctx: typeof told === 'number' && Number.isInteger(told) ? told : 8192 };
}

describe('every engine, whatever it is asked', () => {
  it('states parts that add up to the card, and no figures where the arguments are refused', () => {
    fc.assert(
      fc.property(launch, (one) => {
        const { engine, workload } = asked(one);
        const { memory, stage } = engine.estimate(workload);
        expect(stage === 'arguments' ? memory : null).toBeNull();
        expect(memory === null ? 0 : Math.abs(leftOver(memory))).toBeLessThanOrEqual(16);
      }),
      { numRuns: 600 },
    );
  });

  it('says with what less it starts where it is degraded', () => {
    fc.assert(
      fc.property(launch, (one) => {
        const { engine, workload } = asked(one);
        const { verdict, message } = engine.estimate(workload);
        if (verdict !== 'degraded') return;
        expect(message).toMatch(/\d+[ \w)]* tokens|reduced from \d+ to \d+|layers|CPU|experts/);
      }),
      { numRuns: 600 },
    );
  });

  it('still fits on a card with more memory, once its length is settled', () => {
    fc.assert(
      fc.property(launch, fc.constantFrom(0.5, 2, 16, 64), (one, more) => {
        const { engine, workload } = asked(one);
        const settled = engine.id === 'ollama' ? withContext(workload.arguments) : workload.arguments;
        const on = (bytes: number) =>
          engine.estimate({ ...workload, arguments: settled, target: { ...workload.target, visibleBytes: bytes } });
        const { visibleBytes } = workload.target.gpu;
        if (on(visibleBytes).verdict !== 'fits') return;
        expect(on(visibleBytes + more * 2 ** 30).verdict).toBe('fits');
      }),
      { numRuns: 600 },
    );
  });

  it('needs no less for a longer request, and fits with a shorter one where it does with a longer', () => {
    fc.assert(
      fc.property(launch, fc.constantFrom(2048, 8192, 32_768), fc.constantFrom(2, 4), (one, tokens, times) => {
        const { engine, workload } = asked(one);
        const { lengthArgument } = engine;
        if (lengthArgument === undefined) return;
        const at = (length: number, budget: Workload['arguments'] = {}) =>
          engine.estimate({ ...workload, arguments: { ...workload.arguments, ...budget, [lengthArgument]: length } });
        const longer = at(tokens * times);
        const alone = at(tokens);
        // SGLang on AMD takes 0.85 of its fraction, a written one too, above 8,192 tokens (srt/server_args.py): the budget
        // of the longer one for both.
        const fraction = longer.effective['mem_fraction_static'];
        const sameBudget = fraction === undefined || fraction === alone.effective['mem_fraction_static'];
        const shorter = sameBudget ? alone : at(tokens, { mem_fraction_static: fraction });
        expect(longer.verdict === 'fits' ? shorter.verdict : 'fits').toBe('fits');
        if (!shorter.memory || !longer.memory) return;
        const needed = shorter.memory.kvCacheNeededBytes.value;
        expect(longer.memory.kvCacheNeededBytes.value).toBeGreaterThanOrEqual(needed);
      }),
      { numRuns: 600 },
    );
  });

  it('calls nothing fitting that may take more than the GPU has, or that cannot hold one request', () => {
    fc.assert(
      fc.property(launch, (one) => {
        const { engine, workload } = asked(one);
        const { verdict, memory, message, stage } = engine.estimate(workload);
        if (verdict === 'fits') {
          expect(stage).toBeNull();
          if (memory) {
            expect(memory.freeBytes.low).toBeGreaterThanOrEqual(0);
            expect(memory.kvCacheBytes.low).toBeGreaterThanOrEqual(memory.kvCacheNeededBytes.low);
          }
        } else expect(message).toMatch(/\S+ \S+/);
        if (!memory) return;
        for (const [name, { low, value, high }] of Object.entries(memory)) {
          expect([low, value, high].every(Number.isFinite), name).toBe(true);
          expect(low <= value && value <= high, name).toBe(true);
        }
      }),
      { numRuns: 1_500 },
    );
  });
});
