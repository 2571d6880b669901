import { describe, expect, it } from 'vitest';
import { nearest, nearestModels, withoutSeparators } from '../src/nearest.ts';

describe('near names', () => {
  it.each([
    ['cehck', ['check', 'models'], ['check']],
    ['tigth-fit', ['tight-fit', 'does-not-fit'], ['tight-fit']],
    ['l5', ['l4', 'h100'], ['l4']],
    ['zzzz', ['l4', 'h100'], []],
    ['', ['l4'], []],
  ])('of %j', (name, names, expected) => {
    expect(nearest(name, names)).toEqual(expected);
  });

  it('are those alone that mean the same, where there are any', () => {
    const options = ['model', 'max-model-len', 'max-num-seqs'];
    expect(nearest('maxModelLen', options, withoutSeparators)).toEqual(['max-model-len']);
    expect(nearest('max_modle_len', options, withoutSeparators)).toEqual(['max-model-len']);
  });

  // The organization of the GLM models took another name: both are on the Hub.
  it('of a model are first those of the same name by another owner', () => {
    const ids = ['THUDM/GLM-4-32B-0414', 'zai-org/GLM-Z1-32B-0414', 'zai-org/GLM-4-32B-0414'];
    expect(nearestModels('THUDM/GLM-Z1-32B-0414', ids)[0]).toBe('zai-org/GLM-Z1-32B-0414');
    expect(nearestModels('glm_z1_32b_0414', ids)).toEqual(['zai-org/GLM-Z1-32B-0414']);
  });

  // Facts of a 26B model taken for a 12B one would be wrong; a size that was mistyped is another matter.
  it('of a model are of its size, unless the size is all in which they differ', () => {
    const ids = ['cyankiwi/gemma-4-26B-A4B-it-qat-AWQ-INT4', 'Qwen/Qwen2.5-7B-Instruct', 'Qwen/Qwen2.5-72B-Instruct'];
    expect(nearestModels('cyankiwi/gemma-4-12B-it-qat-AWQ-INT4', ids)).toEqual([]);
    expect(nearestModels('/model/Qwen3.5-7B-Instruct', ids)).toEqual(['Qwen/Qwen2.5-7B-Instruct']);
    expect(nearestModels('Qwen/Qwen2.5-8B-Instruct', ids)).toEqual(ids.slice(1));
    expect(nearestModels('Qwen/Qwen2.5-instruct', ids)).toEqual(ids.slice(1));
  });

  it('cost nothing however long the name is', () => {
    const started = performance.now();
    expect(nearest('a'.repeat(1_000_000), ['check'])).toEqual([]);
    expect(nearestModels('a'.repeat(1_000_000), ['owner/model'])).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
