import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatchOf, packModels } from '../../scripts/catalogue/pack.ts';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { applyMergePatch, type Json } from '../../src/models/merge-patch.ts';
import { unpackModels } from '../../src/models/packed-catalogue.ts';

describe('a JSON merge patch', () => {
  // RFC 7396, appendix A.
  it.each<[Json, Json, Json]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j and %j give %j', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toEqual(result);
  });

  it('turns one value into another, wherever one exists', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (from, to) => {
        const patch = mergePatchOf(from as Json, to as Json);
        if (patch !== null) expect(applyMergePatch(from as Json, patch)).toEqual(to);
      }),
    );
  });
});

describe('the packed catalogue', () => {
  const packed = packModels(modelData);

  it('unpacks to the catalogue without its sources', () => {
    const unpacked = unpackModels(packed);
    expect(unpacked.configs).toEqual(modelData.configs);
    const kept = ([key]: readonly [string, unknown]): boolean => key !== 'source' && key !== 'grade';
    expect(unpacked.models).toEqual(
      modelData.models.map((row) => Object.fromEntries(Object.entries(row).filter(kept))),
    );
  });

  it('is so small that the minifier leaves less than 250 kB', () => {
    expect(JSON.stringify(packed).length).toBeLessThan(255_000);
  });
});
