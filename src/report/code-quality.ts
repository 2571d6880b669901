import type { Severity } from '../finding.ts';
import { fingerprintOf } from '../policy/baseline.ts';
import { jsonText, plain } from './escape.ts';
import type { Report } from './report.ts';

/** GitLab's words for how grave an entry is (docs.gitlab.com, Code Quality report format). */
const SEVERITIES: Readonly<Record<Severity, 'info' | 'minor' | 'major'>> = {
  info: 'info',
  warning: 'minor',
  error: 'major',
};

/**
 * The findings as GitLab's Code Quality report, which merge requests show on the lines. Fingerprints are those of the baseline,
 * so that a finding stays the same when lines above it come and go.
 * @param digest a hash, as hexadecimal text.
 */
export function renderCodeQuality(report: Report, digest: (text: string) => string): string {
  const seen = new Map<string, number>();
  const findings = [...report.deployments.flatMap((result) => result.findings), ...report.findings];
  const entries = findings.map((finding) => {
    const { rule, severity, deployment, place, message, remedy } = finding;
    const key = fingerprintOf(finding);
    const repeat = seen.get(key) ?? 0;
    seen.set(key, repeat + 1);
    return {
      description: plain(`${deployment === null ? '' : `${deployment}: `}${message} ${remedy}`),
      check_name: rule,
      fingerprint: digest(`${key}${repeat}`),
      severity: SEVERITIES[severity],
      location: { path: place.file, lines: { begin: Math.max(1, place.line) } },
    };
  });
  return `${jsonText(entries)}\n`;
}
