import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { everyTarget } from '../../src/hardware/survey.ts';
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
      fc.constantFrom<number | string | boolean>(0.5, 0.9, 0.95, 1, 4, 16, 256, 2048, 32_768, 131_072, 'fp8', 'auto', true),
    ),
    { maxLength: 4 },
  ),
});

describe('every engine, whatever it is asked', () => {
  it('calls nothing fitting that may take more than the GPU has, or that cannot hold one request', () => {
    fc.assert(
      fc.property(launch, ({ engineId, modelId, target, count, turns }) => {
        const engine = engines.find(({ id }) => id === engineId);
        const model = models.find(modelId);
        if (!engine || !model) throw new Error('no such engine or model');
        const args = Object.fromEntries(
          turns.map(([at, value]) => [engine.knobs[at % engine.knobs.length]?.argument ?? 'none', value] as const),
        );
        const workload = { engineVersion: null, arguments: args, environment: {}, model, drafter: null };
        const estimate = engine.estimate({ ...workload, target: { ...target, count } });
        const { verdict, memory, message, stage } = estimate;
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
