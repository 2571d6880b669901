import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { resolveModel } from '../../src/models/resolve.ts';

const catalogue = makeModelCatalogue(modelData);
const config = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 1000,
  max_position_embeddings: 2048,
});

function resolve(
  id: string,
  files: Readonly<Record<string, string>> = {},
  aliases: Readonly<Record<string, string>> = {},
) {
  return resolveModel(id, {
    catalogue,
    aliases: new Map(Object.entries(aliases)),
    read: (path) => (Object.hasOwn(files, path) ? { path, text: files[path] ?? '' } : null),
  });
}

describe('resolveModel', () => {
  it.each(['Qwen/Qwen3-8B', 'qwen/qwen3-8b', 'hf://Qwen/Qwen3-8B', 'Qwen/Qwen3-8B/', 'Qwen/Qwen3-8B@main'])(
    'knows %s',
    (id) => {
      expect(resolve(id)).toMatchObject({ id, source: 'catalogue (Qwen/Qwen3-8B)' });
    },
  );

  it('takes a config.json of the repository before the catalogue', () => {
    const files = { 'models/own/config.json': config, 'Qwen/Qwen3-8B/config.json': config };
    expect(resolve('./models/own', files)).toMatchObject({
      source: 'models/own/config.json in the repository',
      architecture: { hiddenSize: 64 },
    });
    expect(resolve('models/own/', files)).toMatchObject({ architecture: { hiddenSize: 64 } });
    expect(resolve('Qwen/Qwen3-8B', files)).toMatchObject({ architecture: { hiddenSize: 64 } });
  });

  it('follows the policy: an own name stands for a Hub id, or for a config.json', () => {
    const aliases = { '/models/prod': 'Qwen/Qwen3-8B', prod: 'models/own/config.json' };
    expect(resolve('/models/prod', {}, aliases)).toMatchObject({ source: 'catalogue (Qwen/Qwen3-8B)' });
    expect(resolve('prod', { 'models/own/config.json': config }, aliases)).toMatchObject({
      architecture: { hiddenSize: 64 },
    });
  });

  it('takes a path by its last part when only one model is called so, and says it', () => {
    expect(resolve('/models/Qwen3-8B')).toMatchObject({ source: 'catalogue (Qwen/Qwen3-8B), by the name of the path' });
    expect(resolve('/models/llama')).toHaveProperty('problem');
    // A Hub id of another owner is another model.
    expect(resolve('someone/Qwen3-8B')).toHaveProperty('problem');
  });

  it('says why, what to do, and what is near for a model that it does not know', () => {
    expect(resolve('Qwen/Qwen3-8b-Instruct')).toMatchObject({
      problem: {
        reason: expect.stringContaining("'Qwen/Qwen3-8b-Instruct'"),
        remedy: expect.stringContaining('models'),
        suggestions: expect.arrayContaining(['Qwen/Qwen3-8B']),
      },
    });
    expect(resolve('models/own', { 'models/own/config.json': '{"model_type": "llama"}' })).toMatchObject({
      problem: { reason: expect.stringContaining('models/own/config.json') },
    });
    expect(resolve('models/own', { 'models/own/config.json': 'not json' })).toHaveProperty('problem');
  });

  it.each(['', '/', '..', '../../etc/passwd', '\0', 'a'.repeat(100_000), '__proto__', 'constructor'])(
    'survives %j',
    (id) => {
      expect(resolve(id)).toHaveProperty('problem');
    },
  );
});
