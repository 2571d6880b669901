import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { readCommandLine } from '../../../src/formats/command-line/index.ts';
import { modelOf, targetOf } from './catalogue.ts';
import { launched, refused } from './launches.ts';

const model = 'Qwen/Qwen2.5-VL-7B-Instruct';
const args = (value: string) => ({ limit_mm_per_prompt: value, max_model_len: 32_768 });

// engine/arg_utils.py nullable_kvs; vllm-project/vllm#21615 shows the refusal of 0.10.0.
describe('--limit-mm-per-prompt as pairs', () => {
  it.each(['0.6.6', '0.8.5', '0.9.2'])('%s takes them as it takes JSON', (version) => {
    const pairs = launched({ model, version, args: args('image=12,video=0') });
    const json = launched({ model, version, args: args('{"image": 12, "video": 0}') });
    expect(pairs.itemLimits).toEqual({ image: 12, video: 0 });
    expect(pairs).toEqual(json);
  });

  it.each(['0.10.0', '0.19.0'])('%s refuses them', (version) => {
    expect(refused({ model, version, args: args('image=12') })).toBe(
      'argument --limit-mm-per-prompt: Value image=12 cannot be converted to <function loads at 0x…>.',
    );
  });

  it('says what to write instead', () => {
    const { notes } = vllm.estimate({
      engineVersion: '0.19.0',
      arguments: args('image=4,video=1'),
      environment: {},
      model: modelOf(model),
      drafter: null,
      target: targetOf('h100'),
    });
    expect(notes).toEqual([
      `write JSON: --limit-mm-per-prompt '{"image":4,"video":1}'; pairs like image=4,video=1 were taken before 0.10.0`,
    ]);
  });

  it.each(['image', 'image=', 'image=a', 'image=1;video=1'])('are refused by all as %j', (value) => {
    expect(refused({ model, version: '0.8.5', args: args(value) })).toMatch(/^argument --limit-mm-per-prompt: /);
  });
});

// PR vllm-project/vllm#10677 gives the level; kubernetes-sigs/gateway-api-inference-extension#2243 shows the refusal of 0.11.0.
describe('--compilation-config as a level', () => {
  const level = (compilation_config: string | number, version: string) => ({
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    version,
    args: { compilation_config, max_model_len: 8_192 },
  });

  it.each(['3', 3])('was taken as the level that it is: %j', (value) => {
    expect(launched(level(value, '0.9.2')).graphs).toEqual(
      launched({ ...level(value, '0.9.2'), args: { compilation_config: { level: 3 }, max_model_len: 8_192 } }).graphs,
    );
    expect(launched(level(0, '0.9.2')).graphs.mode).toBe('NONE');
  });

  it('is refused since it must be an object, with what to write instead', () => {
    expect(refused(level('3', '0.11.0'))).toBe(
      'argument --compilation-config/-O: 1 validation error for CompilationConfig\n  Input should be an object [type=dataclass_type, input_value=3, input_type=int]',
    );
    expect(refused(level('3', '0.31.0'))).toContain('--compilation-config/-cc: 1 validation error');
  });

  it('is no mistake of its own where the release is not known yet', () => {
    const problems = (value: string) => {
      const read = readCommandLine(['vllm', 'serve', 'm', '--compilation-config', value], [vllm]);
      return 'problem' in read ? read.problem : read.problems.map(({ code }) => code);
    };
    expect(problems('3')).toEqual([]);
    expect(problems('three')).toEqual(['invalid-value']);
  });
});
