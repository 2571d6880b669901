import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
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
