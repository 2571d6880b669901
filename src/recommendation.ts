import type { ArgumentValue } from './deployment.ts';
import type { TextEdit } from './edit.ts';

/** One argument change. `from` is null when the argument was not written; `to` is null when it is removed. */
export interface Change {
  readonly argument: string;
  readonly from: ArgumentValue;
  readonly to: ArgumentValue;
  /** What the user pays: context, concurrency, quality, speed. */
  readonly cost: string;
  readonly edits: readonly TextEdit[];
  /** Why the change cannot be written as an edit (templated, unresolved), else null. */
  readonly notEditable: string | null;
}

/** The smallest set of changes that makes every target of a deployment fit. */
export interface Recommendation {
  readonly changes: readonly Change[];
  /** Whether every target fits with the changes; false when nothing that Headroom may change helps. */
  readonly fits: boolean;
  /** One sentence for a reviewer: what the changes bring, or which GPU or how many would do when nothing fits. */
  readonly summary: string;
}
