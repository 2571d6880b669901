import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../src/edit.ts';

const file = 'a.yaml';

describe('applyEdits', () => {
  it('replaces, inserts and removes by range, in whatever order the edits come', () => {
    const edits = [
      { file, start: 8, end: 12, newText: '' },
      { file, start: 0, end: 3, newText: 'uno' },
      { file, start: 4, end: 4, newText: '1 ' },
    ];
    expect(applyEdits('one two three', edits)).toBe('uno 1 two e');
  });

  it('keeps the order of two insertions at one offset', () => {
    const at = { file, start: 1, end: 1 };
    expect(
      applyEdits('ab', [
        { ...at, newText: '1' },
        { ...at, newText: '2' },
      ]),
    ).toBe('a12b');
  });

  it('puts a line into the block that ends there before one that stands behind it', () => {
    const text = 'a:\n  b:\n    c: 1\n';
    const at = { file, start: text.length - 1, end: text.length - 1 };
    const outer = { ...at, newText: '\n  d: 2' };
    const inner = { ...at, newText: '\n    e: 3' };
    for (const edits of [
      [outer, inner],
      [inner, outer],
    ])
      expect(applyEdits(text, edits)).toBe('a:\n  b:\n    c: 1\n    e: 3\n  d: 2\n');
  });

  it('refuses edits that overlap or lie outside', () => {
    const overlap = [
      { file, start: 0, end: 2, newText: '' },
      { file, start: 1, end: 3, newText: '' },
    ];
    expect(() => applyEdits('abc', overlap)).toThrow(/overlaps/);
    expect(() => applyEdits('abc', [{ file, start: 2, end: 4, newText: '' }])).toThrow(/outside/);
  });

  it('leaves the text alone when every edit writes what stands there', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), (text, a, b) => {
        const [start, end] = [a % (text.length + 1), b % (text.length + 1)].sort((x, y) => x - y) as [number, number];
        expect(applyEdits(text, [{ file, start, end, newText: text.slice(start, end) }])).toBe(text);
      }),
    );
  });
});
