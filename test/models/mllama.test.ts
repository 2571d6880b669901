import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);

describe('Llama 3.2 Vision', () => {
  it.each([
    // llmfit data/hf_models.json, from the safetensors of the models.
    ['meta-llama/Llama-3.2-11B-Vision-Instruct', 10_670_220_835],
    ['meta-llama/Llama-3.2-90B-Vision-Instruct', 88_593_355_323],
  ])('%s has what is stated to the last parameter', (id, stated) => {
    const architecture = models.find(id)?.architecture;
    expect(architecture && parametersOf(architecture).total).toBe(stated);
  });

  it('attends to 4 tiles of 1,601 patches in every fifth layer, and keeps nothing else there', () => {
    const layers = models.find('meta-llama/Llama-3.2-11B-Vision')?.architecture.layers ?? [];
    const kept = { kvHeads: 8, keyDim: 128, valueDim: 128 };
    expect(layers.map(({ caches }) => caches)).toEqual(
      Array.from({ length: 40 }, (_, index) =>
        index % 5 === 3 ? [{ kind: 'cross', ...kept, encoderTokens: 6404 }] : [{ kind: 'full', ...kept }],
      ),
    );
  });

  it('is refused without the sizes of a picture', () => {
    const row = modelData.models.find(({ ids }) => ids.includes('meta-llama/Llama-3.2-11B-Vision'));
    const config = modelData.configs[row?.config ?? -1] as Readonly<Record<string, unknown>>;
    const refused = architectureOf({ ...config, vision_config: { hidden_size: 1280 } });
    expect('problem' in refused ? refused.problem : '').toContain('max_num_tiles');
  });
});
