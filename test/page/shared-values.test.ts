import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pack, unpack } from '../../src/page/shared-values.ts';

it('gives back what was packed, through JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(unpack(JSON.parse(JSON.stringify(pack(value))))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it('writes what stands in a value several times once, and gives it back as one', () => {
  const layer = { tensors: Array.from({ length: 100 }, (_, index) => ({ rows: index, columns: index })) };
  const packed = pack({ layers: Array.from({ length: 80 }, () => layer), remade: () => null, nothing: undefined });
  expect(JSON.stringify(packed).length).toBeLessThan(2 * JSON.stringify(layer).length);
  const back = unpack(packed) as { layers: unknown[] };
  expect(Object.keys(back)).toEqual(['layers']);
  expect(back.layers[79]).toBe(back.layers[0]);
  expect(back.layers[0]).toEqual(layer);
});
