import type { Unsupported } from '../../deployment.ts';
import type { Finding, Severity } from '../../finding.ts';
import type { Policy } from '../policy.ts';
import { argumentProblems } from './argument-problems.ts';
import { cannotEstimate, unresolvedArgument } from './cannot-estimate.ts';
import { doesNotFit } from './does-not-fit.ts';
import { engineVersionUnknown } from './engine-version-unknown.ts';
import { fewerGpusThanNeeded, gpuNameAmbiguous, gpuNotDeclared, gpuNotInCatalogue } from './gpu-request.ts';
import type { Rule, RuleInput } from './rule.ts';
import { runsDegraded } from './runs-degraded.ts';
import { tightFit } from './tight-fit.ts';

/** Every rule that judges a deployment. Adding one: a file beside this one, and its name here. */
export const rules: readonly Rule[] = [
  doesNotFit,
  tightFit,
  runsDegraded,
  cannotEstimate,
  unresolvedArgument,
  ...argumentProblems,
  fewerGpusThanNeeded,
  gpuNotInCatalogue,
  gpuNotDeclared,
  gpuNameAmbiguous,
  engineVersionUnknown,
];

/** The one rule on launches that could not be read at all, and so have no deployment. */
export const notReadable = {
  id: 'not-readable',
  severity: 'warning',
  what: 'A launch of an inference engine that Headroom recognises and cannot read.',
  why: 'What is not read is not judged, and a gate that skips is a gate that is off.',
  remedy: 'Write the value in the config, or accept the warning.',
} as const satisfies Omit<Rule, 'check'>;

export const RULE_IDS: readonly string[] = [...rules.map((rule) => rule.id), notReadable.id];

/** What every rule that the policy leaves on says of a deployment, gravest first, then by line. */
export function judge(input: RuleInput): readonly Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const severity = severityOf(rule.id, rule.severity, input.policy);
    if (severity === 'off') continue;
    for (const { place, message, remedy } of rule.check(input)) {
      findings.push({ rule: rule.id, severity, deployment: input.deployment.name, place, message, remedy });
    }
  }
  return findings.sort(byGravity);
}

/** The finding for a launch that could not be read, or null when the policy switches the rule off. */
export function judgeUnsupported(unsupported: Unsupported, policy: Policy): Finding | null {
  const severity = severityOf(notReadable.id, notReadable.severity, policy);
  if (severity === 'off') return null;
  const { name, place, reason, remedy } = unsupported;
  return { rule: notReadable.id, severity, deployment: name, place, message: `${name}: ${reason}`, remedy };
}

function severityOf(rule: string, standard: Severity, policy: Policy): Severity | 'off' {
  return policy.rules.get(rule) ?? standard;
}

const GRAVITY: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function byGravity(a: Finding, b: Finding): number {
  return GRAVITY[a.severity] - GRAVITY[b.severity] || a.place.line - b.place.line || (a.rule < b.rule ? -1 : 1);
}
