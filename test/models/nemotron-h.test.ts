import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

/** transformers' NemotronHConfig.num_hidden_layers is the length of layers_block_type. */
describe('Nemotron-H without a number of layers', () => {
  it('has one per block that it lists, 550B in the largest model as its name says', () => {
    const architecture = makeModelCatalogue(modelData).find(
      'nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16',
    )?.architecture;
    expect(architecture?.layers).toHaveLength(108);
    const total = architecture ? parametersOf(architecture).total : 0;
    expect(Math.abs(total / 550e9 - 1)).toBeLessThan(0.005);
  });

  it('is refused when it lists none', () => {
    const sizes = { model_type: 'nemotron_h', hidden_size: 64, num_attention_heads: 4, vocab_size: 1000 };
    expect(architectureOf({ ...sizes, layers_block_type: [] })).toHaveProperty('problem');
    expect(architectureOf({ ...sizes, hybrid_override_pattern: '' })).toHaveProperty('problem');
  });
});
