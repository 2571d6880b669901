import type { Unsupported } from '../deployment.ts';
import type { Finding } from '../finding.ts';
import { targetName } from '../hardware/gpu.ts';
import { rules } from './rules/index.ts';
import type { DeploymentResult, GateWord, Report, TargetResult } from '../report/report.ts';

/** Whether the gate passes, with one line per reason when it does not. Targets that are shown for information never fail it. */
export function conclude(
  results: readonly DeploymentResult[],
  unsupported: readonly Unsupported[],
  findings: readonly Finding[],
  failOn: readonly GateWord[],
): Pick<Report, 'conclusion' | 'reasons'> {
  const words = new Set<string>(failOn);
  const reasons: string[] = [];
  for (const result of results) {
    const { deployment, targets, findings: own } = result;
    const where = `${deployment.file}:${deployment.line} ${deployment.name}`;
    for (const one of targets) {
      const { target, gated, estimate } = one;
      // What runs on no GPU is not judged: nothing is missing that anybody could give. The headline counts it.
      if (deployment.device !== 'gpu') continue;
      if (!gated || !words.has(estimate.verdict) || excuseOf(result, one) !== null) continue;
      reasons.push(`${where}: ${estimate.verdict} on ${targetName(target)}`);
    }
    if (words.has('error')) reasons.push(...own.filter((finding) => !restated(finding, words)).flatMap(errorLine));
  }
  if (words.has('unsupported')) {
    for (const { file, place, name } of unsupported.filter(({ waived }) => waived === undefined))
      reasons.push(`${file}:${place.line} ${name}: cannot be read`);
  }
  if (words.has('error')) reasons.push(...findings.flatMap(errorLine));
  // One line of a shared file may stop several launches.
  return { conclusion: reasons.length > 0 ? 'fail' : 'pass', reasons: [...new Set(reasons)] };
}

/** Why a verdict on a GPU does not count, where a waiver or the baseline takes out the finding that puts it into words. */
export function excuseOf({ waived }: DeploymentResult, { target, estimate }: TargetResult): string | null {
  const found = (waived ?? []).find(({ finding: { rule, subject } }) => {
    const about = subject === undefined || subject === target.gpu.id;
    return about && rules.find(({ id }) => id === rule)?.restates === estimate.verdict;
  });
  return found?.why ?? null;
}

/** Whether the gate already names the verdict that a finding puts into words. */
function restated(finding: Finding, words: ReadonlySet<string>): boolean {
  const verdict = rules.find(({ id }) => id === finding.rule)?.restates;
  return verdict !== undefined && words.has(verdict);
}

function errorLine({ rule, severity, place }: Finding): string[] {
  return severity === 'error' ? [`${place.file}:${place.line}: ${rule}`] : [];
}
