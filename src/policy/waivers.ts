import type { Finding, Waived } from '../finding.ts';
import { fingerprintOf } from './baseline.ts';
import type { Policy, Waiver } from './policy.ts';
import { severityOf, waiverExpired } from './rules/index.ts';
import { selects } from './terms.ts';

export interface Sifted {
  readonly findings: readonly Finding[];
  readonly waived: readonly Waived[];
}

/**
 * Findings that count, apart from those that a waiver or the baseline takes out.
 * @param today `2026-11-25`; null where nobody knows the day, and then a waiver with a last day holds no longer.
 */
export function sift(findings: readonly Finding[], policy: Policy, today: string | null): Sifted {
  const counted: Finding[] = [];
  const waived: Waived[] = [];
  for (const finding of findings) {
    const why = reasonFor(finding, policy, today);
    if (why === null) counted.push(finding);
    else waived.push({ finding, why });
  }
  return { findings: counted, waived };
}

/** Whether a waiver's last day is over. */
function isExpired({ expires }: Waiver, today: string | null): boolean {
  return expires !== null && (today === null || today > expires);
}

function reasonFor(finding: Finding, policy: Policy, today: string | null): string | null {
  const { rule, place, deployment } = finding;
  const about = deployment === null ? { file: place.file } : { file: place.file, name: deployment };
  const waiver = policy.waivers.find((one) => one.rule === rule && !isExpired(one, today) && selects(one, about));
  if (waiver) return `${waiver.reason}${waiver.expires === null ? '' : ` (until ${waiver.expires})`}`;
  return policy.baseline.has(fingerprintOf(finding)) ? 'there when the check was adopted (baseline)' : null;
}

/** A finding for every waiver whose last day is over, at its place in the policy. */
export function expiredWaivers(policy: Policy, today: string | null): readonly Finding[] {
  const severity = severityOf(waiverExpired.id, waiverExpired.severity, policy);
  if (severity === 'off' || today === null) return [];
  return policy.waivers
    .filter((waiver) => isExpired(waiver, today))
    .map(({ rule, reason, expires, place }) => ({
      rule: waiverExpired.id,
      severity,
      deployment: null,
      place,
      subject: rule,
      message: `The waiver of ${rule} (${reason}) held until ${expires}.`,
      remedy: waiverExpired.remedy,
    }));
}
