import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

// What is expected is the count of each checkpoint's safetensors (llmfit data/hf_models.json); what config.json says of
// the sizes is the public one of the model.
const SMALL = { hidden_size: 768, num_attention_heads: 12, num_hidden_layers: 12, intermediate_size: 3072 };
const SO400M = { hidden_size: 1152, num_hidden_layers: 27, num_attention_heads: 16, intermediate_size: 4304 };
const siglip = { model_type: 'siglip_vision_model', ...SO400M, patch_size: 14 };
const internvit = {
  model_type: 'internvl_vision',
  hidden_size: 1024,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  intermediate_size: 4096,
  image_size: [448, 448],
  patch_size: [14, 14],
  attention_bias: true,
};

function text(type: string, [hidden, layers, heads, kvHeads, inner, vocabulary]: readonly number[], more: object = {}) {
  return {
    model_type: type,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    intermediate_size: inner,
    vocab_size: vocabulary,
    ...more,
  };
}

const tied = { tie_word_embeddings: true };
const untied = { tie_word_embeddings: false };
const lfm2 = { block_auto_adjust_ff_dim: true, conv_L_cache: 3, full_attn_idxs: [2, 5, 8, 10, 12, 14] };

const MODELS: readonly (readonly [string, number, Readonly<Record<string, unknown>>])[] = [
  [
    'HuggingFaceTB/SmolVLM-256M-Instruct',
    256_484_928,
    {
      model_type: 'idefics3',
      scale_factor: 4,
      text_config: text('llama', [576, 30, 9, 3, 1536, 49_280]),
      vision_config: { model_type: 'idefics3_vision', ...SMALL, image_size: 512, patch_size: 16 },
    },
  ],
  [
    'HuggingFaceTB/SmolVLM-500M-Instruct',
    507_482_304,
    {
      model_type: 'idefics3',
      scale_factor: 4,
      text_config: text('llama', [960, 32, 15, 5, 2560, 49_280]),
      vision_config: { model_type: 'idefics3_vision', ...SMALL, image_size: 512, patch_size: 16 },
    },
  ],
  [
    'HuggingFaceTB/SmolVLM-Instruct',
    2_246_272_880,
    {
      model_type: 'idefics3',
      scale_factor: 3,
      text_config: text('llama', [2048, 24, 32, 32, 8192, 49_155]),
      vision_config: { model_type: 'idefics3_vision', ...SO400M, image_size: 384, patch_size: 14 },
    },
  ],
  [
    'llava-hf/llava-onevision-qwen2-0.5b-ov-hf',
    893_675_552,
    {
      model_type: 'llava_onevision',
      text_config: text('qwen2', [896, 24, 14, 2, 4864, 152_000], tied),
      vision_config: { ...siglip, num_hidden_layers: 26, image_size: 384 },
    },
  ],
  [
    'llava-hf/llava-onevision-qwen2-7b-ov-hf',
    8_030_807_584,
    {
      model_type: 'llava_onevision',
      text_config: text('qwen2', [3584, 28, 28, 4, 18_944, 152_128], untied),
      vision_config: { ...siglip, num_hidden_layers: 26, image_size: 384 },
    },
  ],
  [
    'google/paligemma-3b-mix-224',
    2_923_466_480,
    {
      model_type: 'paligemma',
      projection_dim: 2048,
      text_config: text('gemma', [2048, 18, 8, 1, 16_384, 257_216]),
      vision_config: { ...siglip, image_size: 224 },
    },
  ],
  [
    'google/paligemma2-3b-pt-448',
    3_033_127_152,
    {
      model_type: 'paligemma',
      projection_dim: 2304,
      text_config: text('gemma2', [2304, 26, 8, 4, 9216, 257_216]),
      vision_config: { ...siglip, image_size: 448 },
    },
  ],
  [
    'LiquidAI/LFM2-VL-450M',
    450_822_656,
    {
      model_type: 'lfm2_vl',
      projector_hidden_size: 2560,
      downsample_factor: 2,
      text_config: text('lfm2', [1024, 16, 16, 8, 6656, 65_536], lfm2),
      vision_config: { model_type: 'siglip2_vision_model', ...SMALL, num_patches: 256, patch_size: 16 },
    },
  ],
  [
    'LiquidAI/LFM2.5-VL-1.6B',
    1_596_625_904,
    {
      model_type: 'lfm2_vl',
      projector_hidden_size: 2048,
      projector_use_layernorm: false,
      downsample_factor: 2,
      text_config: text('lfm2', [2048, 16, 32, 8, 12_288, 65_536], lfm2),
      vision_config: { model_type: 'siglip2_vision_model', ...SO400M, num_patches: 256, patch_size: 16 },
    },
  ],
  [
    'CohereLabs/aya-vision-8b',
    8_631_842_032,
    {
      model_type: 'aya_vision',
      downsample_factor: 2,
      alignment_intermediate_size: 28_672,
      text_config: text('cohere2', [4096, 32, 32, 8, 14_336, 256_000]),
      vision_config: { ...siglip, image_size: 364 },
    },
  ],
  [
    'CohereLabs/command-a-vision-07-2025',
    111_867_525_360,
    {
      model_type: 'cohere2_vision',
      downsample_factor: 2,
      alignment_intermediate_size: 36_864,
      text_config: text('cohere2', [12_288, 64, 96, 8, 36_864, 256_000], { head_dim: 128 }),
      vision_config: { ...siglip, image_size: 512, patch_size: 16 },
    },
  ],
  [
    'OpenGVLab/InternVL3-8B-hf',
    7_944_373_760,
    {
      model_type: 'internvl',
      downsample_ratio: 0.5,
      text_config: text('qwen2', [3584, 28, 28, 4, 18_944, 151_674], untied),
      vision_config: internvit,
    },
  ],
  [
    'OpenGVLab/InternVL3_5-8B-HF',
    8_528_318_464,
    {
      model_type: 'internvl',
      downsample_ratio: 0.5,
      text_config: text('qwen3', [4096, 36, 32, 8, 12_288, 151_936], { ...untied, head_dim: 128 }),
      vision_config: internvit,
    },
  ],
  [
    'lightonai/LightOnOCR-2-1B',
    1_005_647_872,
    {
      architectures: ['LightOnOCRForConditionalGeneration'],
      model_type: 'mistral3',
      multimodal_projector_bias: false,
      spatial_merge_size: 2,
      text_config: text('qwen3', [1024, 28, 16, 8, 3072, 151_936], { ...tied, head_dim: 128 }),
      vision_config: { ...internvit, model_type: 'pixtral', image_size: 1540, patch_size: 14 },
    },
  ],
  [
    'openbmb/MiniCPM-V-4_5',
    8_695_895_280,
    {
      architectures: ['MiniCPMV'],
      version: 4.5,
      query_num: 64,
      drop_vision_last_layer: false,
      ...text('minicpmv', [4096, 36, 32, 8, 12_288, 151_748], { ...untied, head_dim: 128 }),
      vision_config: { ...siglip, image_size: 980 },
    },
  ],
  [
    'openbmb/MiniCPM-Llama3-V-2_5',
    8_537_092_336,
    {
      architectures: ['MiniCPMV'],
      query_num: 96,
      ...text('minicpmv', [4096, 32, 32, 8, 14_336, 128_256], untied),
      vision_config: { ...siglip, image_size: 980 },
    },
  ],
  [
    // Less the pooling head of 15,238,352 and the 32,768 packed positions, which vLLM leaves out.
    'PaddlePaddle/PaddleOCR-VL',
    958_588_736 - 15_238_352 - 32_768 * 1152,
    {
      architectures: ['PaddleOCRVLForConditionalGeneration'],
      ...text('paddleocr_vl', [1024, 18, 16, 2, 3072, 103_424], { ...untied, head_dim: 128 }),
      vision_config: { ...siglip, image_size: 384 },
    },
  ],
  [
    'rednote-hilab/dots.ocr',
    3_039_179_264,
    {
      architectures: ['DotsOCRForCausalLM'],
      ...text('dots_ocr', [1536, 28, 12, 2, 8960, 151_936], untied),
      vision_config: {
        embed_dim: 1536,
        hidden_size: 1536,
        intermediate_size: 4224,
        num_hidden_layers: 42,
        num_attention_heads: 12,
        patch_size: 14,
        post_norm: true,
        use_bias: false,
      },
    },
  ],
  [
    'allenai/Molmo2-8B',
    8_661_703_120,
    {
      architectures: ['Molmo2ForConditionalGeneration'],
      model_type: 'molmo2',
      text_config: text('molmo2_text', [4096, 36, 32, 8, 12_288, 151_936], {
        ...untied,
        head_dim: 128,
        additional_vocab_size: 128,
        qkv_bias: false,
        use_qk_norm: true,
        qk_norm_type: 'qwen3',
      }),
      vit_config: { ...SO400M, image_patch_size: 14, image_num_pos: 729 },
      adapter_config: { vit_layers: [-3, -9], hidden_size: 1152, intermediate_size: 12_288, text_hidden_size: 4096 },
    },
  ],
  [
    // Less the mean and deviation of three colours, which vLLM takes from config.json. No stored copy of its config.json was
    // found: its vocabulary is what the count leaves beside the tower and the sizes of the text model.
    'nvidia/NVIDIA-Nemotron-Nano-12B-v2-VL-BF16',
    13_181_860_358 - 6,
    {
      architectures: ['NemotronH_Nano_VL_V2'],
      model_type: 'NemotronH_Nano_VL_V2',
      projector_hidden_size: 20_480,
      downsample_ratio: 0.5,
      llm_config: text('nemotron_h', [5120, 62, 40, 8, 20_480, 132_096], {
        ...untied,
        head_dim: 128,
        hybrid_override_pattern: 'M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M*-M-M-M-M-',
        conv_kernel: 4,
        mamba_head_dim: 80,
        mamba_num_heads: 128,
        n_groups: 8,
        ssm_state_size: 128,
        use_conv_bias: true,
      }),
      vision_config: {
        model_type: 'radio',
        patch_size: 16,
        args: {
          model: 'vit_huge_patch16_224',
          cpe_max_size: 2048,
          cls_token_per_teacher: true,
          register_multiple: 16,
          teachers: [{ name: 'clip' }, { name: 'siglip' }, { name: 'dino_v2' }, { name: 'sam' }],
        },
      },
    },
  ],
  [
    'stepfun-ai/Step3-VL-10B',
    10_171_750_144,
    {
      architectures: ['StepVLForConditionalGeneration'],
      model_type: 'step_robotics',
      projector_bias: false,
      text_config: text('qwen3', [4096, 36, 32, 8, 12_288, 151_936], { ...untied, head_dim: 128 }),
      vision_config: {
        width: 1536,
        layers: 47,
        heads: 16,
        mlp_ratio: 8960 / 1536,
        image_size: 728,
        patch_size: 14,
        ls_init_value: 0.1,
        use_cls_token: false,
        use_ln_pre: true,
        use_ln_post: false,
      },
    },
  ],
];

describe('towers behind their projectors', () => {
  it.each(MODELS)('%s has the values of its safetensors', (_, stated, config) => {
    const made = architectureOf(config);
    if ('problem' in made) throw new Error(made.problem);
    expect(parametersOf(made).total).toBe(stated);
  });

  it('refuses a MiniCPM-V of the first release, whose tower is another', () => {
    const config = {
      query_num: 64,
      ...text('minicpmv', [2304, 40, 36, 36, 5760, 122_753]),
      vision_config: siglip,
    };
    expect(architectureOf(config)).toEqual({
      problem: 'Headroom cannot compute the vision tower of a minicpmv model yet.',
    });
  });

  it('holds the tiles of an image of Idefics 3 with the whole one before them', () => {
    const [, , config] = MODELS[0] ?? [];
    const vision = { ...(config?.['vision_config'] as object), max_image_size: { longest_edge: 512 } };
    const made = architectureOf({ ...config, vision_config: { ...vision, size: { longest_edge: 2048 } } });
    if ('problem' in made) throw new Error(made.problem);
    // vLLM's get_num_patches: 4 × 4 tiles of 512 × 512 and the whole one, each 32 × 32 patches joined 4 × 4.
    expect(made.encoders.flatMap(({ items }) => items)).toMatchObject([{ modality: 'image', tokens: 17 * 64 }]);
  });
});
