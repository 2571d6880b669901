import type { Deployment, Unsupported } from '../deployment.ts';
import type { Workload } from '../engines/engine.ts';
import type { Estimate, Verdict } from '../estimate.ts';
import type { Finding, Waived } from '../finding.ts';
import type { Target } from '../hardware/gpu.ts';
import type { BudgetWindow, Recommendation } from '../recommendation.ts';

/** One deployment on one target. */
export interface TargetResult {
  readonly target: Target;
  readonly estimate: Estimate;
  /** Counts for the gate; false for a survey of common GPUs, which is information. */
  readonly gated: boolean;
  /** Values of the engine's budget argument with which it fits; null or absent where there is none to speak of. */
  readonly window?: BudgetWindow | null;
  /** What was estimated, for who wants to estimate it otherwise; absent where nothing could be, or nobody asks. */
  readonly workload?: Workload;
}

export interface DeploymentResult {
  readonly deployment: Deployment;
  /** Where the model's facts came from, or null when they are unknown. */
  readonly modelSource: string | null;
  readonly targets: readonly TargetResult[];
  readonly findings: readonly Finding[];
  /** Findings that do not count, with the reason of the waiver, or that they were there before (the baseline). */
  readonly waived?: readonly Waived[];
  /** Null when every gated target fits, or when nothing could be estimated. */
  readonly recommendation: Recommendation | null;
  /** How it stands to the base of a change; absent where there is nothing to compare with. */
  readonly comparison?: Comparison;
}

/** A deployment beside what the base made of it. */
export interface Comparison {
  readonly kind: 'added' | 'changed' | 'unchanged';
  /** Null for what is new. */
  readonly before: DeploymentResult | null;
}

/** The whole answer, as a value. Sorted by file, line and name. */
export interface Report {
  /** Headroom's own version. */
  readonly version: string;
  readonly deployments: readonly DeploymentResult[];
  readonly unsupported: readonly Unsupported[];
  /** Findings that belong to no deployment (files that could not be read). */
  readonly findings: readonly Finding[];
  /** Path of the policy that judged, or null for the defaults. */
  readonly policyPath: string | null;
  readonly failOn: readonly GateWord[];
  /** Files looked at, whether or not they held a launch. */
  readonly filesRead: number;
  readonly conclusion: 'pass' | 'fail';
  /** One line per reason when the conclusion is `fail`. */
  readonly reasons: readonly string[];
  /** Deployments of the base that the change takes away; absent where there is nothing to compare with. */
  readonly removed?: readonly DeploymentResult[];
  /** The commits that were compared; absent where files were read from a disk. */
  readonly commits?: { readonly base: string; readonly head: string } | null;
}

/** What a policy may fail on: a verdict, an unreadable launch, or a finding of severity error. */
export type GateWord = Exclude<Verdict, 'fits'> | 'unsupported' | 'error';
