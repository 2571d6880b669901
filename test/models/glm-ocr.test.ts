import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../src/models/config/config.ts';

describe('GLM-OCR', () => {
  const made = architectureOf({
    architectures: ['GlmOcrForConditionalGeneration'],
    model_type: 'glm_ocr',
    // mlx-vlm models/glm_ocr/config.py.
    text_config: {
      model_type: 'glm_ocr_text',
      hidden_size: 1536,
      intermediate_size: 4608,
      num_hidden_layers: 16,
      num_attention_heads: 16,
      num_key_value_heads: 8,
      head_dim: 128,
      vocab_size: 59_392,
      max_position_embeddings: 131_072,
    },
    vision_config: {
      depth: 24,
      hidden_size: 1024,
      intermediate_size: 4096,
      num_heads: 16,
      out_hidden_size: 1536,
      patch_size: 14,
    },
  });
  if ('problem' in made) throw new Error(made.problem);
  const sum = (tensors: (typeof made.encoders)[number]['tensors']): number =>
    tensors.reduce((total, { rows, columns, biasRows }) => total + rows * columns + biasRows, 0);

  it('has the tower of 829 MiB that mlboydaisuke/GLM-OCR-CoreAI exports in 16 bits', () => {
    const [encoder] = made.encoders;
    const values = sum(encoder?.tensors ?? []) + (encoder?.depth ?? 0) * sum(encoder?.block ?? []);
    // The export's directory holds its graph too.
    expect((2 * values) / 2 ** 20).toBeGreaterThan(827);
    expect((2 * values) / 2 ** 20).toBeLessThan(829);
  });

  it('has the table of 348 MiB that brad-agi/glm-ocr-onnx-webgpu exports in 32 bits, and a decoder of 0.5 billion', () => {
    expect(Math.round((4 * sum(made.embedding)) / 2 ** 20)).toBe(348);
    // The technical report: a decoder of 0.5 B beside an encoder of 0.4 B.
    expect((made.layers.reduce((total, { tensors }) => total + sum(tensors), 0) / 1e9).toFixed(1)).toBe('0.5');
    expect(made.approximations).toEqual([]);
  });
});
