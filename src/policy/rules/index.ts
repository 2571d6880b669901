import type { Unsupported } from '../../deployment.ts';
import type { Finding, Severity } from '../../finding.ts';
import type { Policy } from '../policy.ts';
import {
  allocatorSetting,
  budgetOutsideBand,
  drafterAtOdds,
  eagerWithoutNeed,
  manySpeculativeTokens,
} from './advice.ts';
import { argumentOfAnotherEngine, argumentProblems } from './argument-problems.ts';
import { cannotEstimate, unresolvedArgument } from './cannot-estimate.ts';
import { doesNotFit } from './does-not-fit.ts';
import { driverTooOld } from './driver-too-old.ts';
import { engineVersionUnknown } from './engine-version-unknown.ts';
import {
  fewerGpusThanNeeded,
  gpuNameAmbiguous,
  gpuNotDeclared,
  gpuNotInCatalogue,
  gpuTimeSliced,
} from './gpu-request.ts';
import { layersLeftToCpu } from './layers-left-to-cpu.ts';
import { cacheDtypeUnsupported, lengthAboveModelLimit, quantizationAtOdds } from './model-limits.ts';
import { gpusLeftIdle, unevenParallelism, unevenStages } from './parallel-sizes.ts';
import { budgetOutsideWindow, cannotServeFullRequest, concurrencyBelowNeed, headroomBelowMinimum } from './room.ts';
import type { Rule, RuleInput, RuleOptions } from './rule.ts';
import { runsDegraded } from './runs-degraded.ts';
import { tightFit } from './tight-fit.ts';

/** Every rule that judges a deployment. Adding one: a file beside this one, and its name here. */
export const rules: readonly Rule[] = [
  doesNotFit,
  tightFit,
  runsDegraded,
  headroomBelowMinimum,
  cannotServeFullRequest,
  concurrencyBelowNeed,
  budgetOutsideWindow,
  budgetOutsideBand,
  cannotEstimate,
  unresolvedArgument,
  ...argumentProblems,
  argumentOfAnotherEngine,
  lengthAboveModelLimit,
  quantizationAtOdds,
  cacheDtypeUnsupported,
  unevenParallelism,
  unevenStages,
  gpusLeftIdle,
  manySpeculativeTokens,
  drafterAtOdds,
  eagerWithoutNeed,
  layersLeftToCpu,
  allocatorSetting,
  fewerGpusThanNeeded,
  gpuNotInCatalogue,
  gpuNotDeclared,
  gpuNameAmbiguous,
  gpuTimeSliced,
  driverTooOld,
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

/** Engines on one GPU that want more of it together than it has; looked at across deployments (shared-gpu.ts). */
export const sharedGpuOverfull = {
  id: 'shared-gpu-overfull',
  severity: 'warning',
  what: 'Several engines of one file start on the same GPU and want more of it together than it has.',
  why: 'Each is fine alone; the one that starts last finds too little memory and dies, and which one that is changes from start to start.',
  remedy:
    'Give each a share of the GPU, so that the shares and what stands outside them add up to less than the whole.',
} as const satisfies Omit<Rule, 'check'>;

/** A waiver of the policy whose last day is over. */
export const waiverExpired = {
  id: 'waiver-expired',
  severity: 'warning',
  what: 'A waiver of the policy whose last day is over.',
  why: 'It no longer holds back what it was written for, and nobody decided again.',
  remedy: 'Take it out, or give it another last day and say why.',
} as const satisfies Omit<Rule, 'check'>;

/** Every rule as the documentation and the listing show it. */
export const describedRules: readonly Omit<Rule, 'check'>[] = [...rules, sharedGpuOverfull, waiverExpired, notReadable];

export const RULE_IDS: readonly string[] = describedRules.map(({ id }) => id);

/** The description of a rule, or null when none is called so. */
export function ruleById(id: string): Omit<Rule, 'check'> | null {
  return describedRules.find((rule) => rule.id === id) ?? null;
}

/** What every rule that the policy leaves on says of a deployment, gravest first, then by line. */
export function judge(input: RuleInput): readonly Finding[] {
  const findings: Finding[] = [];
  for (const rule of rules) {
    const severity = severityOf(rule.id, rule.severity, input.policy);
    if (severity === 'off') continue;
    for (const remark of rule.check(input, optionsOf(rule, input.policy)))
      findings.push({
        rule: rule.id,
        deployment: input.deployment.name,
        ...remark,
        severity: input.policy.rules.get(rule.id) === undefined ? (remark.severity ?? severity) : severity,
      });
  }
  return findings.sort(byGravity);
}

function optionsOf({ id, options }: Rule, policy: Policy): RuleOptions {
  const standard = Object.entries(options ?? {}).map(([name, option]) => [name, option.standard] as const);
  return { ...Object.fromEntries(standard), ...policy.ruleOptions.get(id) };
}

/** The finding for a launch that could not be read, or null when the policy switches the rule off. */
export function judgeUnsupported(unsupported: Unsupported, policy: Policy): Finding | null {
  const severity = severityOf(notReadable.id, notReadable.severity, policy);
  if (severity === 'off') return null;
  const { name, place, reason, remedy } = unsupported;
  return { rule: notReadable.id, severity, deployment: name, place, message: `${name}: ${reason}`, remedy };
}

/** The severity of a rule by the policy. */
export function severityOf(rule: string, standard: Severity, policy: Policy): Severity | 'off' {
  return policy.rules.get(rule) ?? standard;
}

const GRAVITY: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** Gravest first, then by line. */
export function byGravity(a: Finding, b: Finding): number {
  return GRAVITY[a.severity] - GRAVITY[b.severity] || a.place.line - b.place.line || (a.rule < b.rule ? -1 : 1);
}
