import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import { vllm } from '../../src/engines/vllm/index.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';
import { modelOf, targetOf } from '../engines/vllm/catalogue.ts';

// The sizes are those of the models' public config.json; the counts are those of their safetensors (llmfit
// data/hf_models.json).
const SMALL_TEXT = {
  hidden_size: 1280,
  intermediate_size: 6848,
  moe_intermediate_size: 896,
  num_hidden_layers: 12,
  num_attention_heads: 10,
  num_key_value_heads: 10,
  first_k_dense_replace: 1,
  n_routed_experts: 64,
  n_shared_experts: 2,
  num_experts_per_tok: 6,
  kv_lora_rank: null,
  q_lora_rank: null,
  qk_nope_head_dim: 0,
  qk_rope_head_dim: 0,
  v_head_dim: 0,
  vocab_size: 129_280,
  max_position_embeddings: 8192,
};
const LITE_TEXT = {
  model_type: 'deepseek_v2',
  hidden_size: 2048,
  intermediate_size: 10_944,
  moe_intermediate_size: 1408,
  num_hidden_layers: 27,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  first_k_dense_replace: 1,
  n_routed_experts: 64,
  n_shared_experts: 2,
  num_experts_per_tok: 6,
  kv_lora_rank: 512,
  q_lora_rank: null,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
  vocab_size: 102_400,
};
const SIGLIP = { layers: 27, width: 1152, patch_size: 14, image_size: 384, mlp_ratio: 3.7362 };
const BOTH = { sam_vit_b: { width: 768, layers: 12 }, 'clip-l-14-224': { width: 1024, layers: 24 } };
const grids = [
  [384, 384],
  [384, 768],
  [1152, 1152],
  [384, 3456],
];

function config(name: string, text: object, vision: object, projector: object): object {
  return {
    architectures: [name],
    model_type: 'deepseek_vl_v2',
    tile_tag: '2D',
    candidate_resolutions: grids,
    language_config: text,
    vision_config: { model_type: 'vision', ...vision },
    projector_config: { model_type: 'mlp_projector', ...projector },
  };
}

const gelu = { projector_type: 'downsample_mlp_gelu', input_dim: 1152, depth: 2, mlp_ratio: 1, downsample_ratio: 2 };
const linear = { projector_type: 'linear', n_embed: 1280 };
const tiny = config('DeepseekVLV2ForCausalLM', SMALL_TEXT, SIGLIP, { ...gelu, n_embed: 1280 });

describe('the towers of DeepSeek', () => {
  it.each([
    ['Isotr0py/deepseek-vl2-tiny', 3_370_501_440, tiny],
    [
      'deepseek-ai/deepseek-vl2-small',
      16_148_349_504,
      config('DeepseekVLV2ForCausalLM', LITE_TEXT, SIGLIP, { ...gelu, n_embed: 2048 }),
    ],
    [
      'deepseek-ai/DeepSeek-OCR',
      3_336_106_240,
      config('DeepseekOCRForCausalLM', SMALL_TEXT, { width: BOTH }, { ...linear, input_dim: 2048 }),
    ],
    [
      'deepseek-ai/DeepSeek-OCR-2',
      3_389_119_360,
      config('DeepseekOCR2ForCausalLM', SMALL_TEXT, { width: BOTH }, { ...linear, input_dim: 896 }),
    ],
  ])('%s has the values of its safetensors', (_, stated, of) => {
    const made = architectureOf(of);
    if ('problem' in made) throw new Error(made.problem);
    expect(parametersOf(made).total).toBe(stated);
    expect(made.approximations).toEqual([]);
  });

  it('profiles the candidate resolution with the most tokens, as vLLM does', () => {
    const made = architectureOf(tiny);
    if ('problem' in made) throw new Error(made.problem);
    // get_num_image_tokens: 14 × 15 of the whole, one between, and of the tiles (1 × 14) × (9 × 14 + 1) at 384 × 3456,
    // (3 × 14) × (3 × 14 + 1) at 1152 × 1152.
    expect(made.encoders.flatMap(({ items }) => items)).toMatchObject([
      { modality: 'image', tokens: 210 + 42 * 43 + 1, patches: 10 * 27 * 27 },
    ]);
  });

  it('loads DeepSeek-OCR as a start-up log of vLLM 0.11.2 on an A100 says', () => {
    // unslothai/unsloth#3555: 'Model loading took 6.2304 GiB memory', 'profiled with 2 image items of the maximum feature
    // size' at a budget of 2048 tokens.
    const reader = architectureOf(
      config('DeepseekOCRForCausalLM', SMALL_TEXT, { width: BOTH }, { ...linear, input_dim: 2048 }),
    );
    if ('problem' in reader) throw new Error(reader.problem);
    const { memory } = vllm.estimate({
      engineVersion: '0.11.2',
      arguments: {},
      environment: {},
      model: { ...modelOf('Qwen/Qwen3-8B'), architecture: reader, checkpointBytes: null },
      drafter: null,
      target: targetOf('a100-80gb:1'),
    });
    expect((memory?.weightsBytes.value ?? 0) / GIB).toBeCloseTo(6.2304, 2);
    expect(Math.floor(2048 / (reader.encoders[0]?.items[0]?.tokens ?? 0))).toBe(2);
  });

  it.each([
    ['DeepseekVLV2ForCausalLM', { layers: 24, width: 1024 }, { ...gelu, n_embed: 1280 }],
    ['DeepseekVLV2ForCausalLM', SIGLIP, { projector_type: 'identity', n_embed: 1280 }],
    ['DeepseekVL3ForCausalLM', SIGLIP, { ...gelu, n_embed: 1280 }],
  ])('refuses %s with a tower or a projector that vLLM has not', (name, vision, projector) => {
    const made = architectureOf(config(name, SMALL_TEXT, vision, projector));
    expect('problem' in made ? made.problem : '').toContain('vision tower');
  });
});
