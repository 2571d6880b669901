import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);

const small = {
  architectures: ['Phi3VForCausalLM'],
  hidden_size: 64,
  img_processor: { image_dim_out: 1024, name: 'clip_vision_model', num_img_tokens: 144 },
  intermediate_size: 128,
  model_type: 'phi3_v',
  num_attention_heads: 4,
  num_hidden_layers: 2,
  num_key_value_heads: 4,
  vocab_size: 1000,
};

describe('Phi-3 Vision (vLLM model_executor/models/phi3v.py)', () => {
  it('is its checkpoint without the last layer of CLIP and the norm after it, to the element', () => {
    const architecture = models.find('microsoft/Phi-3-vision-128k-instruct')?.architecture;
    const layer = 4 * (1024 ** 2 + 1024) + 2 * 2 * 1024 + (4096 * 1024 + 4096) + (1024 * 4096 + 1024);
    // 4,146,621,440 elements in the safetensors (test/models/parameters.jsonl).
    expect(architecture && parametersOf(architecture).total).toBe(4_146_621_440 - layer - 2 * 1024);
  });

  it('makes of a picture one crop wide and sixteen high 2,653 tokens, of seventeen pictures of 577 rows', () => {
    const architecture = architectureOf(small);
    // Twelve rows of twelve and a separator for each crop and the whole, one between them.
    const tokens = 17 * 12 * (12 + 1) + 1;
    expect('encoders' in architecture && architecture.encoders.map(({ depth, items }) => [depth, items])).toEqual([
      [23, [{ modality: 'image', tokens, patches: 17 * 577, mostParts: 1 }]],
    ]);
  });

  it('loads CLIP up to the layer that the config names', () => {
    const depthOf = (layer_idx: number): unknown => {
      const architecture = architectureOf({ ...small, img_processor: { ...small.img_processor, layer_idx } });
      return 'encoders' in architecture && architecture.encoders[0]?.depth;
    };
    expect([-1, -2, 0, 11].map(depthOf)).toEqual([24, 23, 1, 12]);
  });

  it('is refused with another tower', () => {
    expect(architectureOf({ ...small, img_processor: { name: 'siglip' } })).toHaveProperty(
      'problem',
      'Headroom cannot compute the vision tower of a phi3_v model yet.',
    );
  });
});
