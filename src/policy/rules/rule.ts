import type { Deployment } from '../../deployment.ts';
import type { Verdict } from '../../estimate.ts';
import type { Severity } from '../../finding.ts';
import type { ModelFacts } from '../../models/architecture.ts';
import type { HardwareCatalogue } from '../../hardware/lookup.ts';
import type { Recommendation } from '../../recommendation.ts';
import type { TargetResult } from '../../report/report.ts';
import type { Place } from '../../text.ts';
import type { Policy } from '../policy.ts';

/** All that a rule may look at: one deployment, judged on its targets. */
export interface RuleInput {
  readonly deployment: Deployment;
  /** Null when the model's facts are unknown. */
  readonly model: ModelFacts | null;
  readonly targets: readonly TargetResult[];
  readonly recommendation: Recommendation | null;
  readonly policy: Policy;
  readonly hardware: HardwareCatalogue;
}

/** What a rule says; the registry adds the rule's id, its severity and the deployment. */
export interface Remark {
  readonly place: Place;
  readonly message: string;
  readonly remedy: string;
}

/** One judgement a team can agree with or switch off. */
export interface Rule {
  readonly id: string;
  readonly severity: Severity;
  /** The verdict that the rule puts into words; a gate that fails on the verdict does not name it twice. */
  readonly restates?: Verdict;
  /** For the documentation: what it finds, why that matters, what to do. */
  readonly what: string;
  readonly why: string;
  readonly remedy: string;
  check(input: RuleInput): readonly Remark[];
}
