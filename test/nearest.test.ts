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

  it('cost nothing however long the name is', () => {
    const started = performance.now();
    expect(nearest('a'.repeat(1_000_000), ['check'])).toEqual([]);
    expect(nearestModels('a'.repeat(1_000_000), ['owner/model'])).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
