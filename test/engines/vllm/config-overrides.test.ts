import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { launchOf } from '../../../src/engines/vllm/launch.ts';
import { estimateOf, modelOf, targetOf } from './catalogue.ts';
import { launched, refused, type Asked } from './launches.ts';
import { LLAMA_8B } from './models.ts';

const YARN = { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 };
const LONG = { max_model_len: 131_072 };
/** Qwen3-8B: 40,960 positions, head_dim 128. */
const QWEN = { model: 'Qwen/Qwen3-8B' };

function table(asked: Asked): number | undefined {
  return launched(asked).architecture.ropes[0]?.tableTokens;
}

describe('config.json changed by the launch', () => {
  // Model card of Qwen3-8B: YaRN with factor 4 serves 131,072; docs/features/context_extension.md for the newer name.
  it.each([
    ['0.8.5', { rope_scaling: YARN }],
    ['0.8.5', { rope_scaling: JSON.stringify(YARN) }],
    ['0.8.5', { hf_overrides: { rope_scaling: YARN } }],
    ['0.11.2', { hf_overrides: { rope_scaling: YARN } }],
    ['0.12.0', { hf_overrides: { rope_parameters: YARN } }],
    ['0.19.0', { hf_overrides: { rope_parameters: { ...YARN, rope_theta: 1_000_000 } } }],
    // Transformers 5 aliases rope_scaling to rope_parameters.
    ['0.21.0', { hf_overrides: { rope_scaling: YARN } }],
  ])('%s %o: 32,768 × 4 tokens', (version, args) => {
    const asked = { ...QWEN, version, args: { ...args, ...LONG } };
    expect(launched(asked).context.tokens).toBe(131_072);
    expect(table(asked)).toBe(131_072);
  });

  it.each([
    // gpustack/gpustack#4236: on 0.13.0 hf_overrides with rope_scaling does not lengthen the context.
    ['0.13.0', { hf_overrides: { rope_scaling: YARN } }],
    ['0.11.0', { hf_overrides: { rope_parameters: YARN } }],
  ])('%s does not read %o', (version, args) => {
    expect(refused({ ...QWEN, version, args: { ...args, ...LONG } })).toContain('max_position_embeddings=40960');
    expect(estimateOf({ ...QWEN, version, args }).notes.join()).toMatch(/does not read rope_/);
  });

  it('--rope-scaling is gone since 0.11.1 (gpustack/gpustack#4236: unrecognized arguments)', () => {
    expect(refused({ ...QWEN, version: '0.13.0', args: { rope_scaling: YARN, ...LONG } })).toBe(
      'unrecognized arguments: --rope-scaling',
    );
    expect(refused({ ...QWEN, version: '0.19.0', args: { rope_theta: 1e6 } })).toBe(
      'unrecognized arguments: --rope-theta',
    );
  });

  it('what Python would look for in vain is refused as it is', () => {
    const type = { hf_overrides: { rope_parameters: { type: 'yarn', factor: 4 } } };
    expect(refused({ ...QWEN, args: type })).toBe("KeyError: 'rope_type'");
    const short = { hf_overrides: { rope_parameters: { rope_type: 'yarn', factor: 4 } } };
    expect(refused({ ...QWEN, args: short })).toBe("KeyError: 'original_max_position_embeddings'");
  });

  it('max_position_embeddings bounds the context', () => {
    const args = { hf_overrides: { max_position_embeddings: 65_536 } };
    expect(launched({ ...QWEN, args }).context.tokens).toBe(65_536);
  });

  it('other fields make another model', () => {
    const args = { hf_overrides: { num_hidden_layers: 2, architectures: ['Qwen3ForSequenceClassification'] } };
    const { architecture } = launched({ ...QWEN, args });
    expect(architecture).toMatchObject({ task: 'pooling', className: 'Qwen3ForSequenceClassification' });
    expect(architecture.layers).toHaveLength(2);
  });

  it('a part is merged since 0.11.1 and replaced before (#25727)', () => {
    const model = 'google/gemma-3-27b-it';
    const args = { hf_overrides: { text_config: { num_hidden_layers: 6 } } };
    expect(launched({ model, version: '0.19.0', args }).architecture.layers).toHaveLength(6);
    const older = launchOf({
      engineVersion: '0.10.2',
      arguments: args,
      environment: {},
      model: modelOf(model),
      drafter: null,
      target: targetOf('h100'),
    });
    expect(older).toHaveProperty('unknown', expect.stringContaining('text_config'));
  });

  it('without a config.json the verdict is unknown and names the field', () => {
    const { verdict, message } = vllm.estimate({
      engineVersion: '0.19.0',
      arguments: { hf_overrides: { num_hidden_layers: 2 } },
      environment: {},
      model: LLAMA_8B,
      drafter: null,
      target: targetOf('h100'),
    });
    expect(verdict).toBe('unknown');
    expect(message).toContain("'num_hidden_layers'");
  });

  it('both count as changing memory', () => {
    expect(['rope_scaling', 'hf_overrides'].every((name) => vllm.affectsMemory(name))).toBe(true);
  });
});
