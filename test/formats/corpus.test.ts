import { describe, expect, it } from 'vitest';
import { extractFrom, readCorpusFile, readManifest, scoreFile } from '../corpus/score.ts';

const folder = new URL('../corpus/', import.meta.url);
const rows = readManifest(folder);

/** What is not read yet, and why. A file that becomes readable must leave this list. */
const NOT_READ: Readonly<Record<string, string>> = {};

describe('real serving configs', () => {
  it.each(
    rows.filter(({ file, format }) => format !== 'decoy' && !(file in NOT_READ)).map((row) => [row.file, row] as const),
  )('%s is read as a person reads it', (file, row) => {
    expect(scoreFile(row, readCorpusFile(folder, file)).wrong).toEqual([]);
  });

  it.each(Object.entries(NOT_READ))('%s is not read yet: %s', (file) => {
    const row = rows.find((one) => one.file === file);
    expect(row && scoreFile(row, readCorpusFile(folder, file)).wrong).not.toEqual([]);
  });
});

describe('what only looks like a serving config', () => {
  it.each(rows.filter(({ format }) => format === 'decoy').map(({ file }) => file))('%s is left alone', (file) => {
    expect(extractFrom(readCorpusFile(folder, file)).deployments).toEqual([]);
  });
});
