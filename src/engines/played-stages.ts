import type { Estimate } from '../estimate.ts';
import type { Failure } from './failure.ts';

type End = 'expected' | 'optimistic' | 'pessimistic';

/** A pipeline stage with what comes of it at the expected, the optimistic and the pessimistic end of every part. */
export interface PlayedStage<Parts, Outcome> extends Readonly<Record<End, Outcome>> {
  readonly parts: Parts;
}

/** What the first stage says that has something to say at this end. */
export function firstAt<Outcome>(
  played: readonly PlayedStage<unknown, Outcome>[],
  end: End,
  failureOf: (outcome: Outcome) => Failure | null,
): Failure | null {
  return played.map((stage) => failureOf(stage[end])).find((failure) => failure !== null) ?? null;
}

/** The verdict on stages that may not start: `fails` even at the optimistic end, `tight` at another; null when they start. */
export function startVerdict(
  played: readonly PlayedStage<unknown, { readonly failure: Failure | null }>[],
): Pick<Estimate, 'verdict' | keyof Failure> | null {
  const failureOf = ({ failure }: { readonly failure: Failure | null }): Failure | null => failure;
  const surely = firstAt(played, 'optimistic', failureOf);
  const likely = firstAt(played, 'expected', failureOf);
  const possibly = firstAt(played, 'pessimistic', failureOf);
  if (surely) return { verdict: 'fails', ...(likely ?? surely) };
  return possibly ? { verdict: 'tight', ...(likely ?? possibly) } : null;
}
