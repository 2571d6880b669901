import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);
const row = modelData.models.find(({ ids }) => ids.includes('google/gemma-3n-E4B-it'));
const config = modelData.configs[row?.config ?? -1] as Readonly<Record<string, unknown>>;

function found(id: string): Architecture {
  const architecture = models.find(id)?.architecture;
  if (!architecture) throw new Error(`${id} is not computed`);
  return architecture;
}

describe('Gemma 3n', () => {
  it('has what is stated for E4B to the last parameter', () => {
    // llmfit data/hf_models.json: 7,849,978,192 of lmstudio-community/gemma-3n-E4B-it-MLX-bf16, and 8,387,373,392 of
    // unsloth/gemma-3n-E4B-it with a copy of the table as its head, both from their safetensors.
    const { total, tiedCopy } = parametersOf(found('google/gemma-3n-E4B-it'));
    expect(total).toBe(7_849_978_192);
    expect(total + tiedCopy).toBe(8_387_373_392);
  });

  it('has the 5.44 billion that the Hub lists for E2B', () => {
    expect((parametersOf(found('google/gemma-3n-E2B-it')).total / 1e9).toFixed(2)).toBe('5.44');
  });

  it('keeps nothing for the last layers, which read the cache of the layer before of their kind', () => {
    const { layers } = found('google/gemma-3n-E4B-it');
    const window = { kind: 'sliding', windowTokens: 512, kvHeads: 2, keyDim: 256, valueDim: 256 };
    const full = { kind: 'full', kvHeads: 2, keyDim: 256, valueDim: 256 };
    expect(layers.slice(0, 20).map(({ caches }) => caches)).toEqual(
      Array.from({ length: 20 }, (_, index) => [index % 5 === 4 ? full : window]),
    );
    expect(layers.slice(20).flatMap(({ caches }) => caches)).toEqual([]);
  });

  it('reads the width of every layer where config.json lists them', () => {
    const text = { ...(config['text_config'] as object), intermediate_size: [8192, 16_384] };
    const made = architectureOf({ ...text, num_hidden_layers: 2, num_kv_shared_layers: 0 });
    if ('problem' in made) throw new Error(made.problem);
    const widths = made.layers.map(({ tensors }) => tensors.find(({ name }) => name === 'mlp.down_proj')?.columns);
    expect(widths).toEqual([8192, 16_384]);
    expect(made.intermediateSize).toBe(16_384);
  });

  it('is refused with another tower than the one that timm calls mobilenetv5_300m_enc', () => {
    const vision = { ...(config['vision_config'] as object), architecture: 'mobilenetv6' };
    const refused = architectureOf({ ...config, vision_config: vision });
    expect('problem' in refused ? refused.problem : '').toContain('vision tower');
  });
});
