import type { Finding, Severity } from '../finding.ts';
import { plain } from './escape.ts';
import type { Report } from './report.ts';

/** One annotation on a line of a file, ready for the runner. */
export interface Annotation {
  readonly severity: Severity;
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly message: string;
}

/** GitHub keeps ten of each kind per step (actions/runner, ExecutionContext); one of each is left for the verdict and notes. */
const MAX_PER_SEVERITY = 9;
/** The runner cuts a message at 4,096 characters (actions/runner, ExecutionContext). */
const MAX_MESSAGE_CHARACTERS = 4_000;
const MAX_TITLE_CHARACTERS = 200;

export interface Annotations {
  readonly shown: readonly Annotation[];
  /** How many findings found no room. */
  readonly left: number;
}

/** The findings as annotations within GitHub's limits: what the change touches before what it leaves alone. */
export function annotationsOf(report: Report): Annotations {
  const touched = report.deployments.filter(({ comparison }) => comparison?.kind !== 'unchanged');
  const untouched = report.deployments.filter(({ comparison }) => comparison?.kind === 'unchanged');
  const findings = [
    ...touched.flatMap((result) => result.findings),
    ...report.findings,
    ...untouched.flatMap((result) => result.findings),
  ];
  const shown = (['error', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity).slice(0, MAX_PER_SEVERITY),
  );
  return { shown: shown.map(annotationOf), left: findings.length - shown.length };
}

function annotationOf({ rule, severity, deployment, place, message, remedy }: Finding): Annotation {
  const name = deployment === null ? '' : ` (${plain(deployment, MAX_TITLE_CHARACTERS)})`;
  return {
    severity,
    file: place.file,
    line: place.line,
    title: plain(`Headroom: ${rule}${name}`, MAX_TITLE_CHARACTERS),
    message: plain(`${message} ${remedy}`, MAX_MESSAGE_CHARACTERS),
  };
}
