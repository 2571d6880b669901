import fc from 'fast-check';
import type { SourceFile } from '../../src/text.ts';
import { readCorpusFile, readManifest } from '../corpus/score.ts';

const corpus = new URL('../corpus/', import.meta.url);

/** Every real config, and every one that only looks like it. */
export const corpusFiles: readonly SourceFile[] = readManifest(corpus).map(({ file }) => readCorpusFile(corpus, file));

/** What parsers, shells and terminals trip over. */
const PIECES = [
  ['', ' ', '\t', '\n', '\r\n', '\r', '\0', '\uFEFF', '\uD800', '\u202E', '\u2028', 'é', '😀', '\u001B[31m'],
  ['"', "'", '"""', '`', '\\', '$(', '${', '}', '{{', '}}', '{%', '$((', '$', '<<EOF\n', '<<: *a', '&a', '*a', '!!x '],
  ['|', '>', '|-\n', '- ', ': ', '? ', '[', ']', '{', '#', '=', '==', '--', '-', ';', '&&', '||', '@', ',', '.', '..'],
  [
    'null',
    '~',
    'true',
    '-1',
    '0',
    '1e309',
    '9'.repeat(40),
    '0x',
    '1_000',
    'NaN',
    '32k',
    'auto',
    '__proto__',
    'constructor',
    'toString',
  ],
  ['%0A', '::error::', '<script>', '-->', '](x)', '@all', '../', 'file://', '\\u0000', '$$', '%', '^', '\u0085'],
].flat();

/** One way to spoil a text at a place. */
const spoiling = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('replace'),
      at: fc.nat(),
      length: fc.nat(60),
      piece: fc.constantFrom(...PIECES),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('replace'),
      at: fc.nat(),
      length: fc.nat(8),
      piece: fc.string({ maxLength: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('double'), at: fc.nat(), length: fc.nat(300), piece: fc.constant('') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut'), at: fc.nat(), length: fc.constant(0), piece: fc.constant('') }),
  },
);

/** A text with one to four places spoilt: something cut out, put in, written twice, or all behind a place gone. */
export function spoilt(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(spoiling, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) => changes.reduce((made, change) => spoil(made, change), text));
}

function spoil(text: string, change: { kind: string; at: number; length: number; piece: string }): string {
  const at = change.at % (text.length + 1);
  if (change.kind === 'cut') return text.slice(0, at);
  const piece = text.slice(at, at + change.length);
  if (change.kind === 'double') return text.slice(0, at) + piece + text.slice(at);
  return text.slice(0, at) + change.piece + text.slice(at + change.length);
}

/** A corpus file, spoilt. */
export const spoiltFile: fc.Arbitrary<SourceFile> = fc
  .constantFrom(...corpusFiles)
  .chain(({ path, text }) => spoilt([text]).map((made) => ({ path, text: made })));

/** Bytes with one to four places overwritten. */
export const spoiltBytes = (bytes: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 })), { minLength: 1, maxLength: 4 })
    .map((changes) => {
      const made = Buffer.from(bytes);
      for (const [at, noise] of changes) made.set(noise.slice(0, made.length - (at % made.length)), at % made.length);
      return made;
    });
