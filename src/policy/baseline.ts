import type { Finding } from '../finding.ts';

/** Longest list of fingerprints that anyone adopts. */
const MAX_ENTRIES = 100_000;

/**
 * What a finding is known by from run to run: the rule, the file, the deployment, and what it is about. Neither lines nor
 * figures take part, so an edit elsewhere in the file or a better estimate does not make a finding new.
 */
export function fingerprintOf({ rule, deployment, place, subject }: Finding): string {
  return JSON.stringify([rule, place.file, deployment, subject ?? null]);
}

/** The text of a baseline with these findings: one a line, sorted, so that a change of it can be reviewed. */
export function formatBaseline(findings: readonly Finding[]): string {
  const lines = [...new Set(findings.map(fingerprintOf))].toSorted();
  return `{"version": 1, "findings": [\n${lines.map((line) => `  ${line}`).join(',\n')}\n]}\n`;
}

/** The fingerprints of a baseline; null when the text is none. */
export function parseBaseline(text: string): ReadonlySet<string> | null {
  try {
    const { version, findings } = JSON.parse(text) as { version?: unknown; findings?: unknown };
    if (version !== 1 || !Array.isArray(findings) || findings.length > MAX_ENTRIES) return null;
    return new Set(findings.map((one) => JSON.stringify(one)));
  } catch {
    return null;
  }
}
