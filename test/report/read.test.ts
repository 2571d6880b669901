import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { compareReports } from '../../src/report/compare.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { readReport } from '../../src/report/read.ts';
import { mixedReport, report } from './factory.ts';

const hardware = loadHardware();
/** The factory's reports know GPUs of their own figures under the catalogue's ids. */
const compared = compareReports(
  { ...mixedReport(), commits: { base: 'b'.repeat(40), head: 'a'.repeat(40) } },
  report(),
  new Map(),
);

describe('a report read back from its JSON', () => {
  it('renders as it did', () => {
    const read = readReport(renderJson(compared), hardware);
    if ('problem' in read) throw new Error(read.problem);
    expect(renderMarkdown(read)).toBe(renderMarkdown(compared));
  });

  it('takes no edits over', () => {
    const read = readReport(renderJson(compared), hardware);
    const edits = 'problem' in read ? [] : read.deployments.flatMap((one) => one.recommendation?.changes ?? []);
    expect(edits.length).toBeGreaterThan(0);
    expect(edits.flatMap((change) => change.edits)).toEqual([]);
  });

  it.each([
    ['', 'no JSON'],
    ['[]', 'no report'],
    [renderJson(compared).replace('"l4-24gb"', '"l5-999gb"'), 'a GPU that the catalogue does not have'],
    [renderJson(compared).replace('"schemaVersion": 1', '"schemaVersion": 2'), 'no report'],
    [renderJson(compared).replace('"findings": [', '"more": 1, "findings": ['), 'no report'],
  ])('is refused with a reason', (text, problem) => {
    expect(readReport(text, hardware)).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('never throws', () => {
    expect.hasAssertions();
    const text = renderJson(compared);
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, put) => {
        const broken = text.slice(0, at) + put + text.slice(at + length);
        const read = readReport(broken, hardware);
        expect('problem' in read || renderMarkdown(read).length > 0).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
