import type { Stage } from '../estimate.ts';

/** Why a launch does not start, or with what less than asked for it does. */
export interface Failure {
  readonly stage: Stage;
  readonly message: string;
  /** Whether `message` is what the engine prints. */
  readonly quotesEngine: boolean;
}
