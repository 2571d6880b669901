import { describe, expect, it } from 'vitest';
import { architectureOf } from '../../../src/models/config/config.ts';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { launched, refused, type Asked } from './launches.ts';

const LLAMA = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 1024,
  intermediate_size: 2048,
  num_hidden_layers: 4,
  num_attention_heads: 8,
  num_key_value_heads: 8,
  vocab_size: 32_000,
  torch_dtype: 'bfloat16',
};

function model(config: object): ModelFacts {
  const read = architectureOf(config);
  if (!('context' in read)) throw new Error('config.json cannot be read');
  return { id: 'own', architecture: read, source: 'a test', checkpointBytes: null };
}

function length(config: object, args: NonNullable<Asked['args']> = {}, extra: Partial<Asked> = {}): number {
  return launched({ model: model({ ...LLAMA, ...config }), args, ...extra }).context.tokens;
}

describe('the length that config.json implies (vLLM config/model.py _get_and_verify_max_len)', () => {
  it.each([
    [{ max_position_embeddings: 4096 }, 4096],
    [{ n_positions: 1024 }, 1024],
    [{ max_seq_len: 8192 }, 8192],
    [{ seq_length: 2048, max_position_embeddings: 4096 }, 2048],
    [{ max_target_positions: 448 }, 448],
    // model_max_length overrides the smallest of the others.
    [{ max_position_embeddings: 4096, model_max_length: 8192 }, 8192],
    // Nothing states a limit.
    [{}, 2048],
  ])('%o: %i', (config, tokens) => {
    expect(length(config)).toBe(tokens);
  });

  it.each([
    // DeepSeek-V3: yarn from its original length.
    ['yarn', { type: 'yarn', factor: 40, original_max_position_embeddings: 4096 }, 163_840, 163_840],
    ['yarn without one', { rope_type: 'yarn', factor: 4 }, 32_768, 131_072],
    ['linear', { type: 'linear', factor: 2 }, 4096, 8192],
    ['dynamic', { type: 'dynamic', factor: 2 }, 4096, 8192],
    // Llama 3.1 states the length after scaling.
    ['llama3', { rope_type: 'llama3', factor: 8, original_max_position_embeddings: 8192 }, 131_072, 131_072],
    ['default', { rope_type: 'default' }, 40_960, 40_960],
  ])('RoPE scaling %s', (_, rope_scaling, stated, tokens) => {
    expect(length({ max_position_embeddings: stated, rope_scaling })).toBe(tokens);
  });

  it('LongRoPE models serve their original length unless asked, from 0.11.1 on', () => {
    const rope_scaling = {
      type: 'longrope',
      short_factor: [1],
      long_factor: [1],
      original_max_position_embeddings: 4096,
    };
    const config = { max_position_embeddings: 131_072, rope_scaling, original_max_position_embeddings: 4096 };
    expect(length(config, {}, { version: '0.11.0' })).toBe(131_072);
    expect(length(config, {}, { version: '0.11.1' })).toBe(4096);
    expect(length(config, { max_model_len: 65_536 })).toBe(65_536);
  });
});

describe('the length that is asked for', () => {
  const config = { max_position_embeddings: 4096 };
  const refusal = (args: NonNullable<Asked['args']>, extra: Partial<Asked> = {}, more = {}) =>
    refused({ model: model({ ...LLAMA, ...config, ...more }), args, ...extra });

  it('may be shorter, and longer only with the environment or model_max_length', () => {
    expect(length(config, { max_model_len: 1024 })).toBe(1024);
    expect(length(config, { max_model_len: '1024' })).toBe(1024);
    expect(refusal({ max_model_len: 8192 })).toMatch(
      /^User-specified max_model_len \(8192\) is greater than the derived/,
    );
    expect(refusal({ max_model_len: 8192 }, { environment: { VLLM_ALLOW_LONG_MAX_MODEL_LEN: '1' } })).toBeNull();
    expect(refusal({ max_model_len: 8192 }, {}, { model_max_length: 8192 })).toBeNull();
  });

  it.each(['auto', -1, '-1'])('%s fits the length to the memory from 0.14 on', (asked) => {
    const launch = launched({
      model: model({ ...LLAMA, ...config }),
      version: '0.14.0',
      args: { max_model_len: asked },
    });
    expect(launch.context).toMatchObject({ tokens: 4096, automatic: true });
    expect(refusal({ max_model_len: asked }, { version: '0.13.0' })).toMatch(
      /^argument --max-model-len: invalid value/,
    );
  });

  it('cannot pass the window when the window is disabled', () => {
    const windowed = { ...config, sliding_window: 1024, architectures: ['MistralForCausalLM'], model_type: 'mistral' };
    expect(length(windowed)).toBe(4096);
    expect(length(windowed, { disable_sliding_window: true })).toBe(1024);
    expect(refusal({ max_model_len: 2048, disable_sliding_window: true }, {}, windowed)).toMatch(/^User-specified/);
  });
});
