import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const mamba = { mamba_d_head: 64, mamba_d_state: 128, mamba_n_groups: 1, mamba_d_conv: 4 };
const falcon = {
  ...mamba,
  architectures: ['FalconH1ForCausalLM'],
  model_type: 'falcon_h1',
  hidden_size: 1024,
  intermediate_size: 2048,
  num_hidden_layers: 36,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 64,
  mamba_d_ssm: 1536,
  mamba_n_heads: 24,
  mamba_rms_norm: false,
  vocab_size: 32_784,
  tie_word_embeddings: false,
  max_position_embeddings: 16_384,
};
const bamba = {
  ...mamba,
  model_type: 'bamba',
  hidden_size: 4096,
  intermediate_size: 14_336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  mamba_n_heads: 128,
  attn_layer_indices: [9, 18, 27],
  vocab_size: 128_256,
};

function problemOf(config: object): string {
  const made = architectureOf(config);
  return 'problem' in made ? made.problem : '';
}

describe('models that keep states beside their keys and values', () => {
  it('counts Falcon H1 to the last parameter: attention, states and an MLP in every layer', () => {
    const made = architectureOf(falcon);
    if ('problem' in made) throw new Error(made.problem);
    // llmfit data/hf_models.json: the safetensors of tiiuae/Falcon-H1-0.5B-Base.
    expect(parametersOf(made).total).toBe(521_411_104);
    expect(made.layers.map(({ caches }) => caches.map(({ kind }) => kind))).toEqual(
      Array.from({ length: 36 }, () => ['full', 'state']),
    );
  });

  it('finds the attention of Bamba where attn_layer_indices names it', () => {
    const made = architectureOf(bamba);
    if ('problem' in made) throw new Error(made.problem);
    // The model card of ibm-ai-platform/Bamba-9B-v1: 9.78 B parameters, 3 layers of attention.
    expect((parametersOf(made).total / 1e9).toFixed(2)).toBe('9.78');
    const attending = made.layers.flatMap(({ caches }, index) => (caches[0]?.kind === 'full' ? [index] : []));
    expect(attending).toEqual([9, 18, 27]);
  });
});

describe('parts that nothing reads', () => {
  it('refuses a model whose config.json holds one more stack of layers', () => {
    const speech = {
      model_type: 'granite_speech',
      text_config: { ...bamba, model_type: 'granite' },
      encoder_config: { model_type: 'granite_speech_encoder', hidden_dim: 1024, num_layers: 16 },
    };
    expect(problemOf(speech)).toBe('Headroom cannot compute the encoder_config of a granite_speech model yet.');
  });

  it('refuses towers that config.json only names, or does not mention', () => {
    expect(
      problemOf({ ...bamba, model_type: 'llava_mistral', mm_vision_tower: 'openai/clip-vit-large-patch14-336' }),
    ).toBe('Headroom cannot compute the towers of a llava_mistral model yet.');
    expect(problemOf({ ...bamba, model_type: 'molmo' })).toBe(
      'Headroom cannot compute the towers of a molmo model yet.',
    );
  });

  it('refuses layers whose kind it does not know, in a family that it does not know', () => {
    const layers = { layers_block_type: ['mamba', 'hybrid'], num_hidden_layers: 2 };
    expect(problemOf({ ...bamba, ...layers, model_type: 'zamba2' })).toBe(
      'Headroom cannot compute the layers that a zamba2 model calls hybrid yet.',
    );
  });

  it('refuses states that no layer is said to keep', () => {
    const { attn_layer_indices: _, ...config } = bamba;
    expect(problemOf({ ...config, model_type: 'plamo2' })).toMatch(/^Headroom cannot tell which layers of a plamo2/);
  });

  it('computes settings that are no stack of layers', () => {
    expect(problemOf({ ...falcon, speech_config: { sampling_rate: 16_000 } })).toBe('');
  });
});
