import type { ModelRequest, Refusal, StatedFacts } from './stated-facts.ts';

/** What is known of a model from outside, or null while nobody has fetched it. */
export type Ask = (request: ModelRequest) => StatedFacts | Refusal | null;

/** Answers what is known and notes what is not, for a job that is run again once that was fetched. */
export function askerOf(answer: Ask, asked: ModelRequest[]): Ask {
  return (request) => {
    const known = answer(request);
    if (known === null) asked.push(request);
    return known;
  };
}
