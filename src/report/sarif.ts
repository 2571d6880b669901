import { inOrder, type TextEdit } from '../edit.ts';
import type { Finding, Severity } from '../finding.ts';
import { describedRules, rules } from '../policy/rules/index.ts';
import { lineAt, type SourceFile } from '../text.ts';
import { jsonText, plain } from './escape.ts';
import type { DeploymentResult, Report } from './report.ts';

/** GitHub shows the first 5,000 results of a run (docs: SARIF support for code scanning). */
const MAX_RESULTS = 5_000;
const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>;
const GRAVITY = { error: 0, warning: 1, info: 2 } as const satisfies Record<Severity, number>;

interface Located {
  readonly finding: Finding;
  readonly result: DeploymentResult | null;
}

/**
 * The findings as SARIF 2.1.0 within what GitHub's code scanning takes: one location each, relative and encoded paths,
 * fingerprints that survive moved lines, and the recommended edits as fixes.
 * @param files texts of the files that edits belong to, by path.
 * @param category keeps the results of several uses in one repository apart.
 */
export function renderSarif(report: Report, files: ReadonlyMap<string, SourceFile>, category: string): string {
  const located: Located[] = [
    ...report.deployments.flatMap((result) => result.findings.map((finding) => ({ finding, result }))),
    ...report.findings.map((finding) => ({ finding, result: null })),
  ];
  const sorted = located.toSorted((a, b) => GRAVITY[a.finding.severity] - GRAVITY[b.finding.severity]);
  const seen = new Map<string, number>();
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Headroom', semanticVersion: report.version, rules: RULES.map(ruleOf) } },
        automationDetails: { id: `headroom/${category}/` },
        columnKind: 'utf16CodeUnits',
        invocations: [{ executionSuccessful: true }],
        results: sorted.slice(0, MAX_RESULTS).map((one) => resultOf(one, files, seen)),
      },
    ],
  };
  return `${jsonText(document)}\n`;
}

interface RuleText {
  readonly id: string;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
}

const RULES: readonly RuleText[] = describedRules;

function ruleOf({ id, severity, what, why, remedy }: RuleText): object {
  return {
    id,
    name: id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: what },
    fullDescription: { text: `${what} ${why}` },
    help: { text: `${why} ${remedy}`, markdown: `${why}\n\n${remedy}` },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ['gpu-memory'], precision: 'high', 'problem.severity': problemSeverity(severity) },
  };
}

/** The words of GitHub's `problem.severity`. */
function problemSeverity(severity: Severity): string {
  return severity === 'info' ? 'recommendation' : severity;
}

function resultOf(
  { finding, result }: Located,
  files: ReadonlyMap<string, SourceFile>,
  seen: Map<string, number>,
): object {
  const { rule, severity, deployment, place, message, remedy } = finding;
  const identity = `${place.file}\n${rule}\n${deployment ?? ''}`;
  const times = (seen.get(identity) ?? 0) + 1;
  seen.set(identity, times);
  const edits =
    result && restates(rule) ? (result.recommendation?.changes ?? []).flatMap((change) => change.edits) : [];
  const fixes = edits.length > 0 ? fixesOf(edits, result?.recommendation?.summary ?? '', files) : [];
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: LEVELS[severity],
    message: { text: plain(`${message} ${remedy}`) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place.file), uriBaseId: '%SRCROOT%' },
          region: { startLine: Math.max(1, place.line) },
        },
      },
    ],
    // The part before the colon must not depend on lines; GitHub's own reads `HASH:COUNT`.
    partialFingerprints: { primaryLocationLineHash: `${hash(identity)}:${times}` },
    ...(fixes.length > 0 ? { fixes } : {}),
  };
}

function restates(rule: string): boolean {
  return rules.find(({ id }) => id === rule)?.restates !== undefined;
}

/** One fix that makes all the edits; none when a text is not at hand. */
function fixesOf(edits: readonly TextEdit[], summary: string, files: ReadonlyMap<string, SourceFile>): object[] {
  const paths = [...new Set(edits.map(({ file }) => file))].sort();
  const changes = paths.flatMap((path) => {
    const file = files.get(path);
    if (!file) return [];
    const replacements = inOrder(edits.filter((edit) => edit.file === path)).map(({ start, end, newText }) => ({
      deletedRegion: regionOf(file, start, end),
      insertedContent: { text: newText },
    }));
    return [{ artifactLocation: { uri: uriOf(path), uriBaseId: '%SRCROOT%' }, replacements }];
  });
  return changes.length === paths.length ? [{ description: { text: plain(summary) }, artifactChanges: changes }] : [];
}

function regionOf(file: SourceFile, start: number, end: number): object {
  const column = (offset: number): number => offset - (file.text.lastIndexOf('\n', offset - 1) + 1) + 1;
  return {
    startLine: lineAt(file, start),
    startColumn: column(start),
    endLine: lineAt(file, end),
    endColumn: column(end),
  };
}

/** A path as a relative URI reference; segments are encoded, so that no name is taken for a scheme or a query. */
function uriOf(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(segment.toWellFormed()))
    .join('/');
}

/** FNV-1a over UTF-16 units in 64 bits (Fowler, Noll, Vo): no secret is kept, equal texts only have to meet again. */
function hash(text: string): string {
  let value = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at++) {
    value = BigInt.asUintN(64, (value ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  }
  return value.toString(16).padStart(16, '0');
}
