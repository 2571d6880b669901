import type { Place } from './text.ts';

export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One rule's word on one deployment: what, where, why, and what to do. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** Name of the deployment, or null for a finding on a file that could not be read. */
  readonly deployment: string | null;
  readonly place: Place;
  /** What it is about, by a name that stays: a GPU, an argument. With rule, file and deployment it tells findings apart. */
  readonly subject?: string;
  /** What is wrong and why, with the figures. One sentence or two. */
  readonly message: string;
  /** What to do, with the value. */
  readonly remedy: string;
}

/** A finding that does not count, and why. */
export interface Waived {
  readonly finding: Finding;
  /** The reason of the waiver, with its last day; or that it was there when the check was adopted. */
  readonly why: string;
}
