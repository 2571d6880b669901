import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formats } from '../../src/formats/index.ts';
import { extractFrom, readCorpusFile, readManifest } from '../corpus/score.ts';

const root = new URL('../../', import.meta.url);
const corpus = new URL('../corpus/', import.meta.url);

describe('every format', () => {
  const read = readManifest(corpus).flatMap(({ file }) => extractFrom(readCorpusFile(corpus, file)).deployments);

  it.each(formats.map(({ id }) => id))('%s has a folder with a readme, and a real file that it reads', (id) => {
    const readme = new URL(`src/formats/${id}/readme.md`, root);
    expect(existsSync(readme)).toBe(true);
    for (const part of ['Recognised by', 'Reads', 'Edits', 'Does not read'])
      expect(readFileSync(readme, 'utf8')).toContain(`**${part}**`);
    expect(read.some(({ format }) => format === id)).toBe(true);
  });

  it('has an id of its own', () => {
    expect(new Set(formats.map(({ id }) => id)).size).toBe(formats.length);
  });
});
