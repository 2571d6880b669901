import { describe, expect, it } from 'vitest';
import { openValueTable, unsupportedTable } from '../../scripts/docs/messages.ts';
import { extractFrom, readCorpusFile, readManifest } from '../corpus/score.ts';

/** Rows of the documents as patterns: `…` stands for what a run fills in. */
function patternsOf(lines: readonly string[]): readonly RegExp[] {
  return lines.map((line) => {
    const literal = line.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${literal.replaceAll('…', '[^]*')}$`);
  });
}

describe('the messages in docs/troubleshooting.md', () => {
  const corpus = new URL('../corpus/', import.meta.url);
  const found = readManifest(corpus).map(({ file }) => extractFrom(readCorpusFile(corpus, file)));

  const unread = patternsOf(
    unsupportedTable()
      .split('\n')
      .slice(2)
      .map((row) => row.split(' | ')[0]?.slice(2) ?? ''),
  );
  const open = patternsOf(
    openValueTable()
      .split('\n')
      .map((row) => row.slice(2)),
  );

  it('hold every reason for which a launch of a real file cannot be read', () => {
    const reasons = new Set(found.flatMap(({ unsupported }) => unsupported.map(({ reason }) => reason)));
    expect(reasons.size).toBeGreaterThan(0);
    expect([...reasons].filter((reason) => !unread.some((row) => row.test(reason)))).toEqual([]);
  });

  it('hold every reason for which a value of a real file is not known', () => {
    const values = found.flatMap(({ deployments }) => deployments.flatMap(({ unresolved }) => unresolved));
    const reasons = new Set(values.map(({ reason }) => reason));
    expect(reasons.size).toBeGreaterThan(5);
    expect([...reasons].filter((reason) => ![...open, ...unread].some((row) => row.test(reason)))).toEqual([]);
  });
});
