import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { parametersOf } from '../../src/models/parameters.ts';

describe('Muse Glimmer', () => {
  const architecture = makeModelCatalogue(modelData).find('meta-models/Muse-Glimmer-30B')?.architecture;
  if (!architecture) throw new Error('not computed');

  it('has the bytes of its checkpoint: total_size 59,553,253,376 (vLLM recipes, models/meta-models/Muse-Glimmer-30B.yaml)', () => {
    expect(2 * parametersOf(architecture).total).toBe(59_553_253_376);
  });

  it('keeps three windows of 2,048 tokens to every full layer, of two heads', () => {
    const kept = { kvHeads: 2, keyDim: 128, valueDim: 128 };
    expect(architecture.layers.map(({ caches }) => caches)).toEqual(
      Array.from({ length: 52 }, (_, index) => [
        index % 4 === 3 ? { kind: 'full', ...kept } : { kind: 'sliding', windowTokens: 2048, ...kept },
      ]),
    );
  });
});
