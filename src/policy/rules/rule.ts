import type { ArgumentValue, Deployment } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Verdict } from '../../estimate.ts';
import type { Severity } from '../../finding.ts';
import type { ModelFacts } from '../../models/architecture.ts';
import type { HardwareCatalogue } from '../../hardware/lookup.ts';
import type { Recommendation } from '../../recommendation.ts';
import type { Goal } from '../../recommend/goal.ts';
import type { TargetResult } from '../../report/report.ts';
import type { Place } from '../../text.ts';
import type { Policy } from '../policy.ts';

/** All that a rule may look at: one deployment, judged on its targets. */
export interface RuleInput {
  readonly deployment: Deployment;
  /** Null when Headroom does not model it. */
  readonly engine: Engine | null;
  /** Every engine that Headroom models, to tell whose an option is. */
  readonly engines: readonly Engine[];
  /** Null when the model's facts are unknown. */
  readonly model: ModelFacts | null;
  /** Null when no draft model is named. */
  readonly drafter: ModelFacts | null;
  /** What to do where nothing could be estimated; null where an engine says so itself, or something was. */
  readonly remedy?: string | null;
  readonly targets: readonly TargetResult[];
  readonly recommendation: Recommendation | null;
  readonly policy: Policy;
  /** What the policy wants served and left free. */
  readonly goal: Goal;
  readonly hardware: HardwareCatalogue;
  /** Requests of the needed length that run at once on a target, at the bad end; null when nothing is needed or known. */
  atOnce(result: TargetResult): number | null;
  /** Whether every target that counts fits for certain with an argument set; false when that cannot be told. */
  fitsWith(argument: string, value: ArgumentValue): boolean;
}

/** What a rule says; the registry adds the rule's id, its severity and the deployment. */
export interface Remark {
  readonly place: Place;
  /** What it is about, by a name that stays (a GPU, an argument); tells remarks of one rule apart in a baseline. */
  readonly subject?: string;
  readonly message: string;
  /** Where the facts do not bear the rule's own; a severity of the policy goes before it. */
  readonly severity?: Severity;
  readonly remedy: string;
}

/** A figure of a rule that a policy may set. */
export interface RuleOption {
  readonly standard: number;
  readonly what: string;
}

/** The options of a rule as the policy has them. */
export type RuleOptions = Readonly<Record<string, number>>;

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
  readonly options?: Readonly<Record<string, RuleOption>>;
  check(input: RuleInput, options: RuleOptions): readonly Remark[];
}
