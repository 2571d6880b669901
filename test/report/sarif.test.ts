import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { renderSarif } from '../../src/report/sarif.ts';
import type { Report } from '../../src/report/report.ts';
import { applyEdits } from '../../src/edit.ts';
import { deployment, failing, finding, place, report, result, SHORTER } from './factory.ts';
import { HOSTILE_NAMES } from './hostile.ts';

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
// OASIS's own schema (oasis-tcs/sarif-spec), without descriptions.
const valid = ajv.compile(
  JSON.parse(readFileSync(new URL('sarif.schema.json', import.meta.url), 'utf8')) as Record<string, unknown>,
);

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
}
interface Result {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
  readonly partialFingerprints: { readonly primaryLocationLineHash: string };
  readonly fixes?: {
    artifactChanges: { replacements: { deletedRegion: Region; insertedContent: { text: string } }[] }[];
  }[];
}

function resultsOf(subject: Report, texts: Readonly<Record<string, string>> = {}): readonly Result[] {
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, { path, text }]));
  const log = JSON.parse(renderSarif(subject, files, 'gate')) as { runs: { results: Result[] }[] };
  expect(valid(log), JSON.stringify(valid.errors)).toBe(true);
  return log.runs[0]?.results ?? [];
}

const DOES_NOT_FIT = finding({ rule: 'does-not-fit', severity: 'error' });

describe('SARIF', () => {
  it('satisfies the schema, and puts the gravest first', () => {
    const levels = resultsOf(
      report({
        deployments: [result({ findings: [finding({ severity: 'info' }), finding(), DOES_NOT_FIT] })],
        findings: [finding({ deployment: null })],
      }),
    ).map(({ level }) => level);
    expect(levels).toEqual(['error', 'warning', 'warning', 'note']);
  });

  it('has fingerprints that a moved line leaves alone, and that differ between findings', () => {
    const at = (line: number): string[] =>
      resultsOf(
        report({
          deployments: [
            result({
              findings: [finding({ place: place('a.yaml', line) }), finding({ place: place('a.yaml', line + 5) })],
            }),
          ],
          findings: [finding({ deployment: null, place: place('a.yaml', line) })],
        }),
      ).map(({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash);
    expect(at(3)).toEqual(at(90));
    expect(new Set(at(3)).size).toBe(3);
  });

  it('carries the recommended edits as a fix of the finding that they mend', () => {
    const text = 'first\nargs:\n  - --max-model-len=32768\n';
    const start = text.indexOf('32768');
    const edits = [
      { file: 'a.yaml', start, end: start + 5, newText: '16384' },
      { file: 'a.yaml', start: text.length, end: text.length, newText: '  - --enforce-eager\n' },
    ];
    const recommendation = { ...SHORTER, changes: SHORTER.changes.map((change) => ({ ...change, edits })) };
    const subject = report({
      deployments: [result({ targets: [failing()], findings: [DOES_NOT_FIT, finding()], recommendation })],
    });
    const [mended, other] = resultsOf(subject, { 'a.yaml': text });
    expect(other?.fixes).toBeUndefined();
    const replacements = mended?.fixes?.[0]?.artifactChanges[0]?.replacements ?? [];
    expect(replacements.map(({ deletedRegion }) => deletedRegion)).toEqual([
      { startLine: 3, startColumn: 21, endLine: 3, endColumn: 26 },
      { startLine: 4, startColumn: 1, endLine: 4, endColumn: 1 },
    ]);
    const lines = text.split('\n');
    const offset = (line: number, column: number): number =>
      lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0) + column - 1;
    const again = replacements.map(
      ({ deletedRegion: { startLine, startColumn, endLine, endColumn }, insertedContent }) => ({
        file: 'a.yaml',
        start: offset(startLine, startColumn),
        end: offset(endLine, endColumn),
        newText: insertedContent.text,
      }),
    );
    expect(applyEdits(text, again)).toBe(applyEdits(text, edits));
    expect(resultsOf(subject)[0]?.fixes).toBeUndefined();
  });

  it.each(HOSTILE_NAMES)('stays a log with %j for every name', (name) => {
    const own = finding({ place: place(name, 3), message: name, remedy: name, deployment: name });
    const subject = report({
      deployments: [result({ deployment: deployment({ file: name, name }), findings: [own] })],
    });
    const [only] = resultsOf(subject);
    const uri = only?.locations[0]?.physicalLocation.artifactLocation.uri ?? '';
    expect(new URL(uri, 'file:///repository/').protocol).toBe('file:');
    // oxlint-disable-next-line no-control-regex -- these are what is looked for
    expect(only?.message.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('keeps to the 5,000 results that GitHub shows', () => {
    const findings = Array.from({ length: 6_000 }, () => finding({ severity: 'info' }));
    expect(resultsOf(report({ deployments: [result({ findings: [...findings, DOES_NOT_FIT] })] }))).toHaveLength(5_000);
  });
});
