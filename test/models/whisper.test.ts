import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../src/models/config/config.ts';
import { elementsOf } from '../../src/models/parameters.ts';

/** A Whisper of few layers, whose halves differ in all sizes that may differ. */
const small = {
  architectures: ['WhisperForConditionalGeneration'],
  d_model: 64,
  decoder_attention_heads: 4,
  decoder_ffn_dim: 128,
  decoder_layers: 2,
  encoder_attention_heads: 8,
  encoder_ffn_dim: 256,
  encoder_layers: 3,
  max_source_positions: 1500,
  max_target_positions: 448,
  model_type: 'whisper',
  num_mel_bins: 80,
  torch_dtype: 'float16',
  vocab_size: 1000,
};

function made(config: unknown) {
  const architecture = architectureOf(config);
  if ('problem' in architecture) throw new Error(architecture.problem);
  return architecture;
}

const sum = (tensors: readonly Parameters<typeof elementsOf>[0][]): number =>
  tensors.reduce((total, tensor) => total + elementsOf(tensor), 0);

describe('Whisper (vLLM model_executor/models/whisper.py)', () => {
  const architecture = made(small);

  it('keeps in each decoder layer what was said, and what was heard over all positions of the encoder', () => {
    expect(architecture.layers.map(({ caches }) => caches)).toEqual(
      Array.from({ length: 2 }, () => [
        { kind: 'full', kvHeads: 4, keyDim: 16, valueDim: 16 },
        { kind: 'cross', kvHeads: 4, keyDim: 16, valueDim: 16, encoderTokens: 1500 },
      ]),
    );
    expect(architecture.context).toMatchObject({ derivedTokens: 448, key: 'max_target_positions' });
  });

  it('has encoder layers that keep nothing', () => {
    expect(architecture.encoderLayers.map(({ caches }) => caches.length)).toEqual([0, 0, 0]);
    // Four projections of 64 × 64 with biases, two norms with biases, two linear layers with biases.
    const block = 4 * (64 * 64 + 64) + 2 * 2 * 64 + (256 * 64 + 256) + (64 * 256 + 64);
    expect(architecture.encoderLayers.map(({ tensors }) => sum(tensors))).toEqual([block, block, block]);
  });

  it('has a second attention with its norm in decoder layers', () => {
    const block = 8 * (64 * 64 + 64) + 3 * 2 * 64 + (128 * 64 + 128) + (64 * 128 + 64);
    expect(architecture.layers.map(({ tensors }) => sum(tensors))).toEqual([block, block]);
  });

  it('hears one clip of 30 seconds through two convolutions, three frames wide', () => {
    expect(architecture.encoders.map(({ items }) => items)).toEqual([
      [{ modality: 'audio', tokens: 1500, patches: 1500, mostParts: 1 }],
    ]);
    expect(architecture.encoders.map(({ tensors }) => sum(tensors))).toEqual([
      64 * 3 * 80 + 64 + (64 * 3 * 64 + 64) + 1500 * 64 + 2 * 64,
    ]);
  });

  it('has one table for input and output, which every rank holds', () => {
    expect(architecture.tiedEmbeddings).toBe(true);
    expect(architecture.head.map(({ name }) => name)).toEqual(['layer_norm']);
    expect(architecture.embedding.map(({ rows, shard }) => [rows, shard.kind])).toEqual([
      [1000, 'replicated'],
      [448, 'replicated'],
    ]);
  });

  it.each(['d_model', 'decoder_layers', 'encoder_attention_heads', 'vocab_size'])('is refused without %s', (key) => {
    expect(architectureOf({ ...small, [key]: null })).toHaveProperty('problem');
  });
});
