import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractFrom, readCorpusFile, readManifest } from '../corpus/score.ts';
import { readText } from './reading.ts';

function read(text: string, path = 'serve.py') {
  return readText(path, text);
}

const HOSTILE: readonly (readonly [string, string])[] = [
  ['a megabyte of calls', 'f(a, b=1, c="x")\n'.repeat(55_000)],
  ['a hundred thousand parentheses', `x = ${'('.repeat(100_000)}1${')'.repeat(100_000)}\n`],
  [
    'blocks in blocks',
    `${Array.from({ length: 900 }, (_, i) => `${' '.repeat(i)}if a:\n`).join('')}${' '.repeat(900)}pass\n`,
  ],
  ['a sum of a hundred thousand texts', `x = ${'"a" + '.repeat(100_000)}"b"\nvllm.LLM(model=x)\n`],
  ['texts that grow', `x = "vllm serve "\n${'x = x + x\n'.repeat(60)}os.system(x)\n`],
  ['lists that grow', `x = ["vllm", "serve"]\n${'x = x + x\n'.repeat(60)}os.execvp("vllm", x)\n`],
  [
    'functions that call each other',
    `${Array.from({ length: 40 }, (_, i) => `def f${i}():\n  ${i ? `f${i - 1}(); f${i - 1}(); f${i - 1}()` : 'pass'}\n`).join('')}f39()\n`,
  ],
  ['a function that calls itself', 'def f(x):\n  return f(f(x))\nvllm.LLM(model=f("a"))\n'],
  ['classes that inherit from each other', 'class A(B): pass\nclass B(A): pass\nA().x\n'],
  [
    'loops in loops',
    `${Array.from({ length: 12 }, (_, i) => `${' '.repeat(i)}for x in [1, 2, 3, 4, 5, 6]:\n`).join('')}${' '.repeat(12)}f(x)\n`,
  ],
  ['quotes that nobody closes', '"""'.repeat(50_001)],
  ['replacements in replacements', `x = ${'f"{'.repeat(5_000)}\n`],
  [
    'thirty thousand keywords',
    `vllm.LLM(model="a/b", ${Array.from({ length: 30_000 }, (_, i) => `k${i}=${i}`).join(', ')})\n`,
  ],
  ['a chain of methods', `i = modal.Image${'.pip_install("vllm==1")'.repeat(20_000)}\n`],
  [
    'names of the prototype',
    '__proto__ = {"polluted": True}\nx = {"__proto__": {"polluted": True}}\nvllm.LLM(model="m", **x)\nconstructor.x = 1\n',
  ],
  ['a NUL and a BOM', '\uFEFFimport vllm\0\nvllm.LLM(model="m\0")\n'],
];

describe('whatever a program holds', () => {
  it.each(HOSTILE)('%s is read or refused in bounded time', (_title, text) => {
    expect(read(`import os, vllm, modal\n${text}`).deployments.length).toBeLessThan(3);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('never makes the reader throw', () => {
    const corpus = new URL('../corpus/', import.meta.url);
    const files = readManifest(corpus).flatMap(({ file }) =>
      file.endsWith('.py') ? [readCorpusFile(corpus, file)] : [],
    );
    expect(files.length).toBeGreaterThan(4);
    const piece = fc.constantFrom(
      '',
      '"',
      "'",
      '"""',
      '(',
      ')',
      '[',
      '{',
      '}',
      ':',
      '\\',
      '\n',
      '\t',
      'f"',
      '**',
      '*',
      'lambda x:',
      'if ',
      'return ',
      '\0',
      '\uD800',
      '#',
      '@',
    );
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.nat(), fc.nat(40), piece, (file, seed, length, put) => {
        const start = seed % (file.text.length + 1);
        const text = file.text.slice(0, start) + put + file.text.slice(start + length);
        expect(extractFrom({ path: file.path, text }).deployments.length).toBeLessThan(20);
      }),
      { numRuns: 150 },
    );
  });
});
