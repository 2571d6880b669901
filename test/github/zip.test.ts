import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unzipOne } from '../../src/github/zip.ts';
import { zipOf } from '../e2e/zip.ts';

const MANY = 1_000_000;

describe('one file of an archive', () => {
  it('is what was put in', () => {
    const archive = zipOf('report.json', '{"a": "ü"}');
    expect(unzipOne(archive, 'report.json', MANY)?.toString('utf8')).toBe('{"a": "ü"}');
    expect(unzipOne(archive, 'other.json', MANY)).toBeNull();
  });

  it('is refused when it is larger than it may be, however well it is packed', () => {
    const bomb = zipOf('report.json', ' '.repeat(5_000_000));
    expect(bomb.length).toBeLessThan(10_000);
    expect(unzipOne(bomb, 'report.json', MANY)).toBeNull();
  });

  it('is nothing where there is no archive, and nothing throws', () => {
    const archive = zipOf('report.json', '{"a": 1}');
    fc.assert(
      fc.property(fc.nat(archive.length - 1), fc.nat(255), fc.nat(archive.length), (at, byte, cut) => {
        const broken = Buffer.from(archive);
        broken[at] = byte;
        for (const bytes of [broken, archive.subarray(0, cut), broken.subarray(cut)]) {
          const found = unzipOne(bytes, 'report.json', MANY);
          expect(found === null || Buffer.isBuffer(found)).toBe(true);
        }
      }),
    );
  });
});
