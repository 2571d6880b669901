import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import type { Architecture } from '../../src/models/architecture.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const aut = (width: number, layers: number, out: number): object => ({
  num_mel_bins: 128,
  d_model: width,
  encoder_layers: layers,
  encoder_attention_heads: width / 64,
  encoder_ffn_dim: 4 * width,
  output_dim: out,
  downsample_hidden_size: 480,
  conv_chunksize: 500,
});
const text = (type: string, hidden: number, layers: number, more: object): object => ({
  model_type: type,
  hidden_size: hidden,
  num_hidden_layers: layers,
  tie_word_embeddings: false,
  ...more,
});
const vision25 = { depth: 32, hidden_size: 1280, intermediate_size: 3420, num_heads: 16, out_hidden_size: 3584 };
const vision3 = {
  depth: 27,
  hidden_size: 1152,
  intermediate_size: 4304,
  num_heads: 16,
  out_hidden_size: 2048,
  patch_size: 16,
  deepstack_visual_indexes: [8, 16, 24],
  num_position_embeddings: 2304,
};
const omni7 = {
  architectures: ['Qwen2_5OmniModel'],
  model_type: 'qwen2_5_omni',
  torch_dtype: 'bfloat16',
  talker_config: { hidden_size: 896, num_hidden_layers: 24 },
  token2wav_config: { dit_config: { hidden_size: 1024 } },
  thinker_config: {
    architectures: ['Qwen2OmniNaViTThinkerForConditionalGeneration'],
    audio_config: aut(1280, 32, 3584),
    vision_config: vision25,
    text_config: text('qwen2_5_omni_text', 3584, 28, {
      num_attention_heads: 28,
      num_key_value_heads: 4,
      intermediate_size: 18_944,
      vocab_size: 152_064,
    }),
  },
};
const omni30 = {
  architectures: ['Qwen3OmniMoeForConditionalGeneration'],
  model_type: 'qwen3_omni_moe',
  thinker_config: {
    audio_config: aut(1280, 32, 2048),
    vision_config: vision3,
    text_config: text('qwen3_omni_moe_text', 2048, 48, {
      num_attention_heads: 32,
      num_key_value_heads: 4,
      head_dim: 128,
      intermediate_size: 768,
      moe_intermediate_size: 768,
      num_experts: 128,
      num_experts_per_tok: 8,
      vocab_size: 152_064,
    }),
  },
};
const asr = (hidden: number, inner: number, audio: object): object => ({
  architectures: ['Qwen3ASRForConditionalGeneration'],
  model_type: 'qwen3_asr',
  thinker_config: {
    audio_config: audio,
    text_config: text('qwen3_asr_text', hidden, 28, {
      num_attention_heads: 16,
      num_key_value_heads: 8,
      head_dim: 128,
      intermediate_size: inner,
      vocab_size: 151_936,
      max_position_embeddings: 65_536,
      rope_scaling: { rope_type: 'default', mrope_section: [24, 20, 20] },
      tie_word_embeddings: true,
    }),
  },
});

function made(config: object): Architecture {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

function valuesOf({ encoders }: Architecture, which: number): number {
  const encoder = encoders[which];
  if (!encoder) throw new Error('no such encoder');
  const sum = (tensors: typeof encoder.tensors): number =>
    tensors.reduce((total, { rows, columns, stack, biasRows }) => total + stack * (rows * columns + biasRows), 0);
  return sum(encoder.tensors) + encoder.depth * sum(encoder.block);
}

describe('models of Qwen that hear', () => {
  it('loads of Qwen2.5-Omni what reads and answers, and nothing that speaks', () => {
    const thinker = made(omni7);
    const { vision_config: _, ...deaf } = omni7.thinker_config;
    // POD2_verify.py of a public study: 8,255,263,744 of the thinker with its audio tower and no vision tower, of which
    // 4,591,104 are the projector. The vision tower is Qwen2.5-VL's: 8,292,166,656 less the 7,615,616,512 of Qwen2.5-7B
    // (llmfit data/hf_models.json, from their safetensors).
    expect(parametersOf(made({ ...omni7, thinker_config: deaf })).total).toBe(8_255_263_744);
    expect(parametersOf(thinker).total).toBe(8_255_263_744 + 8_292_166_656 - 7_615_616_512);
    expect(thinker).toMatchObject({ task: 'generate', className: 'Qwen2_5OmniForConditionalGeneration' });
    expect(thinker.encoders[1]?.tensors.find(({ name }) => name === 'proj')).toMatchObject({
      rows: 3584,
      columns: 1280,
    });
  });

  it('has the towers of Qwen3-Omni at the sizes of its report', () => {
    // arXiv 2509.17765, table 1: 540 M of vision, 650 M of AuT.
    const thinker = made(omni30);
    expect(Math.round(valuesOf(thinker, 0) / 1e7)).toBe(54);
    expect(Math.round(valuesOf(thinker, 1) / 1e7)).toBe(65);
    expect(thinker.moe?.experts).toBe(128);
  });

  it('has the weights of Qwen3-ASR', () => {
    // The card of Luigi/Qwen3-ASR-Micro: 938 M in its teacher, whose file holds the tied head once more.
    const small = parametersOf(made(asr(1024, 3072, aut(896, 18, 1024))));
    expect(Math.round((small.total + small.tiedCopy) / 1e6)).toBe(938);
    // The card of vrfai/qwen3asr-fp8: vLLM loads 3.87 GiB for 1.7B in BF16, with the table of positions.
    const large = made(asr(2048, 6144, aut(1024, 24, 2048)));
    const tables = large.ropes.reduce((sum, { rotaryDim, tableTokens }) => sum + rotaryDim * tableTokens * 2, 0);
    expect((2 * parametersOf(large).total + tables) / GIB).toBeCloseTo(3.87, 1);
  });

  it('has the 8.4 billion that the Hub lists for Qwen2-Audio', () => {
    const config = {
      architectures: ['Qwen2AudioForConditionalGeneration'],
      model_type: 'qwen2_audio',
      audio_config: aut(1280, 32, 0),
      text_config: text('qwen2', 4096, 32, {
        num_attention_heads: 32,
        num_key_value_heads: 32,
        intermediate_size: 11_008,
        vocab_size: 156_032,
      }),
    };
    const { total } = parametersOf(made(config));
    expect((total / 1e9).toFixed(1)).toBe('8.4');
    // An item is the whole clip of 30 seconds (vLLM models/qwen2_audio.py).
    expect(made(config).encoders[0]?.items).toMatchObject([{ modality: 'audio', tokens: 750, patches: 1500 }]);
  });

  it('keeps at the widest the first convolution of as many seconds as run at once', () => {
    // models/qwen3_omni_moe_thinker.py: 480 channels × 64 pitches × 50 steps of each second, before and after GELU.
    const second = 2 * 480 * 64 * 50;
    expect(made(omni30).encoders[1]?.frontEnd).toEqual({ elementsPerItem: 30 * second, mostElements: 500 * second });
  });
});
